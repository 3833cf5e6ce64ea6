"""Audit records are only added to: each has a number, and a hash over itself and the one before.

`event.sequence` and `event.hash` are ECS. What retention let go is remembered as runs of numbers
with the hash of their last, so that a gap is either explained or found.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from groundplan.operations.observe.logs.columns import ROWS, prefix_of, record_of
from groundplan.operations.observe.logs.record import Record
from groundplan.parquet.manifest import Listed, Manifest
from groundplan.parquet.query import connection, rows, scan, unreadable
from groundplan.ports.chain import START, link

AUDIT = "audit"
PREFIX = prefix_of(AUDIT)
SEQUENCE, HASH = "event.sequence", "event.hash"
HEAD, GONE = "audit:head", "audit:gone"  # names of marks
_NUMBER = f"TRY_CAST(json_extract_string(nullif(fields, ''), '$.\"{SEQUENCE}\"') AS BIGINT)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest record of the chain."""

    number: int = 0
    hash: str = START

    def as_text(self) -> str:
        """As it is kept."""
        return f"{self.number} {self.hash}"

    @classmethod
    def of(cls, text: str | None) -> "Head":
        """What was kept; the beginning when nothing was."""
        if not text:
            return cls()
        number, hash_ = text.split()
        return cls(number=int(number), hash=hash_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A run of records that retention let go, and the hash of its last."""

    first: int
    last: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a look at all audit records found. No problems: nothing in them was changed."""

    records: int
    let_go: int
    head: str
    problems: tuple[str, ...]


def chained(table: pa.Table, head: Head) -> tuple[pa.Table, Head]:
    """The rows with the audit records among them chained on, and the new head."""
    is_audit = pc.equal(table["class"], AUDIT)
    if not pc.any(is_audit).as_py():
        return table, head
    fields = []
    for row in table.filter(is_audit).to_pylist():
        record = record_of(row)
        head = _linked(record, head)
        fields.append(record.fields)
    place = table.schema.get_field_index("fields")
    changed = pc.replace_with_mask(
        table["fields"].combine_chunks(), is_audit.combine_chunks(), pa.array(fields, pa.string())
    )
    return table.set_column(place, ROWS.field("fields"), changed), head


def verify(folder: Path) -> Verified:
    """Looks at every audit record of a store."""
    with Manifest(folder, read_only=True) as manifest:
        files = manifest.files(PREFIX)
        head = Head.of(manifest.mark(HEAD))
        gone = gone_of(manifest.mark(GONE))
    broken = unreadable(folder, files)
    problems = [f"{file.path} cannot be read" for file in broken]
    walk = _Walk(gone)
    problems += walk.through(_records(folder, [file for file in files if file not in broken]))
    problems += walk.ended(head)
    return Verified(
        records=walk.count,
        let_go=sum(run.last - run.first + 1 for run in gone),
        head=head.hash,
        problems=tuple(problems),
    )


def let_go(folder: Path, files: Sequence[Listed], before: str | None) -> Mapping[str, str]:
    """The mark that explains that these files of audit records go. `before`: what it says now."""
    runs = list(gone_of(before))
    with connection(folder) as database:
        sql = (
            f"SELECT {_NUMBER} AS number, json_extract_string(nullif(fields, ''), '$.\"{HASH}\"')"
            f" AS hash FROM {scan(folder, files)} WHERE {_NUMBER} IS NOT NULL ORDER BY 1"
        )
        for batch in rows(database, sql):
            for row in batch.to_pylist():
                number, hash_ = int(row["number"]), str(row["hash"])
                runs.append(Gone(first=number, last=number, hash=hash_))
                runs = list(_merged(runs)) if len(runs) > 1000 else runs
    found = [[run.first, run.last, run.hash] for run in _merged(runs)]
    return {GONE: orjson.dumps(found).decode()}


def gone_of(text: str | None) -> tuple[Gone, ...]:
    """The runs that a mark tells of."""
    found = orjson.loads(text) if text else []
    return tuple(Gone(first=first, last=last, hash=hash_) for first, last, hash_ in found)


class _Walk:
    """From the first record to the last, in the order of their numbers."""

    def __init__(self, gone: Iterable[Gone]) -> None:
        self.count = 0
        self._gone = {run.first: run for run in gone}
        self._last = Head()

    def through(self, found: Iterator[tuple[int | None, Record]]) -> Iterator[str]:
        for number, record in found:
            self.count += 1
            if number is None:
                yield f"a record of {record.as_ecs()['@timestamp']} is not of the chain"
                continue
            hash_, text = _taken_apart(record)
            if number <= self._last.number:
                yield f"record {number} is there twice"
                continue
            self._skip(number)
            expected = self._last.number + 1
            if number > expected:
                yield _missing(expected, number - 1)
            elif hash_ != link(self._last.hash, text):
                yield f"record {number} is not what was written"
            self._last = Head(number=number, hash=hash_)

    def ended(self, head: Head) -> Iterator[str]:
        self._skip(head.number + 1)
        if self._last.number < head.number:
            yield f"the end is cut off: {_missing(self._last.number + 1, head.number)}"
        elif self._last != head:
            yield f"the chain was written anew: its head was {head.hash}"

    def _skip(self, number: int) -> None:
        """Over what was let go before a number."""
        while self._last.number + 1 < number and (run := self._gone.get(self._last.number + 1)):
            self._last = Head(number=run.last, hash=run.hash)


def _linked(record: Record, head: Head) -> Head:
    """Gives a record its number and hash; what it brought under these names gets another."""
    found: dict[str, Any] = orjson.loads(record.fields) if record.fields else {}
    for name in (SEQUENCE, HASH):
        if name in found:
            found[f"labels.{name}"] = found.pop(name)
    found[SEQUENCE] = head.number + 1
    record.fields = orjson.dumps(found).decode()
    hash_ = link(head.hash, _taken_apart(record)[1])
    record.fields = orjson.dumps(found | {HASH: hash_}).decode()
    return Head(number=head.number + 1, hash=hash_)


def _taken_apart(record: Record) -> tuple[str, str]:
    """The hash of a record, and its text: all else in one order."""
    found = record.as_ecs()
    hash_ = str(found.pop(HASH, ""))
    return hash_, orjson.dumps(found, option=orjson.OPT_SORT_KEYS).decode()


def _records(folder: Path, files: Sequence[Listed]) -> Iterator[tuple[int | None, Record]]:
    if not files:
        return
    sql = f"SELECT *, {_NUMBER} AS number FROM {scan(folder, files)} ORDER BY number NULLS FIRST"
    with connection(folder) as database:
        for batch in rows(database, sql):
            for row in batch.to_pylist():
                yield row["number"], record_of(row)


def _merged(runs: Iterable[Gone]) -> Iterator[Gone]:
    last: Gone | None = None
    for run in sorted(runs, key=lambda each: each.first):
        if last and run.first <= last.last + 1:
            last = (
                Gone(first=last.first, last=run.last, hash=run.hash)
                if run.last > last.last
                else last
            )
            continue
        if last:
            yield last
        last = run
    if last:
        yield last


def _missing(first: int, last: int) -> str:
    return f"record {first} is gone" if first == last else f"records {first} to {last} are gone"
