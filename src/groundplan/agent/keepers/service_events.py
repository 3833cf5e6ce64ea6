"""The services' own events for the lake, out of the logs: each batch of logs once.

An event is a record that says so (`event.kind: event`), or one of an access log
(`event.dataset` ends in `.access`), from a replica of a service.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from groundplan.errors import TargetError
from groundplan.operations.observe.logs.columns import record_of
from groundplan.operations.observe.logs.spool import Entry, Spool
from groundplan.parquet.manifest import Manifest
from groundplan.parquet.query import connection, quoted, rows
from groundplan.ports.records import spool_of

NAME = "store:name"  # a mark of the logs
BATCHES = 200  # so many at once; the rest in the next round
# Who it is is not taken from what it says: "north/shop-canary-1" is a replica of shop.
_SERVICE = "regexp_extract(\"service.node.name\", '/(.*?)(-canary)?-[0-9]+$', 1)"
_IS_EVENT = (
    f"list_contains(?, {_SERVICE}) AND (suffix(\"event.dataset\", '.access') OR "
    "json_extract_string(nullif(fields, ''), '$.\"event.kind\"') = 'event')"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Lines of JSON, the last batch that they are of, and what was read for them."""

    lines: bytes
    last: int
    read: tuple[Entry, ...]


def service_spool(folder: Path) -> Spool:
    """Where the logs wait in which services tell events."""
    return Spool(spool_of(folder, "lake"), ("application",))


def name_logs(manifest: Manifest) -> None:
    """A store of logs that begins gets a name: the numbers of its batches are those of no other,
    and a lake may outlive it."""
    if manifest.newest() == 0 and manifest.mark(NAME) is None:
        manifest.note({NAME: uuid.uuid4().hex})


def named(logs: Path, word: str) -> str:
    """A word with the name of the logs; the word alone for logs that never got one."""
    try:
        with Manifest(logs, read_only=True) as manifest:
            name = manifest.mark(NAME)
    except TargetError:  # there are no logs yet
        name = None
    return f"{word}:{name}" if name else word


def events(spool: Spool, services: Sequence[str], *, after: int) -> Events | None:
    """What waits of batches after one; None when nothing does."""
    waiting = spool.entries()
    for entry in waiting:
        if entry.number <= after:  # the lake has it, and was killed before it said so
            spool.done(entry)
    numbers = sorted({entry.number for entry in waiting if entry.number > after})[:BATCHES]
    if not numbers:
        return None
    read = tuple(entry for entry in waiting if numbers[0] <= entry.number <= numbers[-1])
    return Events(lines=_lines(spool, services, read), last=numbers[-1], read=read)


def _lines(spool: Spool, services: Sequence[str], entries: Sequence[Entry]) -> bytes:
    names = ", ".join(quoted(str(spool.path(entry))) for entry in entries)
    klass = quoted(entries[0].klass)
    sql = f"SELECT *, {klass} AS class FROM read_parquet([{names}]) WHERE {_IS_EVENT}"
    with connection(spool.folder) as database:
        return b"".join(
            orjson.dumps(record_of(row).as_ecs()) + b"\n"
            for batch in rows(database, sql, [list(services)])
            for row in batch.to_pylist()
        )
