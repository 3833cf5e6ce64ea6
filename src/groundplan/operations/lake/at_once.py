"""Many rows read at once, as columns: lines of one shape by where their quotes are, others by
pyarrow. What is read so means what it means one by one; what is not is left."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from groundplan.operations.lake.kinds import (
    AT,
    TYPES,
    Columns,
    as_json,
    fits,
    learned,
    moments_of,
    name_of,
    widened,
)
from groundplan.parquet.alike import Alike, alike
from groundplan.parquet.cut import Cut, Numbers

_DOUBLE, _TRUTHS = "double", pa.array(["true", "false"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Rows, with the numbers of their lines and their text."""

    lines: Numbers
    table: pa.Table
    texts: pa.StringArray


def of_shapes(part: Cut, columns: Columns) -> Iterator[Piece]:
    """Lines of the shapes that most have and whose values fit the columns."""
    for same in alike(part, np.ones(len(part), np.bool_)):
        table = _table(same, columns) if len(same.lines) else None
        if table is not None:
            columns = learned(table, columns)
            yield Piece(lines=same.lines, table=table, texts=part.strings(same.lines))


def of_lines(data: bytes, columns: Columns) -> pa.Table | None:
    """All lines; None when one of them does not fit."""
    # Columns with dots are inside of objects, which are flattened afterwards.
    plain = {name: kind for name, kind in columns.items() if "." not in name}
    known = pa.schema([(name, TYPES[kind]) for name, kind in plain.items()])
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
            return of_lines(data, dict(columns) | dict.fromkeys(times, "string"))
        return _finished(table, columns)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowKeyError):
        return None


def _table(same: Alike, kinds: Columns) -> pa.Table | None:
    """None when a column contradicts, or the time has to be asked row by row."""
    arrays = {}
    for number, field in enumerate(same.shape.fields):
        values = same.values(number)
        array = values if field.is_text else _typed(values)
        if array is None or pa.types.is_null(array.type):
            if array is None:
                return None
            continue
        fitting = _fitting(array, kinds.get(field.name))
        if fitting is None:
            return None
        arrays[field.name] = fitting
    return _timed(arrays, len(same.lines))


def _typed(values: pa.StringArray) -> pa.Array | None:
    """What stands without quotes, as what it is; None when it is not all of one kind."""
    is_null = pc.equal(values, "null")
    if pc.any(is_null).as_py():
        values = pc.if_else(is_null, None, values)
    if values.null_count == len(values):
        return pa.nulls(len(values))
    if pc.all(pc.is_in(values.drop_null(), _TRUTHS)).as_py():
        return values.cast(pa.bool_())
    for kind in (pa.int64(), pa.float64()):
        with suppress(pa.ArrowInvalid):
            return values.cast(kind)
    return None


def _finished(table: pa.Table, columns: Columns) -> pa.Table | None:
    """Flat, with the types that are known; None when a column is there twice or contradicts."""
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    if len(set(table.column_names)) < table.num_columns:
        return None
    arrays = {}
    for name in table.column_names:
        column = table[name].combine_chunks()
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.string())
        elif pa.types.is_null(column.type):
            continue
        elif name_of(column.type) not in TYPES:
            column = pa.array([as_json(value) for value in column.to_pylist()], pa.string())
        column = _fitting(column, columns.get(name))
        if column is None:
            return None
        arrays[name] = column
    return _timed(arrays, table.num_rows)


def _fitting(column: pa.Array, before: str | None) -> pa.Array | None:
    kind = name_of(column.type)
    if not fits(kind, before):
        return None
    return widened(column) if before == _DOUBLE else column


def _timed(arrays: dict[str, pa.Array], count: int) -> pa.Table | None:
    at = moments_of(arrays, count)
    return None if at is None else pa.table({AT: at} | {n: a for n, a in arrays.items() if n != AT})
