"""The ledger: promises x evidence, in one SQLite file. Evidence is only ever added.

What `write` returned from survives a kill and a power cut. Any number of processes may read while
one writes. What a file of another kind or a full disk says comes out as a TargetError.
"""

import math
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from groundplan.errors import TargetError
from groundplan.promise.promise import Evidence, EvidenceKind, Promise, Verdict
from groundplan.promise.standing import Standing, standing

APPLICATION = 0x6770_6C67  # "gplg", in the file's header
VERSION = 1
BUSY_SECONDS = 5.0
THINNED_TO_SECONDS = 3600

_SCHEMA = """
CREATE TABLE method (id INTEGER PRIMARY KEY, how TEXT NOT NULL UNIQUE);
CREATE TABLE evidence (
    id INTEGER PRIMARY KEY,
    promise TEXT NOT NULL,
    kind TEXT NOT NULL,
    verdict TEXT NOT NULL,
    value REAL,
    at REAL NOT NULL,
    method INTEGER NOT NULL REFERENCES method,
    because TEXT NOT NULL,
    samples INTEGER NOT NULL,
    lasts REAL
);
CREATE INDEX evidence_by_kind ON evidence (promise, kind);
CREATE INDEX evidence_by_time ON evidence (promise, at);
CREATE TRIGGER evidence_is_only_added BEFORE UPDATE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is never changed'); END;
CREATE TABLE tally (series TEXT NOT NULL, at REAL NOT NULL, good INTEGER, total INTEGER);
CREATE INDEX tally_by_series ON tally (series, at);
"""
_COLUMNS = "promise, kind, verdict, value, at, how, because, samples, lasts"
_ADD = (
    f"INSERT INTO evidence ({_COLUMNS.replace('how', 'method')})"
    " SELECT ?, ?, ?, ?, ?, id, ?, ?, ? FROM method WHERE how = ?"
)
_FROM = "FROM evidence JOIN method ON method.id = evidence.method"
# Samples (what `lasts` for a while only) become one per promise and hour: the worst of it. The
# newest of each promise stays, so that what the table shows never changes by this.
_THIN = """
DELETE FROM evidence WHERE id IN (
    SELECT id FROM (
        SELECT id,
            row_number() OVER (PARTITION BY promise, kind, CAST(at / :step AS INTEGER)
                ORDER BY instr('broken unknown kept', verdict), at DESC, id DESC) AS rank,
            row_number() OVER (PARTITION BY promise, kind ORDER BY id DESC) AS age
        FROM evidence WHERE at < :before AND lasts IS NOT NULL
    ) WHERE rank > 1 AND age > 1
)
"""


