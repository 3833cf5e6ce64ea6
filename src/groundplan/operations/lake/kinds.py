"""The columns of a table: of which kind they are, and which tells when a row happened. Pure."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from groundplan.parquet.partition import UNITS

TIMES = ("event_time", "@timestamp", "timestamp", "time", "ts", "at", "occurred_at", "created_at")
TIME = pa.timestamp("us", tz="UTC")
AT = "event_time"  # the column that tells when a row happened
FUTURE = timedelta(days=1)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
TYPES = {"bool": pa.bool_(), "int64": pa.int64(), "double": pa.float64(), "string": pa.string()}
TAKEN = frozenset({"zone", "table", *UNITS})  # names of folders, which readers make columns of
Columns = Mapping[str, str]
_SECONDS_MAX = 1e11  # what is more is in milliseconds, microseconds or nanoseconds


def name_of(kind: pa.DataType) -> str:
    """A type as `Columns` names it."""
    return str(kind)


def learned(table: pa.Table, columns: Columns) -> Columns:
    """The columns that are known, with those of a table."""
    found = dict(columns)
    for field in table.schema:
        if field.name != AT and found.get(field.name) != "double":
            found[field.name] = name_of(field.type)
    return found


def kind_of(value: object) -> str | None:
    """The kind of a value; none is of any."""
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


def fits(kind: str, before: str | None) -> bool:
    """Whether a value may join its column: whole numbers and fractions are one."""
    return before in (None, kind) or {kind, before} == {"int64", "double"}


def widened(array: pa.Array) -> pa.Array:
    """Whole numbers as fractions, as near as those come."""
    return array.cast(TYPES["double"], safe=False)


def as_json(value: object) -> str | None:
    """What has no column of its own."""
    return None if value is None else orjson.dumps(value, default=str).decode()


def moment_of(row: Mapping[str, Any]) -> datetime | None:
    """When a row happened."""
    for name in TIMES:
        value = row.get(name)
        if value is None:
            continue
        try:
            if isinstance(value, str):
                moment = datetime.fromisoformat(value)
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            seconds = float(value)
            while seconds > _SECONDS_MAX:
                seconds /= 1000
            return datetime.fromtimestamp(seconds, UTC)
        except (ValueError, TypeError, OverflowError):
            return None
    return None


def moments_of(columns: Mapping[str, pa.Array], count: int) -> pa.Array | None:
    """When rows happened; None when that has to be asked row by row."""
    column = next((columns[name] for name in TIMES if name in columns), None)
    if column is None or pa.types.is_null(column.type):
        return pa.nulls(count, TIME)
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("us")).cast(TIME)
    if pa.types.is_string(column.type):
        for kind in (TIME, pa.timestamp("us")):  # without a zone it is UTC
            with suppress(pa.ArrowInvalid):
                # One first: a cast that fails tells of each value that it fails for.
                column.slice(0, 1).cast(kind)
                return column.cast(kind).cast(TIME)
    if pa.types.is_int64(column.type) and not column.null_count:
        return _since_1970(column.to_numpy().astype(np.float64))
    return None


def is_plausible(at: pa.ChunkedArray, now: datetime) -> pa.Array:
    """Times that may be those of rows."""
    low, high = pa.scalar(EARLIEST, TIME), pa.scalar(now + FUTURE, TIME)
    is_in = pc.and_(pc.greater_equal(at, low), pc.less_equal(at, high))
    return pc.fill_null(is_in, False)


def _since_1970(seconds: np.ndarray[Any, np.dtype[np.float64]]) -> pa.Array:
    while (is_more := seconds > _SECONDS_MAX).any():
        seconds = np.where(is_more, seconds / 1000, seconds)
    whole = np.floor(seconds)
    micros = whole * 1e6 + np.rint((seconds - whole) * 1e6)  # as Python's datetime rounds
    return pa.array(micros.astype(np.int64)).cast(TIME)
