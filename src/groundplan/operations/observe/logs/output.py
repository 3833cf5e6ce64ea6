"""What a part wrote, as rows in the order in which it was written.

JSON lines that stand alone are read many at once; everything else (other forms, lines with a stack
trace, what is unusual) piece by piece. Both ways mean the same.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa

from groundplan.design.log_class import LogClass
from groundplan.operations.observe.logs.apart import Reader
from groundplan.operations.observe.logs.columns import table_of
from groundplan.operations.observe.logs.json_lines import JsonLines
from groundplan.operations.observe.logs.lines import LINE_BYTES, pieces
from groundplan.operations.observe.logs.record import LogSource, Understander
from groundplan.operations.observe.logs.redact import redacted
from groundplan.parquet.alike import FEW
from groundplan.parquet.cut import Cut, Truths

LINES = 8192  # so many are read at once: what they need fits into a core's cache
_BETWEEN = b"\n\0\n"
_OBJECT = ord("{")


class Output:
    """Understands the output of one part."""

    def __init__(
        self,
        source: LogSource,
        classes: tuple[LogClass, ...],
        reader: Reader,
    ) -> None:
        self._understander = Understander(source, classes)
        reads_json = self._understander.reads_json
        self._many = JsonLines(source, classes, reader) if reads_json else None

    def rows(self, data: bytes | memoryview, now: float) -> pa.Table:
        """The records that whole pieces of output are."""
        if self._many is None or bytes(data[: 4 * LINE_BYTES]).count(b"\n") < FEW:
            return self._careful(pieces(data), now)
        cut = Cut.of(data)
        tables = []
        for first, last, is_alone in _runs(_alone(cut)):
            if is_alone:
                for begin in range(first, last, LINES):
                    tables.append(self._each(cut.part(begin, min(begin + LINES, last)), now))
            else:
                tables.append(self._careful(pieces(cut.part(first, last).data), now))
        return pa.concat_tables(tables)

    def _each(self, cut: Cut, now: float) -> pa.Table:
        """Lines that are a record each: the usual ones together, and what is left of them."""
        assert self._many is not None
        found = list(self._many.read(cut, now))
        left = np.ones(len(cut), np.bool_)
        for lines, _ in found:
            left[lines] = False
        if left.any():
            others = np.flatnonzero(left)
            found.append((others, self._careful(map(cut.line, others.tolist()), now)))
        if len(found) == 1:
            return found[0][1]
        order = np.argsort(np.concatenate([lines for lines, _ in found]))
        return pa.concat_tables([table for _, table in found]).combine_chunks().take(order)

    def _careful(self, parts: Iterable[bytes], now: float) -> pa.Table:
        record = self._understander.record
        return table_of([record(text, now) for text in _texts(tuple(parts))])


def _alone(cut: Cut) -> Truths:
    """Lines that are JSON objects and that nothing goes on from."""
    begins, ends = cut.begins, cut.ends
    filled = np.where(ends > begins, cut.codes[np.minimum(begins, len(cut.codes) - 1)], 0)
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
