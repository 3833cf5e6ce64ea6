"""Backups of arithmetic: repositories, copies, records and a database on the virtual clock.

Faults are told to it: a repository that is unreachable, a backup that is damaged or holds something
else, a database that does not recover.
"""

from dataclasses import dataclass, field, replace

from groundplan.errors import TargetError
from groundplan.ports.archive import (
    Backup,
    Contents,
    Fault,
    Fetched,
    Kind,
    Point,
    Proof,
    Record,
    Table,
    What,
)
from groundplan.ports.aside import SafetyCopy
from groundplan.ports.databases import Claim
from groundplan.twin.clock import VirtualClock

# Measured with pgBackRest 2.45 on a busy machine: 92 MB/s with lz4 and encryption.
BYTES_PER_SECOND = 92e6
DATABASE_BYTES = 200_000_000


@dataclass(slots=True)
class TwinArchive:
    """The repositories of one database."""

    clock: VirtualClock
    repositories: tuple[str, ...] = ("home", "away")
    stored: dict[str, list[Backup]] = field(default_factory=dict)
    marks: dict[tuple[str, str], str] = field(default_factory=dict)
    unreachable: set[str] = field(default_factory=set)
    damaged: dict[str, Fault] = field(default_factory=dict)  # by the name of a backup
    corrupt_source: bool = False
    rows: int = 1000

    def backups(self, repository: str) -> tuple[Backup, ...]:
        self._reach(repository)
        return tuple(self.stored.get(repository, ()))

    def back_up(self, repository: str, kind: Kind, mark: str) -> Backup:
        self._reach(repository)
        there = self.stored.setdefault(repository, [])
        if (label := self.marks.get((repository, mark))) is not None:
            return next(backup for backup in there if backup.label == label)
        full = [backup for backup in there if backup.kind is Kind.FULL]
        kind = kind if full else Kind.FULL
        began = self.clock.now
        self.clock.advance(DATABASE_BYTES / BYTES_PER_SECOND)
        chain = (
            [b.label for b in there if b.label == full[-1].label or full[-1].label in b.needs]
            if full
            else []
        )
        made = Backup(
            label=f"{int(began)}{kind.value[0].upper()}{len(self.marks)}",
            repository=repository,
            kind=kind,
            began=began,
            ended=self.clock.now,
            stop_lsn=int(self.clock.now),
            bytes=DATABASE_BYTES,
            stored_bytes=DATABASE_BYTES // (1 if kind is Kind.FULL else 20),
            needs=() if kind is Kind.FULL else tuple(chain),
            faults=("corrupt page in base/1/2",) if self.corrupt_source else (),
        )
        there.append(made)
        self.marks[repository, mark] = made.label
        return made

    def delete(self, repository: str, labels: tuple[str, ...]) -> None:
        self._reach(repository)
        left = [backup for backup in self.stored[repository] if backup.label not in labels]
        orphans = [b.name for b in left if set(b.needs) - {other.label for other in left}]
        assert not orphans, f"{orphans} needed what was deleted"
        self.stored[repository] = left

    def inspect(self, repository: str) -> tuple[Fault, ...]:
        self._reach(repository)
        names = {backup.name for backup in self.stored.get(repository, ())}
        return tuple(fault for name, fault in self.damaged.items() if name in names)

    def contents(self) -> Contents:
        table = Table(name="shop.public.item", rows=self.rows, digest=str(self.rows * 7))
        return Contents(lsn=int(self.clock.now), at=self.clock.now, tables=(table,))

    def ship(self) -> int:
        return int(self.clock.now)

    def _reach(self, repository: str) -> None:
        if repository in self.unreachable:
            raise TargetError(
                part=f"repository {repository}",
                doing="reading it",
                why="it does not answer",
                try_="repeat when it does",
                retry=True,
            )


