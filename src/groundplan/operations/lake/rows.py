"""From lines to typed columns: JSON objects in, one table out, and the lines that were none.

Most rows are read at once; only those that do not fit are read one by one. New columns join, whole
numbers widen to fractions; a value that contradicts its column puts its line aside.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from groundplan.operations.lake.at_once import Piece, of_lines, of_shapes
from groundplan.operations.lake.columnar import typed
from groundplan.operations.lake.kinds import AT, TAKEN, TIME, Columns, is_plausible, learned
from groundplan.operations.lake.one_by_one import Bad, table_of, told_apart
from groundplan.parquet.cut import Cut

LINES = 16_384  # so many are read at once: what they need fits into a core's cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """The rows of a chunk with their time, their text, and the columns that are known now."""

    table: pa.Table  # with the column event_time
    lines: pa.ChunkedArray
    bad: tuple[Bad, ...]
    columns: Columns


def understood(chunk: bytes, columns: Columns, now: datetime) -> Understood:
    """The chunk's rows; bad lines are in `bad`, none is lost."""
    cut = Cut.of(chunk)
    pieces: list[Piece] = []
    bad: list[Bad] = []
    left = np.ones(len(cut), np.bool_)
    for piece in _of_shapes(cut, columns):
        pieces.append(piece)
        left[piece.lines] = False
        columns = learned(piece.table, columns)
    numbers = [n for n in np.flatnonzero(left).tolist() if cut.line(n).strip()]
    if numbers:
        lines = [cut.line(number).rstrip(b"\r") for number in numbers]
        others, bad = _others(lines, numbers, columns)
        pieces.append(others)
    return _understood(pieces, bad, columns, now)


def understood_rows(
    rows: pa.Table, columns: Columns, now: datetime, *, is_text: bool
) -> Understood:
    """The same of rows that come as columns."""
    found = typed(rows, columns, is_text=is_text)
    if isinstance(found, bytes):
        return understood(found, columns, now)
    if not found.left.any():
        every = np.arange(len(rows), dtype=np.int64)
        pieces = [Piece(lines=every, table=found.table, texts=found.texts)]
        return _understood(pieces, [], learned(found.table, columns), now)
    good, pieces = np.flatnonzero(~found.left), []
    if len(good):
        table = found.table.take(good)
        pieces = [Piece(lines=good, table=table, texts=found.texts.take(good))]
        columns = learned(table, columns)
    numbers = np.flatnonzero(found.left)
    lines = [text.encode() for text in found.texts.take(numbers).to_pylist()]
    others, bad = _others(lines, numbers.tolist(), columns)
    return _understood([*pieces, others], bad, columns, now)


def _understood(
    pieces: Sequence[Piece], bad: list[Bad], columns: Columns, now: datetime
) -> Understood:
    table, texts = _in_order(pieces)
    is_good = is_plausible(table[AT], now)
    if not pc.all(is_good).as_py():
        is_bad = pc.invert(is_good)
        why = "it has no time, or one before 1990 or after tomorrow"
        bad += [Bad(line=line, why=why) for line in texts.filter(is_bad).to_pylist()]
        table, texts = table.filter(is_good), texts.filter(is_good)
    columns = learned(table, columns)
    names = [f"{name}_" if name in TAKEN else name for name in table.column_names]
    table = table.rename_columns(names)
    return Understood(table=table, lines=texts, bad=tuple(bad), columns=columns)


def _of_shapes(cut: Cut, columns: Columns) -> Iterator[Piece]:
    for begin in range(0, len(cut), LINES):
        for piece in of_shapes(cut.part(begin, min(begin + LINES, len(cut))), columns):
            columns = learned(piece.table, columns)
            yield Piece(lines=begin + piece.lines, table=piece.table, texts=piece.texts)


def _others(
    lines: Sequence[bytes], numbers: Sequence[int], columns: Columns
) -> tuple[Piece, list[Bad]]:
    """Lines that have no shape, or none that fits."""
    bad: list[Bad] = []
    table = of_lines(b"\n".join(lines), columns)
    if table is None or len(table) != len(lines):
        good, bad = told_apart(lines, columns)
        numbers, lines = [numbers[each] for each in good], [lines[each] for each in good]
        table = table_of(lines, columns) if lines else pa.table({AT: pa.array([], TIME)})
    texts = pa.array([line.decode("utf-8", errors="replace") for line in lines], pa.string())
    return Piece(lines=np.array(numbers, np.int64), table=table, texts=texts), bad


def _in_order(pieces: Sequence[Piece]) -> tuple[pa.Table, pa.ChunkedArray]:
    """The rows and their text as they came."""
    if not pieces:
        return pa.table({AT: pa.array([], TIME)}), pa.chunked_array([], pa.string())
    table = pa.concat_tables([each.table for each in pieces], promote_options="permissive")
    texts = pa.chunked_array([each.texts for each in pieces], pa.string())
    lines = np.concatenate([each.lines for each in pieces])
    if (np.diff(lines) > 0).all():
        return table, texts
    order = np.argsort(lines)
    return table.combine_chunks().take(order), texts.combine_chunks().take(order)
