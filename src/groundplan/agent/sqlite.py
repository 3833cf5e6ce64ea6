"""An SQLite file of the agent's: made when it is missing, its troubles told as TargetErrors.

What a transaction returned from survives a kill and a power cut; any number of processes may use
the file at the same time.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from groundplan.errors import TargetError

BUSY_SECONDS = 10.0
Row = tuple[Any, ...]

_TRY = {
    sqlite3.SQLITE_BUSY: "another process holds it; repeat in some seconds",
    sqlite3.SQLITE_FULL: "free some space on its disk",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable for this account",
    sqlite3.SQLITE_CANTOPEN: "make its folder, or allow this account to use it",
}


class SqliteFile:
    """One file. `name` is what it is to people, `application` the mark in its header."""

    def __init__(
        self, path: Path, *, name: str, application: int, schema: str, read_only: bool = False
    ) -> None:
        self.path = path
        self._name = name
        self._lock = RLock()
        with self._told("opening"):
            self._connection = sqlite3.connect(
                f"file:{quote(str(path))}?mode={'ro' if read_only else 'rwc'}",
                uri=True,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                self._open(application, schema, read_only=read_only)
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._connection.close()

    def read(self, query: str, *values: object) -> list[Row]:
        """The rows of a query."""
        with self._lock, self._told("reading"):
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing; no other process writes meanwhile."""
        with self._lock, self._told("writing"):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk may have ended it already
                    self._connection.execute("ROLLBACK")
                raise

    def _open(self, application: int, schema: str, *, read_only: bool) -> None:
        if self._mark() == 0 and self._tables() == 0 and not read_only:
            self._connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._create(application, schema)
        if self._mark() != application:
            raise self._another("it is empty, or of another program")
        self._connection.execute("PRAGMA synchronous = FULL")

    def _create(self, application: int, schema: str) -> None:
        with self.transaction() as connection:
            if self._tables() == 0:  # nobody else was faster
                for statement in schema.split(";;"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {application}")

    def _mark(self) -> int:
        return int(self._connection.execute("PRAGMA application_id").fetchone()[0])

    def _tables(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])

    def _another(self, why: str) -> TargetError:
        return TargetError(
            part=self._name,
            doing=f"opening {self.path}",
            why=f"it is no {self._name} that can be used: {why}",
            try_=f"move it away (mv {self.path} {self.path}.old); a new one is begun",
        )

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise self._another(str(error)) from error
            raise TargetError(
                part=self._name,
                doing=f"{doing} {self.path}",
                why=str(error),
                try_=_TRY.get(code, "check the file's folder, its permissions and the free space"),
                retry=True,
            ) from error


def sqlite_url(path: Path) -> str:
    """The URL of a file, made when it is missing: readers do not block it, and it can shrink."""
    try:
        connection = sqlite3.connect(path)
        try:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA incremental_vacuum")
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise TargetError(
            part="agent",
            doing=f"opening {path}",
            why=str(error),
            try_=f"check the free space and the permissions there; or move it away (mv {path} "
            f"{path}.old): operations that had not ended are then not resumed",
        ) from error
    return f"sqlite:///{path}"
