"""A whole drill on ports that only pretend: what is done in which order, and what is left."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from groundplan.design.drills import Drill
from groundplan.errors import TargetError
from groundplan.operations.recovery.drill.answers import Place
from groundplan.operations.recovery.drill.report import from_json
from groundplan.operations.recovery.drill.run import Ports, Rehearsal, rehearse
from groundplan.ports.faults import Faults as FaultsPort
from groundplan.ports.journal import Json, Outcome, Signal, State
from groundplan.ports.reports import Reports as ReportsPort
from groundplan.ports.witness import Attempt, Sort
from groundplan.promise.promise import Verdict
from groundplan.twin.clock import EPOCH, VirtualClock
from groundplan.twin.journal import Record, TwinJournal, killed_at_every_step

HOME = Place(region="us-east-1", primary_region="us-east-1", partner="ca-central-1")
VICTIMS = ("us-east-1/gateway", "us-east-1/postgres-1")
OUTAGE = Drill(
    name="regional-outage", title="Outage", kind="region", rto_seconds=60.0, rpo_seconds=5.0
)
CORRUPTION = Drill(
    name="corruption",
    title="Corruption",
    kind="corruption",
    action="Restore",
    is_automatic=False,
    approval_seconds=100.0,
    rto_seconds=60.0,
    rpo_seconds=5.0,
)


@dataclass
class World:
    """Everything a drill touches. It heals `heals_after` seconds after it was broken, if ever."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    heals_after: float | None = 7.0
    is_well: bool = True
    is_watching: bool = True
    refuses: bool = False
    held_until: float = 0.0  # when another operation lets go of the platform
    lost: frozenset[str] = frozenset()
    backup_faults: tuple[str, ...] = ()
    broken: list[str] = field(default_factory=list)
    did: list[str] = field(default_factory=list)
    seen: list[Attempt] = field(default_factory=list)
    reports: dict[str, bytes] = field(default_factory=dict)

    def note(self, what: str) -> None:
        if what not in self.did:
            self.did.append(what)


class Faults:
    def __init__(self, world: World) -> None:
        self.world = world

    def kill(self, parts: tuple[str, ...]) -> None:
        if self.world.refuses:
            raise TargetError(part="x", doing="killing", why="no", try_="again")
        self.world.broken = list(parts)
        self.world.note("kill")

    crash = hang = kill

    def lag(self, part: str) -> None:
        self.kill((part,))

    def corrupt(self) -> str:
        self.kill(("page",))
        return "bytes are flipped"

    def fill(self, repository: str) -> str:
        self.kill((repository,))
        return f"the disk of {repository} is full"

    def mend(self) -> None:
        self.world.broken = []
        self.world.note("mend")


class Witness:
    def __init__(self, world: World) -> None:
        self.world = world

    def begin(self) -> None:
        self.world.note("begin")

    def is_watching(self) -> bool:
        return self.world.is_watching

    def settles(self, *, calm_seconds: float, seconds: float) -> bool:
        world = self.world
        if not world.broken:
            self._see(calm_seconds, ok=world.is_well)
            return world.is_well
        if world.heals_after is None:
            self._see(seconds, ok=False)
            return False
        self._see(world.heals_after, ok=False)
        self._see(calm_seconds, ok=True)
        return True

    def _see(self, seconds: float, *, ok: bool) -> None:
        until = self.world.clock.now + seconds
        while self.world.clock.now < until:
            self.world.clock.advance(0.5)
            now = self.world.clock.now
            for sort in Sort:
                key = f"{sort}-{now}"
                self.world.seen.append(
                    Attempt(sort=sort, sent=now - 0.1, ended=now, is_served=ok, key=key)
                )

    def attempts(self) -> tuple[Attempt, ...]:
        return tuple(self.world.seen)

    def present(self) -> frozenset[str]:
        kept = {attempt.key for attempt in self.world.seen if attempt.is_served}
        return frozenset(kept) - self.world.lost

    def end(self) -> None:
        self.world.note("end")


class Operations:
    def __init__(self, world: World) -> None:
        self.world = world

    def start(self, kind: str, arguments: Mapping[str, Json], *, why: str, key: str) -> str:
        if self.world.held_until > self.world.clock.now:
            raise TargetError(
                part="lock",
                doing="taking the platform's lock",
                why="operation replace-primary-k3m9pa holds it",
                try_="wait",
                retry=True,
            )
        self.world.note(" ".join((kind, *map(str, arguments.values()))))
        return key

    def outcome(self, operation: str) -> Outcome | None:
        if self.world.broken and operation.startswith("backup"):
            return Outcome(state=State.FAILED, summary="no space left on device")
        faults: list[Json] = list(self.world.backup_faults)
        return Outcome(state=State.DONE, summary="it is done", facts={"faults": faults})

    def told(self, *, since: float) -> tuple[tuple[float, str], ...]:
        return ((since + 1.0, "ca-central-1/postgres-1 is promoted"),)


class Reports:
    def __init__(self, world: World) -> None:
        self.world = world

    def write(self, name: str, *, json: bytes, html: str) -> str:
        self.world.reports[name] = json
        return f"drills/{name}.html"

    def latest(self) -> tuple[bytes, ...]:
        return tuple(self.world.reports.values())


