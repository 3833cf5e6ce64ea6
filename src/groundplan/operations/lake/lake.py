"""The lake of one platform: takes in, merges, moves, lets go, and answers.

The raw text of a row and its typed form go in together, or not at all; a row that is bad goes to
quarantine with the reason. An input that came in already comes in no second time.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from io import BufferedReader
from pathlib import Path

import duckdb
import orjson
import pyarrow as pa

from groundplan.design.lake_zone import LakeZone
from groundplan.errors import TargetError
from groundplan.operations.lake.chunk import Chunk
from groundplan.operations.lake.inputs import Form, by_half, chunks
from groundplan.operations.lake.kinds import AT, TAKEN, TIME
from groundplan.operations.lake.one_by_one import Bad
from groundplan.operations.lake.rows import Understood, understood, understood_rows
from groundplan.operations.lake.tiers import Ages, expiries, moves, tier_of, zone_of
from groundplan.parquet.change import Listed
from groundplan.parquet.files import Files, Folder
from groundplan.parquet.keep import Expiry
from groundplan.parquet.kept import Looked, kept
from groundplan.parquet.manifest import Manifest
from groundplan.parquet.partition import Partition, by_time
from groundplan.parquet.query import connection, refuse_deeds, rows
from groundplan.parquet.store import Store
from groundplan.promise.promise import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came in: rows, bad rows, batches that were in already."""

    rows: int = 0
    bad: int = 0
    known: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A table of a zone in a tier."""

    zone: str
    table: str
    tier: str
    files: int
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What comes in, in which form, and by which name it is known again ("": what is in it)."""

    path: Path
    form: Form = Form.NDJSON
    batch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """A sentence for each thing that was done, and what went."""

    told: tuple[str, ...]
    gone: tuple[Expiry, ...]


def ingest(store: Store, table: str, given: Input, *, depth: int, now: datetime) -> Taken:
    """Takes rows in, once; a kill in between is made good by the next call."""
    with given.path.open("rb") as stream:
        identity = f"id {given.batch}" if given.batch else _digest(stream)
        taken = Taken()
        try:
            for number, chunk in enumerate(chunks(stream, given.form)):
                name = f"{table}\n{identity}\n{number}"
                batch = hashlib.sha256(name.encode()).hexdigest()[:32]
                if store.manifest.has(batch):
                    taken = _plus(taken, Taken(known=1, bytes=chunk.size))
                    continue
                more = _take(store, table, (batch, chunk), (depth, now))
                taken = _plus(taken, more)
        except TargetError as error:
            if error.part == "lake" and taken != Taken():
                raise by_half(error, taken.rows + taken.bad) from error
            raise
        return taken


def take_lines(
    store: Store,
    table: str,
    given: tuple[str, bytes],
    *,
    depth: int,
    now: datetime,
    marks: Mapping[str, str],
) -> Taken:
    """Takes lines of JSON in under a name, together with marks that say how far a source was read:
    where they are noted, the lines are in."""
    batch = hashlib.sha256(given[0].encode()).hexdigest()[:32]
    if not given[1]:
        store.note(marks)
        return Taken()
    chunk = Chunk(lines=given[1], size=len(given[1]))
    return _take(store, table, (batch, chunk), (depth, now), marks)


def _take(
    store: Store,
    table: str,
    given: tuple[str, Chunk],
    cut: tuple[int, datetime],
    marks: Mapping[str, str] | None = None,
) -> Taken:
    batch, chunk = given
    columns = _columns(store, table)
    if chunk.rows is None:
        found = understood(chunk.lines, columns, cut[1])
    else:
        found = understood_rows(chunk.rows, columns, cut[1], is_text=chunk.is_text)
    bad = (*chunk.bad, *found.bad)
    known = {f"columns:{table}": orjson.dumps(dict(found.columns)).decode()}
    store.commit(batch, _tables(table, found, bad, cut), {**known, **(marks or {})})
    return Taken(rows=found.table.num_rows, bad=len(bad), bytes=chunk.size)


def _digest(stream: BufferedReader) -> str:
    digest = hashlib.file_digest(stream, "sha256").hexdigest()
    stream.seek(0)
    return digest


def tidy(store: Store, policies: Mapping[str, Ages], now: datetime) -> Tidied:
    """Moves what is old to its tier and deletes what may go."""
    told = []
    for move in moves(store.manifest.files(), policies, now):
        store.move(move.file, move.tier)
        told.append(f"moved {move.file.path} to {move.tier}")
    due = expiries(store.manifest.files(), policies, now)
    store.expire(due)
    return Tidied(told=(*told, *(f"deleted {each.because}" for each in due)), gone=due)


def retained(
    store: Store, zones: Iterable[LakeZone], gone: Sequence[Expiry], now: datetime
) -> tuple[Evidence, ...]:
    """What the lake, after a run of its policies, says of each promise to keep its files."""
    files, lost = store.manifest.files(), store.lost()
    of_promise: dict[str, set[str]] = {}
    for zone in zones:
        if zone.promise:
            of_promise.setdefault(zone.promise, set()).add(zone.name)
    return tuple(
        kept(
            promise,
            Looked(
                files=[file for file in files if zone_of(file.partition.prefix) in names],
                lost=[file for file in lost if zone_of(file.partition.prefix) in names],
                gone=[each for each in gone if zone_of(each.partition.prefix) in names],
            ),
            now=now,
        )
        for promise, names in of_promise.items()
    )


