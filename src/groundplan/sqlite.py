"""An SQLite file: made when it is missing, its troubles told as TargetErrors.

What a transaction returned from survives a kill and a power cut; any number of processes may use
the file at the same time.
"""

import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, Self
from urllib.parse import quote

from groundplan.errors import TargetError

BUSY_SECONDS = 10.0
PAUSE_SECONDS = 0.01
Row = tuple[Any, ...]

_TRY = {
    sqlite3.SQLITE_BUSY: "another process holds it; repeat in some seconds",
    sqlite3.SQLITE_FULL: "free some space on its disk",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable for this account",
    sqlite3.SQLITE_CANTOPEN: "make its folder, or allow this account to use it",
}


class Closes(ABC):
    """What lets go of something at the end of its `with` block."""

    @abstractmethod
    def close(self) -> None:
        """Lets go of it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SqliteFile(Closes):
    """One file. `name` is what it is to people; the other two are marks in its header."""

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        application: int,
        schema: str,
        version: int = 1,
        read_only: bool = False,
    ) -> None:
        self.path = path
        self._name = name
        self._marks = application, version
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
                self._open("" if read_only else schema)
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._connection.close()

    def read(self, query: str, *values: object) -> list[Row]:
        """The rows of a query."""
        with self._lock, self._told("reading"):
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def transaction(self, doing: str = "writing") -> Iterator[sqlite3.Connection]:
        """All of it or nothing; no other process writes meanwhile."""
        with self._lock, self._told(doing):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk may have ended it already
                    self._connection.execute("ROLLBACK")
                raise

    def _open(self, schema: str) -> None:
        if self._header() == (0, 0, 0) and schema:
            write_ahead(self._connection)
            self._create(schema)
        application, version, tables = self._header()
        if application != self._marks[0]:
            what = "an SQLite file of another program" if application or tables else "empty"
            raise self._another(f"it is {what}")
        if version > self._marks[1]:
            raise self._another(f"a newer groundplan wrote it (format {version})")
        self._connection.execute("PRAGMA synchronous = FULL")

    def _create(self, schema: str) -> None:
        application, version = self._marks
        with self.transaction() as connection:
            if self._header()[2] == 0:  # nobody else was faster
                for statement in _statements(schema):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version}")
                connection.execute(f"PRAGMA application_id = {application}")

    def _header(self) -> tuple[int, int, int]:
        """The application's mark, the format's version, the number of tables; all of one moment."""
        application, version, tables = self._connection.execute(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)"
            " FROM pragma_application_id, pragma_user_version"
        ).fetchone()
        return int(application), int(version), int(tables)

    def _another(self, why: str) -> TargetError:
        return TargetError(
            part=self._name,
            doing=f"opening {self.path}",
            why=f"it is no {self._name} that can be used: {why}",
            try_=f"move it away (mv {self.path} {self.path}.old); a new one is begun",
        )

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        """What SQLite raises, as a TargetError."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = _code(error)
            if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise self._another(str(error)) from error
            raise TargetError(
                part=self._name,
                doing=f"{doing} {self.path}",
                why=str(error),
                try_=_TRY.get(code, "check the file's folder, its permissions and the free space"),
                retry=True,
            ) from error


def write_ahead(connection: sqlite3.Connection) -> None:
    """Lets readers and a writer not block each other, and a new file shrink later.

    SQLite answers "locked" at once, whatever the time-out, when two processes do this to one new
    file; so the wait is here.
    """
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return


def sqlite_url(path: Path) -> str:
    """The URL of a file, made when it is missing: readers do not block it, and it can shrink."""
    try:
        connection = sqlite3.connect(path)
        try:
            write_ahead(connection)
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


def _code(error: sqlite3.Error) -> int:
    """The primary result code."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; `executescript` would end the transaction they belong to."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
