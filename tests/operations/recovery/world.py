"""A twin of a database with its backups, and every operation on it, interrupted anywhere."""

from collections.abc import Callable
from dataclasses import dataclass, field

from groundplan.design.backups import DAY_SECONDS, WEEK_SECONDS, Schedule
from groundplan.operations.recovery.backup import BackUp, BackupPorts, back_up
from groundplan.operations.recovery.restore import Restore, RestorePorts, restore
from groundplan.operations.recovery.verify import Verify, VerifyPorts, verify
from groundplan.ports.journal import Journal, Outcome
from groundplan.twin.archive import TwinArchive, TwinAside, TwinCopies, TwinPlace, TwinRecords
from groundplan.twin.clock import VirtualClock
from groundplan.twin.journal import TwinJournal, killed_at_every_step

SCHEDULE = Schedule(
    every_seconds=DAY_SECONDS,
    full_seconds=WEEK_SECONDS,
    keep_seconds=30 * DAY_SECONDS,
    window=(180, 240),
    maintenance=(6 * 1440 + 240, 6 * 1440 + 300),
)


@dataclass(slots=True)
class World:
    """One platform's database on the virtual clock."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    records: TwinRecords = field(default_factory=TwinRecords)
    operations: int = 0

    def __post_init__(self) -> None:
        self.archive = TwinArchive(clock=self.clock)
        self.copies = TwinCopies(archive=self.archive)
        self.place = TwinPlace(copies=self.copies)

    archive: TwinArchive = field(init=False)
    copies: TwinCopies = field(init=False)
    place: TwinPlace = field(init=False)

    def journal(self) -> TwinJournal:
        self.operations += 1
        return TwinJournal(clock=self.clock, operation=f"operation-{self.operations}")

    def back_up(self, kind: str = "due", journal: Journal | None = None) -> Outcome:
        ports = BackupPorts(archive=self.archive, records=self.records, schedule=SCHEDULE)
        return back_up(journal or self.journal(), ports, BackUp(kind=kind))

    def verify(self, name: str = "", journal: Journal | None = None) -> Outcome:
        ports = VerifyPorts(
            archive=self.archive, copies=self.copies, records=self.records, folder="proofs"
        )
        return verify(journal or self.journal(), ports, Verify(backup=name))

    def restore(self, to: str, *, journal: Journal | None = None, **where: object) -> Outcome:
        ports = RestorePorts(
            archive=self.archive,
            copies=self.copies,
            place=self.place,
            records=self.records,
            aside=TwinAside(place=self.place),
        )
        return restore(journal or self.journal(), ports, Restore(to=to, **where))


def interrupted(
    make: Callable[[], World], operation: Callable[[World, Journal], Outcome]
) -> list[tuple[World, Outcome]]:
    """Each world in which the operation was killed once and resumed, and its outcome."""
    worlds: list[World] = []

    def live(dies_at: int | None) -> tuple[Callable[[TwinJournal], Outcome], TwinJournal]:
        world = make()
        worlds.append(world)
        journal = TwinJournal(clock=world.clock, dies_at=dies_at, operation="killed")
        return (lambda journal: operation(world, journal)), journal

    outcomes = [outcome for _, outcome in killed_at_every_step(live)]
    return list(zip(worlds, outcomes, strict=False))
