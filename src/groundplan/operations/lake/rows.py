"""From lines to typed columns: JSON objects in, one table out, and the lines that were none.

A chunk is read at once; only one that holds a bad line is read line by line. New columns join,
whole numbers widen to fractions; a value that contradicts its column puts its line aside.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from groundplan.parquet.partition import UNITS

TIMES = ("event_time", "@timestamp", "timestamp", "time", "ts", "at", "occurred_at", "created_at")
TIME = pa.timestamp("us", tz="UTC")
AT = "event_time"  # the column that tells when a row happened
FUTURE = timedelta(days=1)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_TYPES = {"bool": pa.bool_(), "int64": pa.int64(), "double": pa.float64(), "string": pa.string()}
TAKEN = frozenset({"zone", "table", *UNITS})  # names of folders, which readers make columns of
Columns = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A line that was put aside, and why."""

    line: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """The rows of a chunk with their time, their text, and the columns that are known now."""

    table: pa.Table  # with the column event_time
    lines: pa.Array
    bad: tuple[Bad, ...]
    columns: Columns


def understood(chunk: bytes, columns: Columns, now: datetime) -> Understood:
    """The chunk's rows; bad lines are in `bad`, none is lost."""
    bad: list[Bad] = []
    table = _fast(chunk, columns)
    texts = _as_lines(chunk)
    if table is None or len(table) != len(texts):
        lines, bad = _checked(_filled(chunk), columns)
        table = _slow(lines, columns) if lines else pa.table({AT: pa.array([], TIME)})
        texts = _texts(lines)
    is_good = _is_plausible(table[AT], now)
    if not pc.all(is_good).as_py():
        is_bad = pc.invert(is_good)
        why = "it has no time, or one before 1990 or after tomorrow"
        bad += [Bad(line=line, why=why) for line in texts.filter(is_bad).to_pylist()]
        table, texts = table.filter(is_good), texts.filter(is_good)
    known = dict(columns) | {
        field.name: _name(field.type) for field in table.schema if field.name != AT
    }
    names = [f"{name}_" if name in TAKEN else name for name in table.column_names]
    table = table.rename_columns(names)
    return Understood(table=table, lines=texts, bad=tuple(bad), columns=known)


def _fast(data: bytes, columns: Columns) -> pa.Table | None:
    """All lines at once; None when one of them does not fit."""
    if not data:
        return None
    # Columns with dots are inside of objects, which are flattened afterwards.
    plain = {name: kind for name, kind in columns.items() if "." not in name}
    known = pa.schema([(name, _TYPES[kind]) for name, kind in plain.items()])
    options = pj.ParseOptions(
        explicit_schema=known, unexpected_field_behavior="infer", newlines_in_values=False
    )
    try:
        table = pj.read_json(
            pa.BufferReader(data),
            read_options=pj.ReadOptions(block_size=max(len(data), 1), use_threads=False),
            parse_options=options,
        )
        # Text that looks like a time stays text: it would not come out as it went in.
        names = [name for name in table.column_names if "." not in name]
        times = [name for name in names if pa.types.is_timestamp(table.schema.field(name).type)]
        if times:
            return _fast(data, dict(columns) | dict.fromkeys(times, "string"))
        return _finished(table, columns)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowKeyError):
        return None


def _filled(chunk: bytes) -> list[bytes]:
    return [line for line in chunk.split(b"\n") if line.strip()]


def _texts(lines: Sequence[bytes]) -> pa.StringArray:
    return pa.array([line.decode("utf-8", errors="replace") for line in lines], pa.string())


def _as_lines(chunk: bytes) -> pa.StringArray:
    """The text of each line that is not empty."""
    text = np.frombuffer(chunk, np.uint8)
    ends = np.flatnonzero(text == ord("\n")) + 1
    if not chunk.endswith(b"\n"):
        ends = np.append(ends, len(chunk))
    offsets = np.concatenate((np.zeros(1, ends.dtype), ends)).astype(np.int32)
    if not _is_text(chunk) or (np.diff(offsets) < 2).any():
        return _texts(_filled(chunk))
    lines = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(chunk))
    return pc.ascii_rtrim(lines, "\r\n")


def _is_text(chunk: bytes) -> bool:
    try:
        return chunk.isascii() or bool(chunk.decode())
    except UnicodeDecodeError:
        return False


