"""Alerts are silent while a drill breaks things, and never afterwards, whatever is killed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from operations.recovery.test_drill import HOME, OUTAGE

from groundplan.design.drills import Drill
from groundplan.operations.recovery.drill.answers import Place
from groundplan.operations.recovery.drill.quiet import quietly, scope
from groundplan.ports.journal import Journal, Outcome, State
from groundplan.ports.silences import Silences as SilencesPort
from groundplan.twin.clock import VirtualClock
from groundplan.twin.journal import TwinJournal, killed_at_every_step

REGIONS = ("us-east-1", "ca-central-1")
AWAY = Place(region="ca-central-1", primary_region="us-east-1", partner="us-east-1")
DONE = Outcome(state=State.DONE, summary="rehearsed")


@dataclass
class Silences:
    """Alertmanagers that only pretend."""

    deaf: tuple[str, ...] = ()
    silent: set[tuple[str, str]] = field(default_factory=set)

    def begin(self, name: str, regions: Sequence[str], *, seconds: float) -> list[str]:
        assert seconds > 0
        self.silent |= {(name, each) for each in regions if each not in self.deaf}
        return [each for each in regions if each in self.deaf]

    def end(self, name: str) -> list[str]:
        self.silent = {each for each in self.silent if each[0] != name}
        return list(self.deaf)


def journal() -> TwinJournal:
    return TwinJournal(clock=VirtualClock(), operation="drill-1")


def test_alerts_are_silent_only_during_the_drill() -> None:
    silences, seen = Silences(), []

    def rehearse() -> Outcome:
        seen.append(set(silences.silent))
        return DONE

    port: SilencesPort = silences
    assert quietly(journal(), port, REGIONS, rehearse) == DONE
    assert seen == [{("drill-1", each) for each in REGIONS}]
    assert silences.silent == set()


def test_what_does_not_answer_is_told() -> None:
    thread = journal()
    quietly(thread, Silences(deaf=("ca-central-1",)), REGIONS, lambda: DONE)
    told = "\n".join(thread.record.told)
    assert "except those of ca-central-1" in told
    assert "its silence ends 30 min after it began" in told


def test_our_own_mistake_leaves_nobody_deaf() -> None:
    silences = Silences()

    def rehearse() -> Outcome:
        raise AssertionError("a mistake")

    with pytest.raises(AssertionError):
        quietly(journal(), silences, REGIONS, rehearse)
    assert silences.silent == set()


def test_a_kill_anywhere_leaves_nobody_deaf() -> None:
    worlds: list[Silences] = []

    def live(dies_at: int | None) -> tuple[Callable[[TwinJournal], Outcome], TwinJournal]:
        silences = Silences()
        worlds.append(silences)

        def rehearse(thread: Journal) -> Outcome:
            thread.step("break", lambda: None)
            thread.step("mend", lambda: None)
            return DONE

        def operation(thread: TwinJournal) -> Outcome:
            return quietly(thread, silences, REGIONS, lambda: rehearse(thread))

        return operation, TwinJournal(clock=VirtualClock(), operation="drill-1", dies_at=dies_at)

    ends = [outcome for _, outcome in killed_at_every_step(live)]
    assert len(ends) >= 4
    assert {each.state for each in ends} == {State.DONE}
    assert all(world.silent == set() for world in worlds[:-1])


@pytest.mark.parametrize(
    ("kind", "place", "expected"),
    [
        ("region", HOME, REGIONS),
        ("region", AWAY, ("ca-central-1",)),
        ("cache-loss", HOME, ("us-east-1",)),
        ("replica-lag", HOME, ("us-east-1",)),
        ("edge-loss", HOME, ()),
        ("breach", HOME, REGIONS),
    ],
)
def test_only_what_it_may_set_off_is_silent(
    kind: str, place: Place, expected: tuple[str, ...]
) -> None:
    drill = Drill(name="x", title="X", kind=kind, rto_seconds=60.0, rpo_seconds=5.0)
    assert scope(drill, place, REGIONS) == expected
    assert scope(OUTAGE, HOME, REGIONS) == REGIONS
