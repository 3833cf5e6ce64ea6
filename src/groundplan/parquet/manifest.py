"""Which files count: a small SQLite database beside the Parquet files.

A batch with all its files, and how far its source was read, are one transaction: after a kill they
are there, or they are not. A file that is not listed here does not exist.
"""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from groundplan.errors import TargetError
from groundplan.parquet.change import Change
from groundplan.parquet.change import Listed as Listed
from groundplan.parquet.partition import Partition
from groundplan.sqlite import Closes, write_ahead

NAME = "manifest.sqlite"
BEGINS_SECONDS, TRY_SECONDS = 2.0, 0.01
_LOG = "log"  # a mark: how far a log elsewhere was read
_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, partition TEXT NOT NULL, begins REAL NOT NULL, ends REAL NOT NULL,
    rows INTEGER NOT NULL, bytes INTEGER NOT NULL, batch TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS files_in ON files (partition);
CREATE TABLE IF NOT EXISTS batches (id TEXT PRIMARY KEY, number INTEGER, rows INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS files_of ON files (batch);
CREATE INDEX IF NOT EXISTS batches_by ON batches (number);
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Manifest(Closes):
    """The list of one store. Writers hold the store's lock; readers need none."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self._path = folder / NAME
        try:
            uri = f"file:{quote(str(self._path))}?mode={'ro' if read_only else 'rwc'}"
            self._db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10)
        except sqlite3.Error as error:
            raise self._refusal("opening the list of its files", error) from error
        if read_only:
            self._await_tables()
        else:
            self._prepare()

    def _await_tables(self) -> None:
        """Whoever makes a new list is between making the file and its tables for a moment."""
        ends = time.monotonic() + BEGINS_SECONDS
        while not self._tables() and time.monotonic() < ends:
            time.sleep(TRY_SECONDS)

    def _tables(self) -> bool:
        try:
            sql = "SELECT 1 FROM sqlite_schema WHERE name = 'marks'"
            return self._db.execute(sql).fetchone() is not None
        except sqlite3.OperationalError:  # it is being made
            return False
        except sqlite3.DatabaseError:
            return True  # it is no list at all: the next question says so

    def _prepare(self) -> None:
        try:
            write_ahead(self._db)
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            self._db.close()
            raise self._refusal("opening the list of its files", error) from error

    def close(self) -> None:
        """Lets go of it."""
        self._db.close()

    def has(self, batch: str) -> bool:
        """Whether a batch is in already."""
        return self._one("SELECT 1 FROM batches WHERE id = ?", batch) is not None

    def add(self, batch: str, files: Iterable[Listed], marks: Mapping[str, str]) -> None:
        """A batch, its files, and how far its source was read: all of it or nothing."""
        self.apply(Change(batch=batch, new=tuple(files), marks=marks))

    def swap(self, old: Iterable[Listed], new: Iterable[Listed]) -> None:
        """Other files with the same records."""
        self.apply(Change(gone=tuple(old), new=tuple(new)))

    def drop(self, partition: Partition) -> int:
        """Forgets a partition's files; how many records they had."""
        rows = self._one("SELECT sum(rows) FROM files WHERE partition = ?", partition.path)
        self.apply(Change(dropped=partition.path))
        return rows if isinstance(rows, int) else 0

    def apply(self, change: Change, *, number: int = 0) -> None:
        """All of a change or nothing. `number`: its place in a log elsewhere; one that was applied
        already is not again."""
        with self._transaction():
            if number:
                last = self.log_number()
                if last >= number:
                    return
                assert last == number - 1, f"{number} comes after {last}"
            if change.batch:
                self._db.execute(
                    "INSERT INTO batches SELECT ?, coalesce(max(number), 0) + 1, ? FROM batches",
                    (change.batch, sum(file.rows for file in change.new)),
                )
            if change.dropped:
                self._db.execute("DELETE FROM files WHERE partition = ?", (change.dropped,))
            paths = ((file.path,) for file in change.gone)
            self._db.executemany("DELETE FROM files WHERE path = ?", paths)
            self._insert(change.new)
            marks = {**change.marks, **({_LOG: str(number)} if number else {})}
            self._db.executemany("INSERT OR REPLACE INTO marks VALUES (?, ?)", marks.items())

    def log_number(self) -> int:
        """The last change of a log elsewhere that was applied."""
        return int(self.mark(_LOG) or 0)

    def mark(self, name: str) -> str | None:
        """How far a source was read."""
        value = self._one("SELECT value FROM marks WHERE name = ?", name)
        return None if value is None else str(value)

    def note(self, marks: Mapping[str, str]) -> None:
        """Marks that come with no batch."""
        self.apply(Change(marks=marks))

    def forget_marks(self, names: Iterable[str]) -> None:
        """Sources that are gone."""
        with self._transaction():
            self._db.executemany("DELETE FROM marks WHERE name = ?", ((name,) for name in names))

    def marks(self) -> dict[str, str]:
        """How far every source was read."""
        return dict(self._all("SELECT name, value FROM marks"))

    def files(
        self, prefix: str = "", *, since: float = float("-inf"), until: float = float("inf")
    ) -> tuple[Listed, ...]:
        """The files below a prefix whose time touches the span, oldest first."""
        rows = self._all(
            "SELECT path, partition, rows, bytes, batch FROM files"
            " WHERE (? = '' OR partition = ? OR partition GLOB ? || '/*')"
            " AND ends > ? AND begins < ? ORDER BY begins, rowid",
            *(prefix, prefix, prefix, since, until),
        )
        return tuple(
            Listed(
                path=path,
                partition=Partition.parse(partition),
                rows=count,
                bytes=size,
                batch=batch,
            )
            for path, partition, count, size, batch in rows
        )

    def batches_after(self, number: int) -> tuple[tuple[str, int], ...]:
        """Batches that came in later than a number, with theirs."""
        return tuple(
            self._all("SELECT id, number FROM batches WHERE number > ? ORDER BY number", number)
        )

    def newest(self) -> int:
        """The number of the last batch; 0 before the first."""
        found = self._one("SELECT max(number) FROM batches")
        return found if isinstance(found, int) else 0

    def files_after(self, number: int) -> tuple[tuple[int, Listed], ...]:
        """The files of batches that came in later than a number, with theirs. Those of a batch
        that was merged meanwhile are not among them."""
        rows = self._all(
            "SELECT number, path, partition, files.rows, bytes, batch FROM batches"
            " JOIN files ON batch = id WHERE number > ? ORDER BY number, path",
            number,
        )
        return tuple(
            (
                which,
                Listed(
                    path=path,
                    partition=Partition.parse(partition),
                    rows=count,
                    bytes=size,
                    batch=batch,
                ),
            )
            for which, path, partition, count, size, batch in rows
        )

    def partitions(self) -> tuple[Partition, ...]:
        """Every partition that has files."""
        rows = self._all("SELECT DISTINCT partition FROM files ORDER BY partition")
        return tuple(Partition.parse(path) for (path,) in rows)

    def _insert(self, files: Iterable[Listed]) -> None:
        self._db.executemany(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    file.path,
                    file.partition.path,
                    file.partition.begins.timestamp(),
                    file.partition.ends.timestamp(),
                    file.rows,
                    file.bytes,
                    file.batch,
                )
                for file in files
            ),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._refusal("writing the list of its files", error) from error

    def _one(self, query: str, *values: object) -> object | None:
        found = self._all(query, *values)
        return found[0][0] if found else None

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            with closing(self._db.execute(query, values)) as cursor:
                return cursor.fetchall()
        except sqlite3.Error as error:
            raise self._refusal("reading the list of its files", error) from error

    def _refusal(self, doing: str, error: Exception) -> TargetError:
        return TargetError(
            part="store",
            doing=doing,
            why=f"{self._path}: {error}",
            try_="check that the disk is not full and that the folder is yours",
            retry=True,
        )
