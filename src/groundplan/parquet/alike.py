"""Many lines of JSON that have the same shape, as columns, without an object for any of them.

Positions of quotes are found in all lines at once; a line has a shape when the bytes between its
values are those of the shape. That proves it JSON: nothing here guesses. Lines with escapes, lists,
or a shape that few have are left to whoever asked.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from groundplan.parquet.shape import SHAPE_BYTES_MAX, Between, Shape, shape_of

FEW = 32  # so few lines are not worth a shape
SHAPES = 8
TRIES = 5
Codes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]
_LINE_END, _QUOTE, _ESCAPE, _SPACE = ord("\n"), ord('"'), ord("\\"), ord(" ")
ASCII = 0x80  # bytes from here on are not
# Numbers that every reader takes for the same; others are left.
_BARE = r"^(?:0|-?[1-9]\d{0,17}|-?(?:0|[1-9]\d{0,17})\.\d{1,17}|true|false|null)$"


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
        ends = np.flatnonzero(codes == _LINE_END)
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
        return _strings(self.data, self.begins[numbers], self.ends[numbers])

    def has(self, codes: Truths) -> Truths:
        """Which lines hold one of the bytes that are set."""
        found = np.zeros(len(self), np.bool_)
        found[np.searchsorted(self.ends, np.flatnonzero(codes))] = True
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Lines of one shape: which, and where the bytes between their values begin."""

    shape: Shape
    data: memoryview
    lines: Numbers
    starts: tuple[Numbers, ...]
    asked: dict[int, pa.StringArray] = field(default_factory=dict)  # values are taken out once

    def values(self, number: int) -> pa.StringArray:
        """The values of a field, without quotes, as they are written."""
        if number not in self.asked:
            begins = self.starts[number] + len(self.shape.between[number].text)
            self.asked[number] = _strings(self.data, begins, self.starts[number + 1])
        return self.asked[number]

    def without(self, names: Container[str]) -> pa.StringArray:
        """The lines without some of their fields; no line has objects in it."""
        assert self.shape.is_flat
        pieces: list[pa.StringArray | str] = []
        numbered = enumerate(self.shape.fields)
        for is_left_out, group in groupby(numbered, lambda each: each[1].name in names):
            if not is_left_out:
                kept = [number for number, _ in group]
                pieces += [",", self._members(kept[0], kept[-1])]
        return pc.binary_join_element_wise("{", *pieces[1:], "}", "") if pieces else self._empty()

    def _members(self, first: int, last: int) -> pa.StringArray:
        fields, between = self.shape.fields, self.shape.between
        behind = fields[first].begins - fields[first].key
        begins = self.starts[first] + len(between[first].text) - behind
        return _strings(self.data, begins, self.starts[last + 1] + fields[last].is_text)

    def _empty(self) -> pa.StringArray:
        return pa.repeat(pa.scalar("{}"), len(self.lines))


def alike(cut: Cut, wanted: Truths) -> Iterator[Alike]:
    """The wanted lines that have one of the shapes that most have; the others are not in any."""
    left = wanted & ~_odd(cut)
    if np.count_nonzero(left) < FEW:
        return
    quotes = np.flatnonzero(cut.codes == _QUOTE)
    firsts = np.searchsorted(quotes, cut.begins)
    counts = np.diff(firsts, append=len(quotes))
    padded = b"".join((cut.data, bytes(SHAPE_BYTES_MAX)))  # where no shape ends behind it
    for _ in range(SHAPES):
        numbers = np.flatnonzero(left)
        if len(numbers) < FEW:
            return
        of_count = counts[numbers]
        if (of_count != of_count[0]).any():
            numbers = numbers[of_count == np.bincount(of_count).argmax()]
        shape = _shape(cut, numbers)
        if shape is None:
            left[numbers] = False
            continue
        found = _of_shape(cut, shape, numbers, (quotes, firsts, padded))
        left[found.lines] = False
        yield found


