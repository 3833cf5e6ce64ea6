"""Ports of a drill that only pretend, and a drill on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from groundplan.design.drills import Drill
from groundplan.errors import TargetError
from groundplan.operations.recovery.drill.answers import Place
from groundplan.operations.recovery.drill.run import Ports, Rehearsal, rehearse
from groundplan.ports.faults import Faults as FaultsPort
from groundplan.ports.journal import Json, Outcome, Signal, State
from groundplan.ports.reports import Reports as ReportsPort
from groundplan.ports.witness import Attempt, Sort
from groundplan.twin.clock import VirtualClock
from groundplan.twin.journal import Record, TwinJournal

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
