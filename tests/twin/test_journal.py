"""The twin's journal: what was done stays done, over every kill; time passes at once."""

import pytest

from groundplan.errors import TargetError
from groundplan.ports.journal import Journal, Outcome, Signal, State
from groundplan.twin.clock import EPOCH, VirtualClock
from groundplan.twin.journal import Record, TwinJournal, killed_at_every_step


def twin(*signals: tuple[float, Signal]) -> TwinJournal:
    return TwinJournal(clock=VirtualClock(), record=Record(signals=list(signals)))


def moving(journal: Journal, done: list[str]) -> Outcome:
    """Three steps with a wait between them; each adds a word that it does not find yet."""
    for word in ("fence", "promote", "record"):
        journal.step(word, lambda word=word: done.append(word))
        journal.tell(f"{word} is done")
        journal.sleep(60)
    return Outcome(state=State.DONE, summary=f"at {journal.now():.0f}")


def test_a_killed_operation_goes_on_where_it_died() -> None:
    worlds: list[list[str]] = []

    def live(dies_at: int | None) -> tuple:
        done: list[str] = []
        worlds.append(done)
        journal = TwinJournal(clock=VirtualClock(), dies_at=dies_at)
        return (lambda journal: moving(journal, done)), journal

    killed = list(killed_at_every_step(live))
    assert [number for number, _ in killed] == list(range(10))
    assert all(outcome.state is State.DONE for _, outcome in killed)
    for done in worlds[:-1]:
        # Only the step it died in is done twice, and right after itself.
        assert sorted(set(done), key=done.index) == ["fence", "promote", "record"]
        assert len(done) <= 4
    assert worlds[-1] == ["fence", "promote", "record"]


def test_time_passes_at_once_and_a_wait_is_not_begun_again() -> None:
    journal = twin()
    journal.sleep(3600)
    assert journal.clock.now == EPOCH + 3600
    TwinJournal(clock=journal.clock, record=journal.record).sleep(3600)
    assert journal.clock.now == EPOCH + 3600


def test_signals_come_in_their_order_or_not_in_time() -> None:
    late = Signal(name="abort", who="ada")
    soon = Signal(name="approve", who="bob", why="seen")
    journal = twin((EPOCH + 50, late), (EPOCH + 5, soon))
    assert journal.wait_for_signal(10) == soon
    assert journal.clock.now == EPOCH + 5
    assert journal.wait_for_signal(10) is None
    assert journal.clock.now == EPOCH + 15
    assert journal.wait_for_signal(100) == late


def test_what_a_step_refused_is_refused_again_and_not_done_again() -> None:
    journal, tried = twin(), []

    def refuse() -> None:
        tried.append(1)
        raise TargetError(part="a", doing="b", why="c", try_="d", retry=True)

    for life in (journal, TwinJournal(clock=journal.clock, record=journal.record)):
        with pytest.raises(TargetError, match="b failed") as caught:
            life.step("refuse", refuse)
        assert caught.value.retry
    assert tried == [1]


def test_a_line_is_told_once() -> None:
    journal = twin()
    for life in (journal, TwinJournal(clock=journal.clock, record=journal.record)):
        life.tell("promotes eu-west-1", because="it has the most")
    assert journal.record.told == ["promotes eu-west-1: it has the most"]


def test_another_way_after_a_crash_is_our_mistake() -> None:
    journal = twin()
    journal.step("one", lambda: 1)
    again = TwinJournal(clock=journal.clock, record=journal.record)
    with pytest.raises(AssertionError, match="was 'step one'"):
        again.step("two", lambda: 2)


@pytest.mark.parametrize("state", State)
def test_a_state_tells_whether_it_has_ended(state: State) -> None:
    assert state.has_ended is (state not in {State.WAITING, State.RUNNING})