class Ledger:
    """One ledger file. A writer makes it when it is missing; a reader needs it to be there."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        with self._told("opening"):
            mode = "ro" if read_only else "rwc"
            self._connection = sqlite3.connect(
                f"file:{quote(str(path))}?mode={mode}",
                uri=True,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                self._open(read_only=read_only)
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
        self._connection.close()

    def write(self, *evidence: Evidence) -> None:
        """Adds evidence, all of it or none."""
        assert all(e.value is None or math.isfinite(e.value) for e in evidence), evidence
        with self._told("writing"), self._transaction():
            self._connection.executemany(
                "INSERT OR IGNORE INTO method (how) VALUES (?)", {(e.how,) for e in evidence}
            )
            self._connection.executemany(_ADD, map(_row, evidence))

    def count(self, series: str, *, at: float, good: int, total: int) -> None:
        """Adds to a series of yes-or-no samples, such as probes."""
        with self._told("writing"), self._transaction():
            self._connection.execute(
                "INSERT INTO tally VALUES (?, ?, ?, ?)", (series, at, good, total)
            )

    def counted(self, series: str, *, since: float) -> tuple[int, int]:
        """How many samples of a series were good, and how many there are."""
        with self._told("reading"):
            good, total = self._connection.execute(
                "SELECT total(good), total(total) FROM tally WHERE series = ? AND at >= ?",
                (series, since),
            ).fetchone()
        return int(good), int(total)

    def latest(self, promise: str, kind: EvidenceKind) -> Evidence | None:
        """What was written last of a kind, whatever the clock said; None when nothing was."""
        rows = self._read(
            f"SELECT {_COLUMNS} {_FROM} WHERE promise = ? AND kind = ?"
            " ORDER BY evidence.id DESC LIMIT 1",
            (promise, kind),
        )
        return rows[0] if rows else None

    def history(self, promise: str, *, since: float = 0) -> tuple[Evidence, ...]:
        """All evidence for a promise from a moment on, oldest first."""
        return self._read(
            f"SELECT {_COLUMNS} {_FROM} WHERE promise = ? AND at >= ? ORDER BY at, evidence.id",
            (promise, since),
        )

    def current(self, promises: Iterable[Promise], *, now: float) -> tuple[Standing, ...]:
        """How each promise stands."""
        return tuple(
            standing(
                promise,
                {kind: self.latest(promise.id, kind) for kind in EvidenceKind},
                now=now,
            )
            for promise in promises
        )

    def prune(self, *, evidence_before: float, tallies_before: float) -> None:
        """Thins old samples to the worst of each hour and forgets old tallies."""
        whole_steps = evidence_before - evidence_before % THINNED_TO_SECONDS
        with self._told("thinning"), self._transaction():
            self._connection.execute(_THIN, {"step": THINNED_TO_SECONDS, "before": whole_steps})
            self._connection.execute("DELETE FROM tally WHERE at < ?", (tallies_before,))

    def _read(self, query: str, values: tuple[object, ...]) -> tuple[Evidence, ...]:
        with self._told("reading"):
            return tuple(map(_evidence, self._connection.execute(query, values)))

    def _open(self, *, read_only: bool) -> None:
        application, version, tables = self._header()
        is_new = application == 0 and tables == 0
        if is_new and not read_only:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._create()
        elif application != APPLICATION:
            why = "it is empty" if is_new else "it is an SQLite file of another program"
            raise _not_a_ledger(self.path, why)
        elif version > VERSION:
            raise _not_a_ledger(self.path, f"a newer groundplan wrote it (format {version})")
        self._connection.execute("PRAGMA synchronous = FULL")

    def _create(self) -> None:
        with self._transaction():
            if self._header()[2] == 0:  # nobody else was faster
                for statement in _statements(_SCHEMA):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {VERSION}")
                self._connection.execute(f"PRAGMA application_id = {APPLICATION}")

    def _header(self) -> tuple[int, int, int]:
        """The application's mark, the format's version, the number of tables; all of one moment."""
        application, version, tables = self._connection.execute(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)"
            " FROM pragma_application_id, pragma_user_version"
        ).fetchone()
        return int(application), int(version), int(tables)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk may have ended it already
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        """What SQLite raises, as a TargetError."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise _not_a_ledger(self.path, str(error)) from error
            raise TargetError(
                part="ledger",
                doing=f"{doing} {self.path}",
                why=str(error),
                try_=_TRY.get(code, "check the file's folder, its permissions and the free space"),
                retry=True,
            ) from error


_TRY = {
    sqlite3.SQLITE_BUSY: "another process holds it; repeat in some seconds",
    sqlite3.SQLITE_FULL: "free some space on its disk",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable for this account",
}


def _not_a_ledger(path: Path, why: str) -> TargetError:
    return TargetError(
        part="ledger",
        doing=f"opening {path}",
        why=f"it is not a ledger that can be used: {why}",
        try_=f"move it away (mv {path} {path}.old); the agent begins a new one",
    )


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; `executescript` would end the transaction they belong to."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _evidence(
    row: tuple[str, str, str, float | None, float, str, str, int, float | None],
) -> Evidence:
    promise, kind, verdict, value, at, how, because, samples, lasts = row
    return Evidence(
        promise=promise,
        kind=EvidenceKind(kind),
        verdict=Verdict(verdict),
        value=value,
        at=at,
        how=how,
        because=because,
        samples=samples,
        lasts_seconds=lasts,
    )


def _row(evidence: Evidence) -> tuple[object, ...]:
    """The values for _ADD; the method's text comes last."""
    return (
        evidence.promise,
        evidence.kind,
        evidence.verdict,
        evidence.value,
        evidence.at,
        evidence.because,
        evidence.samples,
        evidence.lasts_seconds,
        evidence.how,
    )