def _finished(table: pa.Table, columns: Columns) -> pa.Table | None:
    """Flat, with the types that are known; None when a column is there twice or contradicts."""
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    if len(set(table.column_names)) < table.num_columns:
        return None
    arrays = {}
    for name in table.column_names:
        column = table[name]
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.string())
        elif pa.types.is_null(column.type):
            continue
        elif _name(column.type) not in _TYPES:
            column = pa.array([_json(value) for value in column.to_pylist()], pa.string())
        before = columns.get(name)
        if before == "double" and _name(column.type) == "int64":
            column = column.cast(pa.float64())
        elif before not in (None, _name(column.type)):
            return None
        arrays[name] = column
    at = _times(table)
    return None if at is None else pa.table({AT: at} | {n: a for n, a in arrays.items() if n != AT})


def _times(table: pa.Table) -> pa.Array | None:
    name = next((name for name in TIMES if name in table.column_names), None)
    if name is None:
        return pa.nulls(table.num_rows, TIME)
    column = table[name]
    if pa.types.is_null(column.type):
        return pa.nulls(table.num_rows, TIME)
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("us")).cast(TIME)
    if pa.types.is_string(column.type):
        for kind in (TIME, pa.timestamp("us")):  # without a zone it is UTC
            with suppress(pa.ArrowInvalid):
                return column.cast(kind).cast(TIME)
    return None


def _checked(lines: Sequence[bytes], columns: Columns) -> tuple[list[bytes], list[Bad]]:
    """Line by line: those that fit together, and the others with the reason."""
    good: list[bytes] = []
    bad: list[Bad] = []
    kinds = dict(columns)
    for line in lines:
        try:
            row = orjson.loads(line)
            if not isinstance(row, dict):
                raise ValueError("it is no JSON object")
            kinds |= _fitting(_flat(row), kinds)
            good.append(line)
        except ValueError as error:  # orjson's error is one
            bad.append(Bad(line=line.decode("utf-8", errors="replace"), why=str(error)))
    return good, bad


def _fitting(row: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, str]:
    """The kinds of the row's columns; ValueError for a value that contradicts its column."""
    found = {}
    for name, value in row.items():
        kind = _kind(value)
        before = kinds.get(name)
        if kind is None or kind == before or (kind == "int64" and before == "double"):
            continue
        if before is not None and not (kind == "double" and before == "int64"):
            raise ValueError(f"{name} holds {before}, and this is {kind}")
        found[name] = kind
    return found


def _slow(lines: Sequence[bytes], columns: Columns) -> pa.Table:
    rows = [_flat(orjson.loads(line)) for line in lines]
    names = dict.fromkeys(name for row in rows for name in row)
    kinds = dict(columns)
    for row in rows:
        kinds |= _fitting(row, kinds)
    arrays = {AT: pa.array([_moment(row) for row in rows], TIME)}
    for name in names:
        if name in kinds and name != AT:
            values = [_value(row.get(name), kinds[name]) for row in rows]
            arrays[name] = pa.array(values, _TYPES[kinds[name]])
    return pa.table(arrays)


def _is_plausible(at: pa.ChunkedArray, now: datetime) -> pa.Array:
    low, high = pa.scalar(EARLIEST, TIME), pa.scalar(now + FUTURE, TIME)
    is_in = pc.and_(pc.greater_equal(at, low), pc.less_equal(at, high))
    return pc.fill_null(is_in, False)


def _moment(row: Mapping[str, Any]) -> datetime | None:
    for name in TIMES:
        value = row.get(name)
        if value is None:
            continue
        try:
            if isinstance(value, str):
                moment = datetime.fromisoformat(value)
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            seconds = float(value)
            while seconds > 1e11:
                seconds /= 1000
            return datetime.fromtimestamp(seconds, UTC)
        except (ValueError, TypeError, OverflowError):
            return None
    return None


def _flat(row: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{before}{name}.")
        else:
            flat[f"{before}{name}"] = value
    return flat


def _kind(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "bool"
        case int():
            return "int64" if abs(value) < 2**63 else "double"
        case float():
            return "double"
        case _:
            return "string"


def _value(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "string":
        return value if isinstance(value, str) else _json(value)
    return float(value) if kind == "double" else value


def _name(kind: pa.DataType) -> str:
    return str(kind)


def _json(value: object) -> str | None:
    return None if value is None else orjson.dumps(value, default=str).decode()
