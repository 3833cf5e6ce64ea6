"""A person's approval, asked for through an operation's journal."""

import pytest

from groundplan.ports.journal import ABORT, APPROVE, Outcome, Signal, State, approval
from groundplan.twin.clock import EPOCH, VirtualClock
from groundplan.twin.journal import Record, TwinJournal, killed_at_every_step


def journal_with(*signals: tuple[float, Signal], dies_at: int | None = None) -> TwinJournal:
    record = Record(signals=[(EPOCH + seconds, signal) for seconds, signal in signals])
    return TwinJournal(clock=VirtualClock(), record=record, dies_at=dies_at)


def asked(journal: TwinJournal) -> Outcome | None:
    return approval(journal, "move traffic to eu-west-1?", seconds=600)


def said(name: str, why: str = "") -> Signal:
    return Signal(name=name, who="ada", why=why)


def test_who_approves_lets_it_go_on() -> None:
    journal = journal_with((30, said(APPROVE, "we are watching")))
    assert asked(journal) is None
    assert journal.record.told == [
        "waits for approval until 2026-01-01 00:10:00 UTC: move traffic to eu-west-1?",
        "approved by ada (we are watching)",
    ]
    assert journal.clock.now == EPOCH + 30


def test_who_aborts_ends_it() -> None:
    outcome = asked(journal_with((30, said(ABORT))))
    assert outcome == Outcome(state=State.ABORTED, summary="ada said no")


def test_an_approval_that_never_comes_ends_it_at_its_deadline() -> None:
    journal = journal_with()
    outcome = asked(journal)
    assert outcome is not None
    assert outcome.state is State.ABORTED
    assert outcome.summary == "nobody approved it until 2026-01-01 00:10:00 UTC"
    assert journal.clock.now == EPOCH + 600


def test_another_word_is_no_answer_and_wins_no_time() -> None:
    journal = journal_with((30, said("louder")))
    outcome = asked(journal)
    assert outcome is not None
    assert outcome.state is State.ABORTED
    assert journal.record.told[-1] == "ada says louder, which is no answer here"
    assert journal.clock.now == EPOCH + 600


@pytest.mark.parametrize("name", [APPROVE, ABORT])
def test_no_death_swallows_or_repeats_a_signal(name: str) -> None:
    ends = killed_at_every_step(
        lambda dies_at: (asked, journal_with((30, said(name)), dies_at=dies_at))
    )
    found = [outcome.summary if outcome else "approved" for _, outcome in ends]
    assert len(found) >= 3
    assert set(found) == {"approved" if name == APPROVE else "ada said no"}
