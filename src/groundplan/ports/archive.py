"""What operations may ask about backups of the database: the archive, its copies, the records.

Every call is bounded, and harmless when it is made twice. What the world refuses is a TargetError.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from groundplan.ports.databases import Claim


class Kind(StrEnum):
    """A full backup stands alone; an incremental one needs those before it."""

    FULL = "full"
    INCREMENTAL = "incremental"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One backup in one repository. Times are seconds since 1970, an lsn is bytes of log."""

    label: str
    repository: str  # a region's name
    kind: Kind
    began: float
    ended: float
    stop_lsn: int  # a restore cannot end before this
    bytes: int
    stored_bytes: int
    needs: tuple[str, ...] = ()  # labels
    faults: tuple[str, ...] = ()  # what was found corrupt while it was made

    @property
    def name(self) -> str:
        """What people call it: the label alone may stand in two repositories."""
        return f"{self.repository}:{self.label}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is in a table: so many rows, and the sum of their hashes."""

    name: str  # database.schema.table
    rows: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What the database held at a position of its log."""

    lsn: int
    at: float
    tables: tuple[Table, ...]


class What(StrEnum):
    """What is wrong with a backup, in one word for each."""

    WRONG_KEY = "wrong pass phrase"
    DAMAGED = "damaged file in the repository"
    MISSING_LOG = "missing log segment"
    MISSING = "missing repository"
    CORRUPT_PAGE = "corrupt page"
    DIFFERENT = "other contents than the source had"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong, and where."""

    what: What
    where: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.where}" + (f" ({self.why})" if self.why else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Where a restore ends: at an lsn or a time, at the backup's own end, or at the log's."""

    backup: Backup
    lsn: int | None = None
    at: float | None = None
    is_latest: bool = False
    own_timeline: bool = False  # the history that it was made in, whatever came of that later


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """How much came out of a repository, and how long that took."""

    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a copy that was started turned out to be; no faults: it is proven."""

    faults: tuple[Fault, ...]
    tables: int
    rows: int
    recover_seconds: float
    check_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEnd:
    """The newest log segment of a repository, and when it arrived there (seconds since 1970)."""

    repository: str
    segment: str
    at: float


class Archive(Protocol):
    """The repositories of one database."""

    @property
    def repositories(self) -> tuple[str, ...]:
        """Their regions, in the order of preference."""

    def backups(self, repository: str) -> tuple[Backup, ...]:
        """What a repository holds, oldest first; TargetError when it cannot be read."""

    def back_up(self, repository: str, kind: Kind, mark: str) -> Backup:
        """Makes a backup; the one with this mark, when there is one already."""

    def delete(self, repository: str, labels: tuple[str, ...]) -> None:
        """Deletes backups, and the log that no other backup needs."""

    def inspect(self, repository: str) -> tuple[Fault, ...]:
        """Reads every file of a repository and tells what is wrong with it."""

    def contents(self) -> Contents:
        """What the database holds now; the log up to there is in every repository."""

    def ship(self) -> int:
        """Sends the log that is written so far to the repositories; up to which lsn that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of a backup besides itself: what the source held, and whether it is proven."""

    backup: Backup
    contents: Contents | None = None
    proven_at: float | None = None
    failed_at: float | None = None
    restore_seconds: float | None = None  # what the last proof of it took
    because: str = ""
    deleted_at: float | None = None


class Records(Protocol):
    """Every backup that was ever made, by name."""

    def all(self) -> tuple[Record, ...]:
        """Oldest first."""

    def save(self, record: Record) -> None:
        """Writes one down, over an older one of the same backup."""


class Copies(Protocol):
    """Servers that are built from backups, each in a folder of its own."""

    def fetch(self, point: Point, into: str, *, in_place: bool = False) -> Fetched:
        """Fills an empty folder; begins again when a former run did not end. `in_place`: the data
        becomes the platform's own, and goes on sending its log."""

    def prove(self, into: str, wanted: Contents | None) -> Proof:
        """Starts the copy, compares it with what the source held, looks for damage, stops it."""

    def finish(self, into: str) -> Proof:
        """Starts the copy once, so that it has recovered, and stops it for others to start."""

    def free(self, into: str) -> int:
        """Bytes that are free where a copy is to be."""

    def is_empty(self, into: str) -> bool:
        """Whether nothing is there, or only what an unfinished fetch left."""

    def remove(self, into: str) -> None:
        """Deletes a copy."""


class Place(Protocol):
    """Where the database runs: its servers, and the data directory of the primary."""

    def fetched_to(self, mark: str) -> str:
        """The folder for files that are to become the primary's own."""

    def stop(self) -> None:
        """Stops every server of the database."""

    def swap(self, mark: str) -> str:
        """Puts the old data aside and the fetched in its place; where the old is now."""

    def swap_back(self, mark: str) -> None:
        """Puts the old data back, if it was put aside, and starts every server."""

    def claim(self) -> Claim:
        """Who is the primary, and in which term."""

    def name_primary(self, claim: Claim) -> None:
        """From here on nobody else can start as the primary, nor one of an older term."""

    def start(self) -> None:
        """Starts the primary and waits until it has recovered and accepts writes."""

    def rebuild(self) -> tuple[str, ...]:
        """Builds every replica anew from the primary; their names."""