def _shape(cut: Cut, numbers: Numbers) -> Shape | None:
    """That of the first of some lines among them that has one."""
    step = -(-len(numbers) // TRIES)
    shapes = (shape_of(cut.line(number)) for number in numbers[step // 2 :: step].tolist())
    return next((shape for shape in shapes if shape), None)


def _odd(cut: Cut) -> Truths:
    """Lines with bytes that a text in JSON must not hold, or escapes, or no UTF-8."""
    is_odd = (cut.codes < _SPACE) & (cut.codes != _LINE_END)
    is_odd |= cut.codes == _ESCAPE
    found = cut.has(is_odd) if is_odd.any() else np.zeros(len(cut), np.bool_)
    is_foreign = cut.codes >= ASCII
    if is_foreign.any() and not _is_utf8(cut.data):
        for number in np.flatnonzero(cut.has(is_foreign)).tolist():
            found[number] |= not _is_utf8(cut.line(number))
    return found


def _is_utf8(data: bytes | memoryview) -> bool:
    """Whether it is, and nothing was replaced before it came."""
    try:
        return "\ufffd" not in str(data, "utf-8")
    except UnicodeDecodeError:
        return False


def _of_shape(
    cut: Cut,
    shape: Shape,
    numbers: Numbers,
    found: tuple[Numbers, Numbers, bytes],
) -> Alike:
    quotes, firsts, padded = found
    of_line, ends = firsts[numbers], cut.ends[numbers]
    starts = [
        ends - len(each.text) if each.quote is None else quotes[of_line + each.quote] - each.offset
        for each in shape.between
    ]
    is_it = starts[0] == cut.begins[numbers]
    is_it &= starts[-1] + len(shape.between[-1].text) == ends
    for start, between in zip(starts, shape.between, strict=True):
        is_it &= _is(padded, start, between)
    bare = [number for number, each in enumerate(shape.fields) if not each.is_text]
    for number in bare:
        is_it &= starts[number + 1] > starts[number] + len(shape.between[number].text)
    same = _narrowed(Alike(shape=shape, data=cut.data, lines=numbers, starts=tuple(starts)), is_it)
    for number in bare:
        same = _narrowed(same, _is_bare(same.values(number)))
    return same


def _is_bare(values: pa.StringArray) -> Truths:
    """Whole numbers that are not negative are most, and known sooner."""
    size = pc.binary_length(values)
    is_plain = pc.or_(pc.equal(size, 1), pc.invert(pc.starts_with(values, "0")))
    is_bare = pc.and_(pc.and_(pc.ascii_is_decimal(values), is_plain), pc.less(size, 19))
    if not pc.all(is_bare).as_py():
        is_bare = pc.match_substring_regex(values, _BARE)
    found: Truths = is_bare.to_numpy(zero_copy_only=False)
    return found


def _narrowed(same: Alike, is_it: Truths) -> Alike:
    if is_it.all():
        return same
    starts = tuple(each[is_it] for each in same.starts)
    return Alike(shape=same.shape, data=same.data, lines=same.lines[is_it], starts=starts)


def _is(padded: bytes, starts: Numbers, between: Between) -> Truths:
    """Where the bytes are those between the values."""
    size = len(between.text)
    from_each = np.ndarray((len(padded) - size,), f"V{size}", buffer=padded, strides=(1,))
    found: Truths = from_each[starts] == np.void(between.text)
    return found


def _strings(data: memoryview, begins: Numbers, ends: Numbers) -> pa.StringArray:
    """The text between each beginning and its end; what is between two of them is left out."""
    offsets = np.empty(2 * len(begins) + 1, np.int32)
    offsets[:-1:2], offsets[1::2] = begins, ends
    offsets[-1] = ends[-1] if len(ends) else 0
    both = pa.StringArray.from_buffers(2 * len(begins), pa.py_buffer(offsets), pa.py_buffer(data))
    return both.take(pa.array(np.arange(0, 2 * len(begins), 2)))
