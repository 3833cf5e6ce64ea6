"""The lake of one platform: takes in, merges, moves, lets go, and answers.

The raw text of a row and its typed form go in together, or not at all; a row that is bad goes to
quarantine with the reason. An input that came in already comes in no second time.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import duckdb
import orjson
import pyarrow as pa

from groundplan.errors import TargetError
from groundplan.operations.lake.rows import AT, TIME, Understood, by_partition, understood
from groundplan.operations.lake.tiers import Ages, expiries, moves, tier_of, zone_of
from groundplan.parquet.manifest import Listed, Manifest
from groundplan.parquet.partition import Partition
from groundplan.parquet.query import connection, refuse_deeds, rows, scan
from groundplan.parquet.store import Store

CHUNK_BYTES = 16 << 20
LINE_BYTES_MAX = 64 << 20


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


def ingest(store: Store, table: str, source: Path, *, depth: int, now: datetime) -> Taken:
    """Takes a file of JSON lines in, once; a kill in between is made good by the next call."""
    with source.open("rb") as stream:
        identity = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        taken = Taken()
        for number, chunk in enumerate(_chunks(stream)):
            name = f"{table}\n{identity}\n{number}"
            batch = hashlib.sha256(name.encode()).hexdigest()[:32]
            if store.manifest.has(batch):
                taken = _plus(taken, Taken(known=1, bytes=len(chunk)))
                continue
            found = understood(chunk, _columns(store, table), now)
            marks = {f"columns:{table}": orjson.dumps(dict(found.columns)).decode()}
            store.commit(batch, _tables(table, found, depth, now), marks)
            more = Taken(rows=found.table.num_rows, bad=len(found.bad), bytes=len(chunk))
            taken = _plus(taken, more)
        return taken


def tidy(store: Store, policies: dict[str, Ages], now: datetime) -> tuple[str, ...]:
    """Moves what is old to its tier and deletes what may go; a sentence for each."""
    told = []
    for move in moves(store.manifest.files(), policies, now):
        store.move(move.file, move.tier)
        told.append(f"moved {move.file.path} to {move.tier}")
    due = expiries(store.manifest.files(), policies, now)
    store.expire(due)
    return (*told, *(f"deleted {each.because}" for each in due))


def query(folder: Path, sql: str) -> Iterator[tuple[tuple[str, ...], list[tuple[object, ...]]]]:
    """Column names and rows of an answer, in small batches. Each table of a zone is a view:
    `raw.events`, `processed.events`, `analytics.daily`; a bare name is that of `processed`."""
    with Manifest(folder, read_only=True) as manifest, connection(folder) as database:
        refuse_deeds(database, sql)
        _views(database, folder, manifest)
        for batch in rows(database, sql):
            names = tuple(batch.schema.names)
            yield names, [tuple(row.values()) for row in batch.to_pylist()]


def into(store: Store, table: str, sql: str, *, depth: int, now: datetime) -> int:
    """Keeps an answer as a table of the analytics zone; how many rows. Until the lake has other
    rows the same question is not answered twice."""
    last = max((number for _, number in store.manifest.batches_after(0)), default=0)
    batch = hashlib.sha256(f"{table}\n{sql}\n{last}".encode()).hexdigest()[:32]
    with connection(store.folder) as database:
        refuse_deeds(database, sql)
        _views(database, store.folder, store.manifest)
        answer = pa.Table.from_batches(rows(database, sql))
    at = answer[AT].cast(TIME) if AT in answer.column_names else pa.array([now] * len(answer), TIME)
    rest = {name: answer[name] for name in answer.column_names if name != AT}
    found = pa.table({AT: at} | rest)
    store.commit(batch, dict(by_partition(found, f"zone=analytics/table={table}", depth)))
    return len(answer)


def standings(folder: Path) -> tuple[Standing, ...]:
    """What is where."""
    with Manifest(folder, read_only=True) as manifest:
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


def _views(database: duckdb.DuckDBPyConnection, folder: Path, manifest: Manifest) -> None:
    grouped: dict[tuple[str, str], list[Listed]] = {}
    for file in manifest.files():
        key = (zone_of(file.partition.prefix), table_of(file.partition.prefix))
        grouped.setdefault(key, []).append(file)
    for (zone, table), files in grouped.items():
        _view(database, folder, zone, table, files)


def _view(
    database: duckdb.DuckDBPyConnection, folder: Path, zone: str, table: str, files: list[Listed]
) -> None:
    database.execute(f'CREATE SCHEMA IF NOT EXISTS "{zone}"')
    source = scan(folder, files)
    database.execute(f'CREATE VIEW "{zone}"."{table}" AS SELECT * FROM {source}')
    if zone == "processed":
        database.execute(f'CREATE VIEW "{table}" AS SELECT * FROM "{zone}"."{table}"')


def _tables(table: str, found: Understood, depth: int, now: datetime) -> dict[Partition, pa.Table]:
    raw = pa.table({AT: found.table[AT], "line": found.lines})
    tables = dict(by_partition(raw, f"zone=raw/table={table}", depth))
    tables |= dict(by_partition(found.table, f"zone=processed/table={table}", depth))
    if found.bad:
        bad = pa.table(
            {
                AT: pa.array([now] * len(found.bad), TIME),
                "line": [each.line for each in found.bad],
                "why": [each.why for each in found.bad],
            }
        )
        tables |= dict(by_partition(bad, f"zone=quarantine/table={table}", depth))
    return tables


def _columns(store: Store, table: str) -> dict[str, str]:
    text = store.manifest.mark(f"columns:{table}")
    known: dict[str, str] = orjson.loads(text) if text else {}
    return known


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Whole lines, some megabytes at a time."""
    rest = b""
    while data := stream.read(CHUNK_BYTES):
        head, line_end, tail = data.rpartition(b"\n")
        if line_end:
            yield rest + head + line_end
            rest = tail
        else:
            rest += data
        if len(rest) > LINE_BYTES_MAX:
            raise TargetError(
                part="lake",
                doing="reading the input",
                why=f"a line is longer than {LINE_BYTES_MAX >> 20} MB",
                try_="give JSON objects, one in each line",
            )
    if rest.strip():
        yield rest


def _plus(a: Taken, b: Taken) -> Taken:
    return Taken(
        rows=a.rows + b.rows, bad=a.bad + b.bad, known=a.known + b.known, bytes=a.bytes + b.bytes
    )
