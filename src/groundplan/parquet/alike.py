"""Many lines of JSON that have the same shape, as columns, without an object for any of them.

The ends of names are found in all lines at once; a line has a shape when the bytes between its
values are those of the shape, and no quote is in a value. That proves it JSON: nothing here
guesses. Lines with escapes, lists, or a shape that few have are left to whoever asked.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from groundplan.parquet.cut import Cut, Numbers, Span, Truths, strings
from groundplan.parquet.shape import Between, Shape, shape_of

FEW = 32  # so few lines are not worth a shape
SHAPES = 8
TRIES = 5
_LINE_END, _QUOTE, _COLON, _ESCAPE, _SPACE = b'\n":\\ '
ASCII = 0x80  # bytes from here on are not
# Numbers that every reader takes for the same; others are left.
_BARE = r"^(?:0|-?[1-9]\d{0,17}|-?(?:0|[1-9]\d{0,17})\.\d{1,17}|true|false|null)$"


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
            self.asked[number] = strings(self.data, self.span(number))
        return self.asked[number]

    def texts(self, numbers: Iterable[int]) -> pa.StringArray:
        """The values of some fields in their order, with nothing between them."""
        return strings(self.data, *map(self.span, numbers))

    def span(self, number: int) -> Span:
        """Where a field's values begin and end."""
        begins = self.starts[number] + len(self.shape.between[number].text)
        return begins, self.starts[number + 1]

    def without(self, names: Container[str]) -> pa.StringArray:
        """The lines without some of their fields; no line has objects in it."""
        assert self.shape.is_flat
        numbered = enumerate(self.shape.fields)
        runs = [
            [number for number, _ in run]
            for is_left_out, run in groupby(numbered, lambda each: each[1].name in names)
            if not is_left_out
        ]
        begin = self.starts[0] + self.shape.between[0].text.index(b"{")
        end = self.starts[-1] + self.shape.between[-1].text.index(b"}")
        members = [self._members(run[0], run[-1], is_first=run is runs[0]) for run in runs]
        return strings(self.data, (begin, begin + 1), *members, (end, end + 1))

    def _members(self, first: int, last: int, *, is_first: bool) -> Span:
        """Fields that follow each other, and the comma before them."""
        fields, text = self.shape.fields, self.shape.between[first].text
        name = len(text) - (fields[first].begins - fields[first].key)
        begins = self.starts[first] + (name if is_first else text.index(b","))
        return begins, self.starts[last + 1] + fields[last].is_text


def alike(cut: Cut, wanted: Truths) -> Sequence[Alike]:
    """The wanted lines that have one of the shapes that most have; the others are not in any."""
    if np.count_nonzero(wanted) < FEW:
        return ()
    look = _Look.at(cut)
    left = wanted.copy() if look.is_plain else wanted & ~_odd(cut)
    firsts = np.searchsorted(look.marks, cut.begins)
    counts = np.diff(firsts, append=len(look.marks))
    found: list[Alike] = []
    for _ in range(SHAPES):
        numbers = np.flatnonzero(left)
        if len(numbers) < FEW:
            break
        of_count = counts[numbers]
        if (of_count != of_count[0]).any():
            numbers = numbers[of_count == np.bincount(of_count).argmax()]
        shape = _shape(cut, numbers)
        if shape is None:
            left[numbers] = False
            continue
        found.append(_of_shape(cut, shape, numbers, look.marks, firsts))
        left[found[-1].lines] = False
    return _without_quotes(cut, found, look.quotes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """Where marks are, how many quotes there are, whether no byte of a line needs thought."""

    marks: Numbers
    quotes: int
    is_plain: bool

    @classmethod
    def at(cls, cut: Cut) -> "_Look":
        """One look at all bytes, some at a time."""
        marks, quotes, is_plain = [np.zeros(0, np.int64)], 0, True
        low = int(cut.ends[-1] == len(cut.data)) - len(cut)  # each line has an end
        for begin, codes in cut.blocks():
            is_quote = codes == _QUOTE
            quotes += int(np.count_nonzero(is_quote))
            behind = cut.codes[begin + 1 : begin + 1 + len(codes)]
            marks.append(np.flatnonzero(is_quote[: len(behind)] & (behind == _COLON)) + begin)
            is_plain &= bool(codes.max() < ASCII) and not (codes == _ESCAPE).any()
            low += int(np.count_nonzero(codes < _SPACE))
        return cls(marks=np.concatenate(marks), quotes=quotes, is_plain=is_plain and low == 0)


def _without_quotes(cut: Cut, found: Sequence[Alike], quotes: int) -> Sequence[Alike]:
    """The lines whose values hold no quotes: there are as many as in what is between values.

    Mostly that is so of all, and shows in how many there are; to know it of each line is dearer.
    """
    others = np.ones(len(cut), np.bool_)
    for same in found:
        others[same.lines] = False
    wanted = sum(len(same.lines) * same.shape.quotes for same in found)
    wanted += sum(cut.line(number).count(b'"') for number in np.flatnonzero(others).tolist())
    if quotes == wanted:
        return found
    places = np.flatnonzero(cut.codes == _QUOTE)
    counts = np.diff(np.searchsorted(places, cut.begins), append=len(places))
    return [_narrowed(same, counts[same.lines] == same.shape.quotes) for same in found]


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
    marks: Numbers,
    firsts: Numbers,
) -> Alike:
    of_line, ends = firsts[numbers], cut.ends[numbers]
    starts = [marks[of_line + each.mark] - each.offset for each in shape.between[:-1]]
    starts.append(ends - len(shape.between[-1].text))
    is_it = starts[0] == cut.begins[numbers]
    for start, between in zip(starts, shape.between, strict=True):
        is_it &= _is(cut.data, start, between)
    same = Alike(shape=shape, data=cut.data, lines=numbers, starts=tuple(starts))
    for number, each in enumerate(shape.fields):
        begins, ends = same.span(number)
        is_it &= begins <= ends if each.is_text else begins < ends
    same = _narrowed(same, is_it)
    for number, each in enumerate(shape.fields):
        if not each.is_text:
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


def _is(data: memoryview, starts: Numbers, between: Between) -> Truths:
    """Where the bytes are those between the values; what begins too late is no line's anyhow."""
    size = len(between.text)
    last = len(data) - size
    from_each = np.ndarray((last + 1,), f"V{size}", buffer=data, strides=(1,))
    found: Truths = from_each[np.minimum(starts, last)] == np.void(between.text)
    return found
