"""Text as lines that are not copied, and pieces of many lines at once as one column."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Codes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]
Span = tuple[Numbers, Numbers]  # of each line: where a piece of it begins and ends
_LINE_END = ord("\n")
_BLOCK = 512 << 10  # bytes that are looked at at once: with what is found they fit a core's cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Text, and where its lines begin and end; ends are those of the text or line ends."""

    data: memoryview
    codes: Codes
    begins: Numbers
    ends: Numbers

    @classmethod
    def of(cls, data: bytes | memoryview) -> "Cut":
        """The lines of a text, the empty ones too."""
        codes = np.frombuffer(data, np.uint8)
        ends = np.concatenate([np.zeros(0, np.int64), *_line_ends(codes)])
        if not len(ends) or ends[-1] + 1 < len(data):
            ends = np.append(ends, len(data))
        begins = np.concatenate((np.zeros(1, ends.dtype), ends[:-1] + 1))
        return cls(data=memoryview(data), codes=codes, begins=begins, ends=ends)

    def __len__(self) -> int:
        return len(self.begins)

    def line(self, number: int) -> bytes:
        """One line."""
        return bytes(self.data[self.begins[number] : self.ends[number]])

    def part(self, first: int, last: int) -> "Cut":
        """Some lines that follow each other."""
        begin = int(self.begins[first])
        end = min(int(self.ends[last - 1]) + 1, len(self.data))
        return Cut(
            data=self.data[begin:end],
            codes=self.codes[begin:end],
            begins=self.begins[first:last] - begin,
            ends=self.ends[first:last] - begin,
        )

    def strings(self, numbers: Numbers) -> pa.StringArray:
        """Some lines as they are; what they hold is known to be text."""
        return strings(self.data, (self.begins[numbers], self.ends[numbers]))

    def blocks(self) -> Iterator[tuple[int, Codes]]:
        """The bytes, so many at a time that a core's cache holds them, and where they begin."""
        for begin in range(0, len(self.codes), _BLOCK):
            yield begin, self.codes[begin : begin + _BLOCK]

    def has(self, codes: Truths) -> Truths:
        """Which lines hold one of the bytes that are set."""
        found = np.zeros(len(self), np.bool_)
        found[np.searchsorted(self.ends, np.flatnonzero(codes))] = True
        return found


def strings(data: memoryview, *spans: Span) -> pa.StringArray:
    """Of each line its pieces, in their order, as one text; what is between them is left out."""
    count, lines = len(spans), len(spans[0][0])
    offsets = np.zeros(2 * count * lines + 1, np.int32)
    of_line = offsets[:-1].reshape(lines, 2 * count)
    for number, (begins, ends) in enumerate(spans):
        of_line[:, 2 * number], of_line[:, 2 * number + 1] = begins, ends
    if lines:
        offsets[-1] = offsets[-2]
    both = pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))
    pieces = both.take(pa.array(np.arange(0, len(both), 2)))
    if count == 1:
        return pieces
    _, edges, text = pieces.buffers()
    whole = np.frombuffer(edges, np.int32)[: len(pieces) + 1 : count].copy()
    return pa.StringArray.from_buffers(lines, pa.py_buffer(whole), text)


def _line_ends(codes: Codes) -> Iterator[Numbers]:
    for begin in range(0, len(codes), _BLOCK):
        yield np.flatnonzero(codes[begin : begin + _BLOCK] == _LINE_END) + begin
