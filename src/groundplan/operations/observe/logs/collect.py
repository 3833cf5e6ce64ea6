"""The collector's round: read what is new, keep it once, index it; and let old records go.

What was read and how far is one transaction, so a kill anywhere loses nothing and doubles nothing.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from groundplan.design.log_class import LogClass
from groundplan.operations.observe.logs.apart import Reader
from groundplan.operations.observe.logs.audit import GONE, HEAD, PREFIX, Head, chained, let_go
from groundplan.operations.observe.logs.columns import (
    HOUR,
    ROWS,
    parted,
    prefix_of,
    record_of,
)
from groundplan.operations.observe.logs.hot import Hot
from groundplan.operations.observe.logs.lines import CHUNK_BYTES, Chunk, Lines, Room
from groundplan.operations.observe.logs.output import Output
from groundplan.operations.observe.logs.record import LogSource, Record
from groundplan.operations.observe.logs.spool import Spool
from groundplan.operations.observe.logs.words import build, forget, missing
from groundplan.parquet.keep import Expiry, Keep, expired
from groundplan.parquet.kept import Looked, kept
from groundplan.parquet.manifest import Listed
from groundplan.parquet.query import connection, scan
from groundplan.parquet.query import rows as rows_of
from groundplan.parquet.store import Store, give_back
from groundplan.promise.promise import Evidence
from groundplan.units import Duration

WORDS_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a round did. `is_all`: nothing more was there to read or to index."""

    records: int
    unparsable: int
    is_all: bool