def ports(world: World) -> Ports:
    faults: FaultsPort = Faults(world)
    reports: ReportsPort = Reports(world)
    return Ports(
        faults=faults,
        witness=Witness(world),
        operations=Operations(world),
        reports=reports,
    )


def drilled(world: World, drill: Drill = OUTAGE, *signals: tuple[float, Signal]) -> Outcome:
    journal = TwinJournal(clock=world.clock, record=Record(signals=list(signals)))
    return rehearse(journal, ports(world), Rehearsal(drill=drill, place=HOME, victims=VICTIMS))


def test_an_outage_is_watched_mended_and_told() -> None:
    world = World()
    outcome = drilled(world)
    assert outcome.state is State.DONE, outcome.summary
    assert world.did == ["begin", "kill", "mend", "switchover us-east-1", "end"]
    (text,) = world.reports.values()
    report = from_json(text)
    assert report.verdict is Verdict.KEPT
    assert report.rto_seconds == pytest.approx(7.5)
    assert report.loss.lost == 0
    told = [moment.what for moment in report.moments]
    assert told[0].startswith("2 parts of us-east-1 are killed")
    assert "ca-central-1/postgres-1 is promoted" in told
    assert {found.promise for found in outcome.evidence} == {
        "disaster_recovery.rto",
        "disaster_recovery.rpo",
    }


def test_nothing_is_broken_while_the_platform_is_not_well() -> None:
    world = World(is_well=False)
    assert drilled(world).state is State.REFUSED
    assert world.did == ["begin", "end"]


def test_an_outage_that_nobody_ends_breaks_the_promise_and_is_mended() -> None:
    world = World(heals_after=None)
    outcome = drilled(world)
    assert (outcome.state, outcome.facts["verdict"]) == (State.DONE, "broken")
    assert not world.broken
    rto = outcome.evidence[0]
    assert (rto.verdict, rto.value) == (Verdict.BROKEN, None)


def test_a_lost_write_is_counted_with_its_age() -> None:
    world = World()
    world.lost = frozenset({f"write-{EPOCH + 2.0}"})
    outcome = drilled(world)
    rpo = outcome.evidence[1]
    assert rpo.value == pytest.approx(1.0)
    assert rpo.verdict is Verdict.KEPT  # five seconds may be lost


def test_a_restore_waits_for_approval() -> None:
    world = World()
    yes = Signal(name="approve", who="ada")
    assert drilled(world, CORRUPTION, (EPOCH + 20, yes)).state is State.DONE
    assert "restore latest" in world.did


def test_without_approval_nothing_is_restored_and_the_fault_goes() -> None:
    world = World()
    outcome = drilled(world, CORRUPTION)
    assert outcome.facts["verdict"] == "broken"
    assert "restore latest" not in world.did
    assert not world.broken


def test_a_breach_is_shut_off_and_its_region_comes_back() -> None:
    world = World()
    breach = Drill(name="breach", title="Breach", kind="breach", rto_seconds=60.0, rpo_seconds=5.0)
    assert drilled(world, breach).state is State.DONE
    assert world.did == [
        "begin",
        "switchover ca-central-1",
        "isolate us-east-1",
        "rotate-credentials ['us-east-1']",
        "mend",
        "readmit us-east-1",
        "switchover us-east-1",
        "end",
    ]


def test_what_the_machine_refuses_ends_the_drill_mended() -> None:
    world = World(refuses=True)
    outcome = drilled(world)
    assert outcome.state is State.FAILED
    assert "killing failed at x: no" in outcome.summary
    assert world.did[-1] == "mend"


def test_a_drill_whose_witness_died_measures_nothing() -> None:
    world = World(is_watching=False)
    outcome = drilled(world)
    assert "nothing is measured" in outcome.summary
    assert outcome.evidence == ()
    assert not world.broken


def test_killed_at_every_step_a_drill_leaves_nothing_broken() -> None:
    worlds: list[World] = []

    def live(dies_at: int | None) -> tuple:
        world = World()
        worlds.append(world)
        journal = TwinJournal(clock=world.clock, dies_at=dies_at)
        rehearsal = Rehearsal(drill=OUTAGE, place=HOME, victims=VICTIMS)
        return (lambda journal: rehearse(journal, ports(world), rehearsal)), journal

    killed = list(killed_at_every_step(live))
    assert len(killed) > 15
    for number, outcome in killed:
        assert outcome.state.has_ended, number
        assert not worlds[number].broken, number


def test_the_way_back_waits_for_what_the_platform_mends_itself() -> None:
    world = World(held_until=EPOCH + 60.0)
    outcome = drilled(world)
    assert outcome.state is State.DONE, outcome.summary
    assert world.did[-2:] == ["switchover us-east-1", "end"]
    (text,) = world.reports.values()
    told = [moment.what for moment in from_json(text).moments]
    assert told.count("switchover waits: operation replace-primary-k3m9pa holds it") == 1


def test_a_platform_that_is_never_let_go_of_ends_the_drill_mended() -> None:
    world = World(held_until=1e12)
    outcome = drilled(world)
    assert outcome.state is State.FAILED
    assert "replace-primary-k3m9pa holds it" in outcome.summary
    assert "mend" in world.did