def query(
    place: Path | Files, sql: str
) -> Iterator[tuple[tuple[str, ...], list[tuple[object, ...]]]]:
    """Column names and rows of an answer, in small batches. Each table of a zone is a view:
    `raw.events`, `processed.events`, `analytics.daily`; a bare name is that of `processed`."""
    for batch in query_batches(Folder(place) if isinstance(place, Path) else place, sql):
        names = tuple(batch.schema.names)
        yield names, [tuple(row.values()) for row in batch.to_pylist()]


def query_batches(files: Files, sql: str) -> Iterator[pa.RecordBatch]:
    """An answer as Arrow has it."""
    with listed(files) as manifest, connection(files.folder) as database:
        refuse_deeds(database, sql)
        with files.explained(manifest.files()):
            _views(database, files, manifest)
            yield from rows(database, sql)


@contextmanager
def listed(files: Files) -> Iterator[Manifest]:
    """The list of files for who only reads; what others changed elsewhere is in it."""
    if files.log is None:
        with Manifest(files.folder, read_only=True) as manifest:
            yield manifest
        return
    files.folder.mkdir(parents=True, exist_ok=True)
    with Manifest(files.folder) as manifest:
        files.log.refresh(manifest)
        yield manifest


def into(store: Store, table: str, sql: str, *, depth: int, now: datetime) -> int:
    """Keeps an answer as a table of the analytics zone; how many rows. Until the lake has other
    rows the same question is not answered twice."""
    last = store.manifest.newest()
    batch = hashlib.sha256(f"{table}\n{sql}\n{last}".encode()).hexdigest()[:32]
    with connection(store.folder) as database:
        refuse_deeds(database, sql)
        with store.files.explained(store.manifest.files()):
            _views(database, store.files, store.manifest)
            answer = pa.Table.from_batches(rows(database, sql))
    at = answer[AT].cast(TIME) if AT in answer.column_names else pa.array([now] * len(answer), TIME)
    names = (name for name in answer.column_names if name != AT)
    rest = {f"{name}_" if name in TAKEN else name: answer[name] for name in names}
    found = pa.table({AT: at} | rest)
    store.commit(batch, by_time(found, AT, f"zone=analytics/table={table}", depth))
    return len(answer)


def standings(place: Path | Files) -> tuple[Standing, ...]:
    """What is where."""
    with listed(Folder(place) if isinstance(place, Path) else place) as manifest:
        grouped: dict[tuple[str, str, str], list[Listed]] = {}
        for file in manifest.files():
            prefix = file.partition.prefix
            key = (zone_of(prefix), table_of(prefix), tier_of(file))
            grouped.setdefault(key, []).append(file)
    return tuple(
        Standing(
            zone=zone,
            table=table,
            tier=tier or "standard",
            files=len(files),
            rows=sum(file.rows for file in files),
            bytes=sum(file.bytes for file in files),
        )
        for (zone, table, tier), files in sorted(grouped.items())
    )


def table_of(prefix: str) -> str:
    """The table in "zone=raw/table=events"."""
    return prefix.partition("/table=")[2]


def _views(database: duckdb.DuckDBPyConnection, files: Files, manifest: Manifest) -> None:
    grouped: dict[tuple[str, str], list[Listed]] = {}
    for file in manifest.files():
        key = (zone_of(file.partition.prefix), table_of(file.partition.prefix))
        grouped.setdefault(key, []).append(file)
    for (zone, table), found in grouped.items():
        source = files.source(database, found, manifest)
        database.execute(f'CREATE SCHEMA IF NOT EXISTS "{zone}"')
        database.execute(f'CREATE VIEW "{zone}"."{table}" AS SELECT * FROM {source}')
        if zone == "processed":
            database.execute(f'CREATE VIEW "{table}" AS SELECT * FROM "{zone}"."{table}"')


def _tables(
    table: str, found: Understood, bad: Sequence[Bad], cut: tuple[int, datetime]
) -> dict[Partition, pa.Table]:
    depth, now = cut
    tables: dict[Partition, pa.Table] = {}
    both = found.table.append_column("line", found.lines)
    for partition, part in by_time(both, AT, f"zone=raw/table={table}", depth).items():
        tables[partition] = pa.table({AT: part[0], "line": part[part.num_columns - 1]})
        typed = replace(partition, prefix=f"zone=processed/table={table}")
        tables[typed] = part.remove_column(part.num_columns - 1)
    if bad:
        aside = pa.table(
            {
                AT: pa.array([now] * len(bad), TIME),
                "line": [each.line for each in bad],
                "why": [each.why for each in bad],
            }
        )
        tables |= by_time(aside, AT, f"zone=quarantine/table={table}", depth)
    return tables


def _columns(store: Store, table: str) -> dict[str, str]:
    text = store.manifest.mark(f"columns:{table}")
    known: dict[str, str] = orjson.loads(text) if text else {}
    return known


def _plus(a: Taken, b: Taken) -> Taken:
    return Taken(
        rows=a.rows + b.rows, bad=a.bad + b.bad, known=a.known + b.known, bytes=a.bytes + b.bytes
    )
