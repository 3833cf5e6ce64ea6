"""A contraction waits without the platform, and refuses while another version runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from groundplan.errors import TargetError
from groundplan.operations.delivery.contract import NOW, Contract, later, now
from groundplan.ports.journal import Json, Outcome, Signal, State
from groundplan.twin.clock import EPOCH, VirtualClock
from groundplan.twin.journal import Record, TwinJournal, killed_at_every_step

WANTED = Contract(service="shelf", version="2", release="abc", due=EPOCH + 3600)


@dataclass
class Others:
    """The platform is taken for so many tries; what is begun ends with an outcome."""

    outcome_of_it: Outcome
    taken: int = 0
    asked: list[str] = field(default_factory=list)

    def start(self, kind: str, arguments: Mapping[str, Json], *, why: str, key: str) -> str:
        assert (kind, arguments["release"]) == (NOW, "abc")
        self.asked.append(key)
        if len(set(self.asked)) <= self.taken:
            raise TargetError(part="lock", doing="starting", why="release-x has it", try_="wait")
        return f"{NOW}-{key}"

    def outcome(self, operation: str) -> Outcome | None:
        return self.outcome_of_it

    def told(self, *, since: float) -> tuple[tuple[float, str], ...]:
        return ()


@dataclass
class Schema:
    runs: str = ""
    fails: list[str] = field(default_factory=list)
    done: int = 0

    def refusal(self) -> str:
        return self.runs

    def contract(self) -> str:
        if self.fails:
            return self.fails.pop(0)
        self.done += 1
        return ""


DONE = Outcome(state=State.DONE, summary="the schema is contracted")


def test_it_waits_for_its_time_and_for_the_platform() -> None:
    clock, others = VirtualClock(), Others(DONE, taken=3)
    journal = TwinJournal(clock=clock)
    outcome = later(journal, others, WANTED)
    assert (outcome.state, outcome.summary) == (State.DONE, DONE.summary)
    assert clock.now >= WANTED.due + 180
    assert [line for line in journal.record.told if "waits" in line] == [
        "waits for the platform: release-x has it"  # once
    ]


def test_somebody_may_end_the_wait() -> None:
    said = [(EPOCH + 10, Signal(name="promote", who="bob"))]
    said.append((EPOCH + 60, Signal(name="abort", who="ann", why="not yet")))
    others = Others(DONE)
    outcome = later(TwinJournal(clock=VirtualClock(), record=Record(signals=said)), others, WANTED)
    assert outcome.state is State.ABORTED
    assert outcome.summary.startswith("ann said abort: not yet; the schema keeps")
    assert not others.asked


def test_it_gives_up_after_a_week() -> None:
    outcome = later(TwinJournal(clock=VirtualClock()), Others(DONE, taken=100_000), WANTED)
    assert outcome.state is State.REFUSED
    assert "release-x has it" in outcome.summary


def test_it_survives_a_kill_at_every_step() -> None:
    def live(dies_at: int | None) -> tuple[object, TwinJournal]:
        others = Others(DONE, taken=2)
        journal = TwinJournal(clock=VirtualClock(), dies_at=dies_at)
        return (lambda journal: later(journal, others, WANTED)), journal

    outcomes = [outcome for _, outcome in killed_at_every_step(live)]  # type: ignore[arg-type]
    assert len(outcomes) > 10
    assert set(map(str, outcomes)) == {str(outcomes[0])}


def test_it_refuses_while_another_version_runs() -> None:
    schema = Schema(runs="shelf 1 runs")
    outcome = now(TwinJournal(clock=VirtualClock()), schema, WANTED)
    assert (outcome.state, outcome.summary) == (State.REFUSED, "the schema stays: shelf 1 runs")
    assert schema.done == 0


def test_a_schema_that_refuses_is_tried_again_for_a_while() -> None:
    schema = Schema(fails=["locked"] * 3)
    assert now(TwinJournal(clock=VirtualClock()), schema, WANTED).state is State.DONE
    schema = Schema(fails=["locked"] * 1000)
    outcome = now(TwinJournal(clock=VirtualClock()), schema, WANTED)
    assert (outcome.state, schema.done) == (State.FAILED, 0)
    assert "locked" in outcome.summary
