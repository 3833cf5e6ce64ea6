"""Batches of logs that somebody has still to take: the lake, or a sink elsewhere.

They are further names (hard links) of the store's own files, so they cost nothing while the store
has the same ones, and are there when it has merged or deleted them. A spool is bounded: when it is
full, the oldest batch goes, and is counted. The collector puts in, somebody else takes out.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from groundplan.errors import TargetError
from groundplan.operations.observe.logs.columns import prefix_of
from groundplan.parquet.keep import Keep
from groundplan.parquet.manifest import Listed, Manifest
from groundplan.parquet.partition import Partition

BYTES_MAX = 1_000_000_000
FILES_MAX = 100_000  # a day of small batches; more makes every look at them slow
_MARK, _DROPPED = "spool:", "spool-dropped:"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Entry:
    """A file of a batch. What it is stands in its name; names sort as batches came in."""

    number: int  # of the batch
    klass: str
    hour: str  # 2026112509
    rows: int
    batch: str

    @classmethod
    def of(cls, number: int, file: Listed) -> "Entry":
        """What the store lists."""
        return cls(
            number=number,
            klass=file.partition.prefix.removeprefix("class="),
            hour=f"{file.partition.begins:%Y%m%d%H}",
            rows=file.rows,
            batch=file.batch,
        )

    @classmethod
    def parse(cls, name: str) -> "Entry":
        """What a name says; ValueError when it is none of ours."""
        number, klass, hour, rows, batch = name.removesuffix(".parquet").split(".")
        return cls(number=int(number), klass=klass, hour=hour, rows=int(rows), batch=batch)

    @property
    def name(self) -> str:
        """Its file's."""
        return f"{self.number:012d}.{self.klass}.{self.hour}.{self.rows}.{self.batch}.parquet"

    @property
    def partition(self) -> Partition:
        """The hour of its records."""
        moment = datetime.strptime(f"{self.hour}+0000", "%Y%m%d%H%z")
        return Partition.at(prefix_of(self.klass), moment.timestamp())


class Spool:
    """What waits for one taker. `classes`: which logs it takes."""

    def __init__(self, folder: Path, classes: Iterable[str], *, bytes_max: int = BYTES_MAX) -> None:
        self.folder = folder
        self.name = folder.name
        self._classes = frozenset(classes)
        self._bytes_max = bytes_max
        self._room = 0  # bytes that surely fit yet
        self._places = 0  # files

    def entries(self) -> tuple[Entry, ...]:
        """What waits, oldest first."""
        try:
            names = [name for name in os.listdir(self.folder) if name.endswith(".parquet")]
        except FileNotFoundError:
            return ()
        return tuple(Entry.parse(name) for name in sorted(names))

    def path(self, entry: Entry) -> Path:
        """Its file."""
        return self.folder / entry.name

    def size(self) -> int:
        """How many bytes wait."""
        return sum(_size(self.path(entry)) for entry in self.entries())

    def done(self, entry: Entry) -> None:
        """Somebody has it. Harmless twice."""
        self.path(entry).unlink(missing_ok=True)

    def feed(self, store: Path, manifest: Manifest, *, first: int) -> int:
        """Puts in what came since the last time, the first time what came after `first`; how many
        records were dropped for it. Whole after a kill: what is linked already is linked again."""
        mark = manifest.mark(_MARK + self.name)
        after = first if mark is None else int(mark)
        newest = manifest.newest()
        if mark is not None and newest <= after:
            return 0
        found = [
            (Entry.of(number, file), store / file.path)
            for number, file in manifest.files_after(after)
        ]
        wanted = [(entry, path) for entry, path in found if entry.klass in self._classes]
        dropped = self._put(wanted) if wanted else 0
        marks = {_MARK + self.name: str(newest)}
        if dropped:
            marks[_DROPPED + self.name] = str(self.dropped(manifest) + dropped)
        manifest.note(marks)
        return dropped

    def dropped(self, manifest: Manifest) -> int:
        """How many records went because it was full, or because their time was over."""
        return int(manifest.mark(_DROPPED + self.name) or 0)

    def let_go(self, manifest: Manifest, keeps: Mapping[str, Keep], now: datetime) -> int:
        """Drops what may not be kept any longer; how many records."""
        old = [
            entry
            for entry in self.entries()
            if (keep := keeps.get(prefix_of(entry.klass)))
            and keep.until(entry.partition.ends) <= now
        ]
        for entry in old:
            self.done(entry)
        dropped = sum(entry.rows for entry in old)
        if dropped:
            manifest.note({_DROPPED + self.name: str(self.dropped(manifest) + dropped)})
        return dropped

    def forget(self, manifest: Manifest) -> None:
        """Nobody is there to take any more."""
        for entry in self.entries():
            self.done(entry)
        manifest.forget_marks((_MARK + self.name, _DROPPED + self.name))

    def _put(self, wanted: list[tuple[Entry, Path]]) -> int:
        gone = 0
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for entry, path in wanted:
                gone += 0 if _link(path, self.path(entry)) else entry.rows
            handle = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise TargetError(
                part="spool",
                doing=f"putting logs aside for {self.name}",
                why=f"{error.filename or self.folder}: {error.strerror or error}",
                try_="make room on the disk; nothing is lost, it goes on by itself",
                retry=True,
            ) from error
        added = sum(_size(self.path(entry)) for entry, _ in wanted)
        return gone + self._make_room(added, len(wanted))

    def _make_room(self, added: int, files: int) -> int:
        """Drops the oldest until it fits; how many records. It looks when it may not fit."""
        self._room -= added
        self._places -= files
        if self._room >= 0 and self._places >= 0:
            return 0
        waiting = [(entry, _size(self.path(entry))) for entry in self.entries()]
        over = sum(size for _, size in waiting) - self._bytes_max
        dropped = count = 0
        for entry, size in waiting:
            if over <= 0 and len(waiting) - count <= FILES_MAX:
                break
            self.done(entry)
            over -= size
            count += 1
            dropped += entry.rows
        self._room, self._places = -over, FILES_MAX - len(waiting) + count
        return dropped


def _link(old: Path, new: Path) -> bool:
    """Whether there was something to link."""
    if not new.exists():
        try:
            os.link(old, new)
        except FileNotFoundError:
            return False
        except OSError:  # another file system, or one without links
            part = new.with_suffix(".part")
            shutil.copyfile(old, part)
            part.rename(new)
    return True


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # taken meanwhile
        return 0
