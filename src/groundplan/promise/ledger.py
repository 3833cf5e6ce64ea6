"""The ledger: promises x evidence, in one SQLite file. Evidence is only ever added.

What `write` returned from survives a kill and a power cut. Any number of processes may read while
one writes. What a file of another kind or a full disk says comes out as a TargetError.
"""

import math
from collections.abc import Iterable
from pathlib import Path

from groundplan.promise.promise import Evidence, EvidenceKind, Promise, Verdict
from groundplan.promise.standing import Standing, standing
from groundplan.sqlite import Closes, SqliteFile

APPLICATION = 0x6770_6C67  # "gplg", in the file's header
VERSION = 1
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


class Ledger(Closes):
    """One ledger file. A writer makes it when it is missing; a reader needs it to be there."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._file = SqliteFile(
            path,
            name="ledger",
            application=APPLICATION,
            schema=_SCHEMA,
            version=VERSION,
            read_only=read_only,
        )

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()

    def write(self, *evidence: Evidence) -> None:
        """Adds evidence, all of it or none."""
        assert all(e.value is None or math.isfinite(e.value) for e in evidence), evidence
        with self._file.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO method (how) VALUES (?)", {(e.how,) for e in evidence}
            )
            connection.executemany(_ADD, map(_row, evidence))

    def count(self, series: str, *, at: float, good: int, total: int) -> None:
        """Adds to a series of yes-or-no samples, such as probes."""
        with self._file.transaction() as connection:
            connection.execute("INSERT INTO tally VALUES (?, ?, ?, ?)", (series, at, good, total))

    def counted(self, series: str, *, since: float) -> tuple[int, int]:
        """How many samples of a series were good, and how many there are."""
        ((good, total),) = self._file.read(
            "SELECT total(good), total(total) FROM tally WHERE series = ? AND at >= ?",
            series,
            since,
        )
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
        with self._file.transaction("thinning") as connection:
            connection.execute(_THIN, {"step": THINNED_TO_SECONDS, "before": whole_steps})
            connection.execute("DELETE FROM tally WHERE at < ?", (tallies_before,))

    def _read(self, query: str, values: tuple[object, ...]) -> tuple[Evidence, ...]:
        return tuple(map(_evidence, self._file.read(query, *values)))


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