@dataclass(slots=True)
class TwinRecords:
    """What is known of each backup, by name."""

    kept: dict[str, Record] = field(default_factory=dict)

    def all(self) -> tuple[Record, ...]:
        return tuple(sorted(self.kept.values(), key=lambda record: record.backup.ended))

    def save(self, record: Record) -> None:
        self.kept[record.backup.name] = record


@dataclass(slots=True)
class TwinCopies:
    """Copies by folder, and how much room there is for them."""

    archive: TwinArchive
    there: dict[str, Point] = field(default_factory=dict)
    room: int = 10**12
    foreign: set[str] = field(default_factory=set)  # folders that hold somebody else's files

    def fetch(self, point: Point, into: str, *, in_place: bool = False) -> Fetched:
        if fault := self.archive.damaged.get(point.backup.name):
            raise TargetError(
                part=point.backup.name, doing="restoring its files", why=str(fault), try_="another"
            )
        seconds = point.backup.bytes / BYTES_PER_SECOND
        self.archive.clock.advance(seconds)
        self.there[into] = point
        return Fetched(bytes=point.backup.bytes, seconds=seconds)

    def prove(self, into: str, wanted: Contents | None) -> Proof:
        held = wanted.tables if wanted else ()
        return Proof(
            faults=(),
            tables=len(held),
            rows=sum(table.rows for table in held),
            recover_seconds=1.0,
            check_seconds=1.0,
        )

    def finish(self, into: str) -> Proof:
        return self.prove(into, self.archive.contents())

    def free(self, into: str) -> int:
        return self.room

    def is_empty(self, into: str) -> bool:
        return into not in self.foreign

    def remove(self, into: str) -> None:
        self.there.pop(into, None)


@dataclass(slots=True)
class TwinPlace:
    """The database in its place: what its data is, what stands beside it, whether it serves."""

    copies: TwinCopies
    data: str = "old"
    aside: dict[str, str] = field(default_factory=dict)
    serves: bool = True
    recovers: bool = True
    replicas_of: str = "old"
    named: Claim = field(default_factory=lambda: Claim(name="primary", term=0))

    def fetched_to(self, mark: str) -> str:
        return f"fetched.{mark}"

    def stop(self) -> None:
        self.serves = False

    def swap(self, mark: str) -> str:
        assert not self.serves, "a running server's data was moved"
        self.aside.setdefault(mark, self.data)
        if self.copies.there.pop(self.fetched_to(mark), None) is not None:
            self.data = f"restored by {mark}"
        return f"aside.{mark}"

    def swap_back(self, mark: str) -> None:
        self.stop()
        self.data = self.aside.pop(mark, self.data)
        self.copies.remove(self.fetched_to(mark))
        self.serves = True

    def claim(self) -> Claim:
        return self.named

    def name_primary(self, claim: Claim) -> None:
        assert claim == self.named or claim.term > self.named.term
        self.named = claim

    def start(self) -> None:
        if not self.recovers:
            raise TargetError(
                part="primary", doing="recovering", why="a log segment is missing", try_="another"
            )
        self.serves = True

    def rebuild(self) -> tuple[str, ...]:
        self.replicas_of = self.data
        return ("replica",)


@dataclass(slots=True)
class TwinAside:
    """What the place put aside, in that order."""

    place: TwinPlace

    def all(self) -> tuple[SafetyCopy, ...]:
        return tuple(
            SafetyCopy(name=name, of="primary", where=f"aside.{name}", at=number, bytes=2**20)
            for number, name in enumerate(self.place.aside)
        )

    def forget(self, name: str) -> None:
        self.place.aside.pop(name, None)


def corrupted(backup: Backup, what: What = What.DAMAGED) -> dict[str, Fault]:
    """The fault of one backup, for `damaged`."""
    return {backup.name: Fault(what=what, where=f"{backup.repository}: {backup.label}")}


def aged(backup: Backup, seconds: float) -> Backup:
    """The same backup, made so much earlier."""
    return replace(backup, began=backup.began - seconds, ended=backup.ended - seconds)