class Collector:
    """Collects the output of parts below `logs` into a store. One thread runs it."""

    def __init__(
        self, logs: Path, store: Store, classes: tuple[LogClass, ...], *, hot: Hot | None = None
    ) -> None:
        self._logs = logs
        self.store = store
        self._classes = classes
        self._hot = hot
        self._is_behind = hot is not None  # whether batches may be in the store and not indexed
        self._reader = Reader()
        self._room = Room()
        self._lines: dict[str, tuple[Lines, Output]] = {}
        self._spools: dict[str, tuple[Spool, int]] = {}

    def follow(self, sources: Iterable[LogSource]) -> None:
        """The parts whose output is collected from now on; what is known of others is kept."""
        marks = self.store.manifest.marks()
        for source in sources:
            if source.part not in self._lines:
                path = self._logs / f"{source.part}.log"
                self._lines[source.part] = (
                    Lines(source.part, path, marks),
                    Output(source, self._classes, self._reader),
                )

    def spool_for(self, spools: Iterable[tuple[Spool, int]]) -> None:
        """Who takes logs from now on, and after which batch; what waits for others is dropped."""
        wanted = {spool.name: (spool, first) for spool, first in spools}
        for name, (spool, _) in self._spools.items():
            if name not in wanted:
                spool.forget(self.store.manifest)
        self._spools = wanted

    def feed(self) -> Mapping[str, int]:
        """Puts aside what others have still to take; how many records each lost by it."""
        manifest, folder = self.store.manifest, self.store.folder
        return {
            name: spool.feed(folder, manifest, first=first)
            for name, (spool, first) in self._spools.items()
        }

    def round(self, now: float, *, hot_since: float = float("inf")) -> Round:
        """Reads up to some megabytes of all parts and keeps them as one batch.

        Keeping comes first: where more comes in than can be indexed, the index waits, and searches
        read the files.
        """
        left = CHUNK_BYTES
        chunks: list[tuple[Lines, Chunk]] = []
        tables: list[pa.Table] = []
        is_all = True
        for lines, output in self._lines.values():
            if left <= 0:
                is_all = False
                break
            chunk = lines.read(left, self._room)
            is_all &= chunk.is_all
            left -= len(chunk.data)
            if chunk.marks:
                chunks.append((lines, chunk))
                tables.append(output.rows(chunk.data, now))
        rows = pa.concat_tables(tables) if tables else ROWS.empty_table()
        if chunks:
            batch, rows = self._keep(chunks, rows)
            if self._hot is not None and is_all:
                self._hot.add(batch, map(record_of, rows.to_pylist()), since=hot_since)
            self._is_behind |= not is_all
        elif is_all and self._is_behind and self._hot is not None:
            self._is_behind = self.catch_up(hot_since, batches=1) > 0
            is_all = not self._is_behind
        return Round(records=len(rows), unparsable=_unparsable(rows), is_all=is_all)

    def tidy(self, now: float, *, hot_since: float) -> tuple[Expiry, ...]:
        """Lets go what is old, merges what is small; what went, and why."""
        names = [name for lines, _ in self._lines.values() for name in lines.gone()]
        self.store.manifest.forget_marks(names)
        due = expired(
            self.store.manifest.partitions(),
            keeps(self._classes),
            datetime.fromtimestamp(now, UTC),
        )
        self._explain(due)
        self.store.expire(due)
        if self._hot is not None:
            self._hot.drop_before(hot_since)
        self.feed()  # what is merged is no batch any more
        for spool, _ in self._spools.values():
            spool.let_go(
                self.store.manifest, keeps(self._classes), datetime.fromtimestamp(now, UTC)
            )
        self.store.compact(before=hot_since)
        self._filter_words()
        return due

    def _filter_words(self) -> None:
        """Some files at a time: new lines do not wait long for it. A file that cannot be read, or
        a full disk, is no reason to stop: without filters a search reads all, and names it."""
        folder, files = self.store.folder, self.store.manifest.files()
        forget(folder, files)
        ends = time.monotonic() + WORDS_SECONDS
        for file in missing(folder, files):
            with suppress(OSError, pa.ArrowException):
                build(folder, file)
            give_back()
            if time.monotonic() > ends:
                return

    def _explain(self, due: Iterable[Expiry]) -> None:
        """Writes down which audit records go, before they do: a gap in their chain has a reason."""
        manifest = self.store.manifest
        for partition in (each.partition for each in due if each.partition.prefix == PREFIX):
            files = manifest.files(partition.path)
            manifest.note(let_go(self.store.folder, files, manifest.mark(GONE)))

    def catch_up(self, hot_since: float, *, batches: int = 2**31) -> int:
        """Indexes batches that a kill, or a flood, kept out of the fast index; how many."""
        assert self._hot is not None
        known = self._hot.batches()
        missing: dict[str, list[Listed]] = {}
        for file in self.store.manifest.files(since=hot_since):
            if file.batch not in known and not file.batch.startswith("merged-"):
                missing.setdefault(file.batch, []).append(file)
        due = list(missing.items())[:batches]
        for batch, files in due:
            self._hot.add(batch, self._records(files), since=hot_since)
        return len(due)

    def _records(self, files: Iterable[Listed]) -> Iterator[Record]:
        with connection(self.store.folder) as database:
            for file in files:
                sql = f"SELECT * FROM {scan(self.store.folder, [file])}"
                for batch in rows_of(database, sql):
                    yield from map(record_of, batch.to_pylist())

    def _keep(self, chunks: list[tuple[Lines, Chunk]], rows: pa.Table) -> tuple[str, pa.Table]:
        identity = "\n".join(chunk.identity for _, chunk in chunks)
        batch = hashlib.sha256(identity.encode()).hexdigest()[:32]
        marks = {name: mark for _, chunk in chunks for name, mark in chunk.marks.items()}
        rows, head = chained(rows, Head.of(self.store.manifest.mark(HEAD)))
        if head.number:
            marks[HEAD] = head.as_text()
        self.store.commit(batch, parted(rows), marks)
        for lines, chunk in chunks:
            lines.took(chunk)
        return batch, rows


def evidence(
    store: Store, classes: Iterable[LogClass], gone: Sequence[Expiry], now: datetime
) -> tuple[Evidence, ...]:
    """What the logs, after a run of retention, say of its promises."""
    files, lost = store.manifest.files(), store.lost()
    found = []
    for each in classes:
        prefix = prefix_of(each.name)
        looked = Looked(
            files=[file for file in files if file.partition.prefix == prefix],
            lost=[file for file in lost if file.partition.prefix == prefix],
            gone=[expiry for expiry in gone if expiry.partition.prefix == prefix],
        )
        if each.keep:
            found.append(kept(f"retention.{each.name}_logs", looked, now=now))
    return tuple(found)


def keeps(classes: Iterable[LogClass]) -> Mapping[str, Keep]:
    """How long each class is kept; a class without a promise is kept for ever."""
    return {
        prefix_of(each.name): Keep.of(Duration.parse(each.keep)) for each in classes if each.keep
    }


def hot_limit(now: float, hours: int) -> float:
    """The whole hour from which the fast index holds everything."""
    return (now // HOUR - hours) * HOUR


def _unparsable(rows: pa.Table) -> int:
    is_tagged = pc.greater(pc.list_value_length(rows["tags"]), 0)
    return sum("unparsable" in tags for tags in rows["tags"].filter(is_tagged).to_pylist())
