"""What a part wrote, as rows in the order in which it was written.

JSON lines that stand alone are read many at once; everything else (other forms, lines with a stack
trace, what is unusual) piece by piece. Both ways mean the same.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from groundplan.design.log_class import LogClass
from groundplan.operations.observe.logs.columns import table_of
from groundplan.operations.observe.logs.json_lines import JsonLines
from groundplan.operations.observe.logs.lines import LINE_BYTES, pieces
from groundplan.operations.observe.logs.record import LogSource, Understander
from groundplan.operations.observe.logs.redact import redacted

FEW = 32  # so few lines are read one by one sooner
_BETWEEN = b"\n\0\n"
_LINE_END, _OBJECT = ord("\n"), ord("{")
Numbers = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]


class Output:
    """Understands the output of one part."""

    def __init__(
        self,
        source: LogSource,
        classes: tuple[LogClass, ...],
        database: duckdb.DuckDBPyConnection,
    ) -> None:
        self._understander = Understander(source, classes)
        reads_json = self._understander.reads_json
        self._many = JsonLines(source, classes, database) if reads_json else None

    def rows(self, data: bytes, now: float) -> pa.Table:
        """The records that whole pieces of output are."""
        if self._many is None or data.count(b"\n", 0, 4 * LINE_BYTES) < FEW or not data.isascii():
            return self._careful(pieces(data), now)
        text = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero(text == _LINE_END)
        if not data.endswith(b"\n"):
            ends = np.append(ends, len(data))
        begins = np.concatenate((np.zeros(1, ends.dtype), ends[:-1] + 1))
        tables = []
        for first, last, is_alone in _runs(_alone(text, begins, ends)):
            if is_alone:
                tables.append(self._usual(data, begins[first:last], ends[first:last], now))
            else:
                piece = data[begins[first] : ends[last - 1] + 1]
                tables.append(self._careful(pieces(piece), now))
        return pa.concat_tables(tables)

    def _usual(self, data: bytes, begins: Numbers, ends: Numbers, now: float) -> pa.Table:
        assert self._many is not None
        offsets = np.append(begins, ends[-1]).astype(np.int32)  # a line's end is white space
        lines = pa.StringArray.from_buffers(len(begins), pa.py_buffer(offsets), pa.py_buffer(data))
        table, is_usual = self._many.read(lines, now)
        if len(table) == len(lines):
            return table
        mask = np.asarray(is_usual)
        others = lines.filter(pc.invert(is_usual)).to_pylist()
        rest = self._careful((line.rstrip("\n").encode() for line in others), now)
        behind = len(table) + np.cumsum(~mask) - 1
        return pa.concat_tables([table, rest]).take(np.where(mask, np.cumsum(mask) - 1, behind))

    def _careful(self, parts: Iterable[bytes], now: float) -> pa.Table:
        record = self._understander.record
        return table_of([record(text, now) for text in _texts(tuple(parts))])


def _alone(text: npt.NDArray[np.uint8], begins: Numbers, ends: Numbers) -> Truths:
    """Lines that are JSON objects and that nothing goes on from."""
    filled = np.where(ends > begins, text[np.minimum(begins, len(text) - 1)], 0)
    is_object = filled == _OBJECT
    is_last = np.append(is_object[1:], np.True_)
    found: Truths = is_object & is_last & (ends - begins < LINE_BYTES)
    return found


def _runs(is_alone: Truths) -> Iterator[tuple[int, int, bool]]:
    """Runs of lines that stand alone, if they are long enough to be worth it, and the others."""
    edges = np.flatnonzero(np.diff(is_alone)) + 1
    begin = 0  # of a run of others
    for first, last in pairwise((0, *edges.tolist(), len(is_alone))):
        if is_alone[first] and last - first >= FEW:
            if begin < first:
                yield begin, first, False
            yield first, last, True
            begin = last
    if begin < len(is_alone):
        yield begin, len(is_alone), False


def _texts(parts: tuple[bytes, ...]) -> Iterable[str]:
    """Pieces as text without secrets, all at once; a byte 0 of theirs would part them."""
    if not parts:
        return ()
    if any(b"\0" in part for part in parts):
        parts = tuple(part.replace(b"\0", b"\\0") for part in parts)
    whole = redacted(_BETWEEN.join(parts))
    return whole.decode("utf-8", errors="replace").split(_BETWEEN.decode())
