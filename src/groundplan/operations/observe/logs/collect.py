"""The collector's round: read what is new, keep it once, index it; and let old records go.

What was read and how far is one transaction, so a kill anywhere loses nothing and doubles nothing.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from groundplan.design.log_class import LogClass
from groundplan.operations.observe.logs.columns import HOUR, prefix_of, record_of, tables
from groundplan.operations.observe.logs.hot import Hot
from groundplan.operations.observe.logs.lines import CHUNK_BYTES, Chunk, Lines
from groundplan.operations.observe.logs.record import LogSource, Record, Understander
from groundplan.operations.observe.logs.redact import redacted
from groundplan.parquet.keep import Expiry, Keep, expired
from groundplan.parquet.query import connection, rows, scan
from groundplan.parquet.store import Store
from groundplan.units import Duration

_BETWEEN = b"\n\0\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a round did. `is_all`: nothing more was there to read."""

    records: int
    unparsable: int
    is_all: bool


class Collector:
    """Collects the output of parts below `logs` into a store. One thread runs it."""

    def __init__(
        self, logs: Path, store: Store, classes: tuple[LogClass, ...], *, hot: Hot | None = None
    ) -> None:
        self._logs = logs
        self._store = store
        self._classes = classes
        self._hot = hot
        self._lines: dict[str, tuple[Lines, Understander]] = {}

    def follow(self, sources: Iterable[LogSource]) -> None:
        """The parts whose output is collected from now on; what is known of others is kept."""
        marks = self._store.manifest.marks()
        for source in sources:
            if source.part not in self._lines:
                path = self._logs / f"{source.part}.log"
                self._lines[source.part] = (
                    Lines(source.part, path, marks),
                    Understander(source, self._classes),
                )

    def round(self, now: float, *, hot_since: float = float("inf")) -> Round:
        """Reads up to a few megabytes of all parts and keeps them as one batch."""
        left = CHUNK_BYTES
        chunks: list[tuple[Lines, Chunk]] = []
        records: list[Record] = []
        is_all = True
        for lines, understander in self._lines.values():
            if left <= 0:
                is_all = False
                break
            chunk = lines.read(left)
            is_all &= chunk.is_all
            left -= sum(map(len, chunk.pieces))
            if chunk.marks:
                chunks.append((lines, chunk))
                records += [understander.record(text, now) for text in _texts(chunk.pieces)]
        if chunks:
            self._keep(chunks, records, hot_since)
        unparsable = sum("unparsable" in each.tags for each in records)
        return Round(records=len(records), unparsable=unparsable, is_all=is_all)

    def tidy(self, now: float, *, hot_since: float) -> tuple[Expiry, ...]:
        """Lets go what is old, merges what is small; what went, and why."""
        names = [name for lines, _ in self._lines.values() for name in lines.gone()]
        self._store.manifest.forget_marks(names)
        due = expired(
            self._store.manifest.partitions(),
            keeps(self._classes),
            datetime.fromtimestamp(now, UTC),
        )
        self._store.expire(due)
        if self._hot is not None:
            self._hot.drop_before(hot_since)
        self._store.compact(before=hot_since)
        return due

    def catch_up(self, hot_since: float) -> int:
        """Indexes the batches that a kill kept out of the fast index; how many."""
        assert self._hot is not None
        known = self._hot.batches()
        missing: dict[str, list[Record]] = {}
        for file in self._store.manifest.files(since=hot_since):
            if file.batch not in known and not file.batch.startswith("merged-"):
                with connection(self._store.folder) as database:
                    sql = f"SELECT * FROM {scan(self._store.folder, [file])}"
                    found = [r for batch in rows(database, sql) for r in batch.to_pylist()]
                missing.setdefault(file.batch, []).extend(map(record_of, found))
        for batch, records in missing.items():
            self._hot.add(batch, records, since=hot_since)
        return len(missing)

    def _keep(
        self, chunks: list[tuple[Lines, Chunk]], records: list[Record], hot_since: float
    ) -> None:
        identity = "\n".join(chunk.identity for _, chunk in chunks)
        batch = hashlib.sha256(identity.encode()).hexdigest()[:32]
        marks = {name: mark for _, chunk in chunks for name, mark in chunk.marks.items()}
        self._store.commit(batch, tables(records), marks)
        for lines, chunk in chunks:
            lines.took(chunk)
        if self._hot is not None:
            self._hot.add(batch, records, since=hot_since)


def keeps(classes: Iterable[LogClass]) -> Mapping[str, Keep]:
    """How long each class is kept; a class without a promise is kept for ever."""
    return {
        prefix_of(each.name): Keep.of(Duration.parse(each.keep)) for each in classes if each.keep
    }


def hot_limit(now: float, hours: int) -> float:
    """The whole hour from which the fast index holds everything."""
    return (now // HOUR - hours) * HOUR


def _texts(pieces: tuple[bytes, ...]) -> Iterable[str]:
    """Pieces as text without secrets, all at once; a byte 0 of theirs would part them."""
    if not pieces:
        return ()
    if any(b"\0" in piece for piece in pieces):
        pieces = tuple(piece.replace(b"\0", b"\\0") for piece in pieces)
    whole = redacted(_BETWEEN.join(pieces))
    return whole.decode("utf-8", errors="replace").split(_BETWEEN.decode())
