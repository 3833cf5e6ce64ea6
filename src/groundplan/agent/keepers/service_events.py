"""The services' own events for the lake, out of the logs: each batch of logs once.

An event is a record that says so (`event.kind: event`), or one of an access log
(`event.dataset` ends in `.access`), from a replica of a service.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from groundplan.operations.observe.logs.columns import prefix_of, record_of
from groundplan.parquet.manifest import NAME, Listed, Manifest
from groundplan.parquet.query import connection, rows, scan

BATCHES = 200  # so many at once; the rest in the next round
# Who it is is not taken from what it says: "north/shop-canary-1" is a replica of shop.
_SERVICE = "regexp_extract(\"service.node.name\", '/(.*?)(-canary)?-[0-9]+$', 1)"
_IS_EVENT = (
    f"list_contains(?, {_SERVICE}) AND (suffix(\"event.dataset\", '.access') OR "
    "json_extract_string(nullif(fields, ''), '$.\"event.kind\"') = 'event')"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Lines of JSON, the last batch they are of, and how many batches are in a merged file now."""

    lines: bytes
    last: int
    missed: int = 0


def events(logs: Path, services: Sequence[str], *, after: int) -> Events | None:
    """What came in after a batch; None when nothing did."""
    if not (logs / NAME).exists():
        return None
    with Manifest(logs, read_only=True) as manifest:
        batches = dict(manifest.batches_after(after)[:BATCHES])
        if not batches:
            return None
        files = [file for file in manifest.files() if file.batch in batches]
    missed = len(batches.keys() - {file.batch for file in files})
    prefix = prefix_of("application")
    found = [file for file in files if file.partition.prefix == prefix]
    lines = _lines(logs, services, found) if found else b""
    return Events(lines=lines, last=max(batches.values()), missed=missed)


def _lines(logs: Path, services: Sequence[str], files: Sequence[Listed]) -> bytes:
    sql = f"SELECT * FROM {scan(logs, files)} WHERE {_IS_EVENT}"
    with connection(logs) as database:
        return b"".join(
            orjson.dumps(record_of(row).as_ecs()) + b"\n"
            for batch in rows(database, sql, [list(services)])
            for row in batch.to_pylist()
        )
