"""Rows of CSV as columns of text, many at once: by Arrow, as long as quotes stand where they have
to, else one by one.

The same input is always cut into the same chunks: so many records, or so many bytes.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pv

from groundplan.errors import TargetError
from groundplan.operations.lake.chunk import Chunk
from groundplan.operations.lake.one_by_one import Bad

ROWS = 65_536
BYTES = 16 << 20
RECORD_BYTES_MAX = 64 << 20
Numbers = npt.NDArray[np.int64]
_READ = 8 << 20
_BOM = b"\xef\xbb\xbf"
_LINE_END, _RETURN, _QUOTE = b'\n\r"'


def csv_chunks(stream: BinaryIO, delimiter: str) -> Iterator[Chunk]:
    """The rows under the names that stand first; TargetError when there are none."""
    cutter = _Cutter(stream)
    head = cutter.take(1)
    if not head:
        return
    names, lines = _names(head.removeprefix(_BOM), delimiter), head.count(b"\n")
    while data := cutter.take(ROWS):
        if not _is_plain(data, delimiter):
            rest = _Joined(data + cutter.rest, stream)
            yield from _one_by_one(rest, names, delimiter, lines)
            return
        lines += data.count(b"\n")
        yield _at_once(data, names, delimiter)


@dataclass(slots=True)
class _Cutter:
    """Takes records off a stream; a line end in quotes ends none. Each byte is looked at once."""

    stream: BinaryIO
    rest: bytes = b""
    ends: Numbers = field(default_factory=lambda: np.empty(0, np.int64))  # of records in the rest
    is_quoted: bool = False  # what comes next
    is_over: bool = False

    def take(self, rows: int) -> bytes:
        """At most so many, and at most `BYTES` if that is one; nothing when there are no more."""
        while not self.is_over and len(self.ends) < rows and len(self.rest) <= BYTES:
            self._read()
        while not self.is_over and not len(self.ends):
            if len(self.rest) > RECORD_BYTES_MAX:
                why = f"a row is longer than {RECORD_BYTES_MAX >> 20} MB"
                raise refused(why, "look for a quote that is not closed")
            self._read()
        count = min(rows, max(1, int(np.searchsorted(self.ends, BYTES))))
        is_all = self.is_over and len(self.ends) < rows and len(self.rest) <= BYTES
        end = len(self.rest) if is_all or not len(self.ends) else int(self.ends[count - 1]) + 1
        data, self.rest = self.rest[:end], self.rest[end:]
        self.ends = self.ends[count:] - end
        return data

    def _read(self) -> None:
        data = self.stream.read(_READ)
        self.is_over = not data
        found, self.is_quoted = _ends(data, self.is_quoted)
        self.ends = np.concatenate((self.ends, found + len(self.rest)))
        self.rest += data


def _ends(data: bytes, is_quoted: bool) -> tuple[Numbers, bool]:
    """Where records end, and whether a quote is open behind them."""
    codes = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(codes == _LINE_END)
    if b'"' not in data:
        return ends[:0] if is_quoted else ends, is_quoted
    quotes = np.flatnonzero(codes == _QUOTE)
    is_end = (np.searchsorted(quotes, ends) + is_quoted) % 2 == 0
    return ends[is_end], (len(quotes) + is_quoted) % 2 == 1


def _is_plain(data: bytes, delimiter: str) -> bool:
    """Whether every reader takes it for the same: quotes begin and end values, line ends are usual
    ones."""
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return False
    if b'"' not in data:
        return True
    codes = np.frombuffer(b"\n" + data + b"\n", np.uint8)
    quotes = np.flatnonzero(codes == _QUOTE)
    edges = np.zeros(256, np.bool_)
    edges[[ord(delimiter), _LINE_END, _QUOTE]] = True
    before = edges[codes[quotes[::2] - 1]]
    edges[_RETURN] = True
    after = edges[codes[quotes[1::2] + 1]]
    return len(quotes) % 2 == 0 and bool(before.all()) and bool(after.all())


def _names(head: bytes, delimiter: str) -> list[str]:
    text = head.decode("utf-8", errors="replace")
    names = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    if len(set(names)) < len(names) or not all(names) or not names:
        raise refused("its first line does not name each column once", "add a line of names")
    return names


def _at_once(data: bytes, names: list[str], delimiter: str) -> Chunk:
    good, bad = _utf8(data)

    def aside(row: pv.InvalidRow) -> str:
        bad.append(ragged(row.text, row.actual_columns, len(names)))
        return "skip"

    if not good.strip(b"\r\n"):
        rows = pa.table({name: pa.array([], pa.string()) for name in names})
    else:
        rows = pv.read_csv(
            pa.BufferReader(good),
            read_options=pv.ReadOptions(
                column_names=names, use_threads=False, block_size=len(good) + 1
            ),
            parse_options=pv.ParseOptions(
                delimiter=delimiter, newlines_in_values=b'"' in good, invalid_row_handler=aside
            ),
            convert_options=pv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    return Chunk(rows=rows, is_text=True, bad=tuple(bad), size=len(data))


def _utf8(data: bytes) -> tuple[bytes, list[Bad]]:
    """What is UTF-8, and the records that are not."""
    try:
        data.decode()
    except UnicodeDecodeError:
        pass
    else:
        return data, []
    ends, _ = _ends(data, is_quoted=False)
    records = [data[a:b] for a, b in pairwise((0, *(ends + 1).tolist(), len(data)))]
    good, bad = [], []
    for record in records:
        text = record.decode("utf-8", errors="replace")
        if "\ufffd" in text and text.encode() != record:
            bad.append(Bad(line=text.rstrip("\r\n"), why="it is no valid UTF-8"))
        else:
            good.append(record)
    return b"".join(good), bad


def _one_by_one(stream: "_Joined", names: list[str], delimiter: str, lines: int) -> Iterator[Chunk]:
    """What is left behind so many lines."""
    text = io.TextIOWrapper(
        io.BufferedReader(stream), encoding="utf-8", errors="surrogateescape", newline=""
    )
    reader = csv.reader(text, delimiter=delimiter)
    limit = csv.field_size_limit(RECORD_BYTES_MAX)  # of the whole process
    try:
        while True:
            rows, size = _some(reader)
            if not size:
                return
            yield _of_rows(rows, names, delimiter, size)
    except csv.Error as error:
        why = f"line {lines + reader.line_num} is no CSV: {error}"
        raise refused(why, "mend that line") from error
    finally:
        csv.field_size_limit(limit)


def _some(reader: Iterator[list[str]]) -> tuple[list[list[str]], int]:
    """Some rows, and how long they are; that is nothing at the end."""
    rows: list[list[str]] = []
    size = 0
    for row in reader:
        rows.append(row)
        size += sum(map(len, row)) + max(1, len(row))
        if len(rows) == ROWS or size >= BYTES:
            break
    return rows, size


def _of_rows(rows: list[list[str]], names: list[str], delimiter: str, size: int) -> Chunk:
    good, bad = [], []
    for row in rows:
        if any("\udc80" <= code <= "\udcff" for value in row for code in value):
            line = delimiter.join(row).encode("utf-8", "surrogateescape")
            bad.append(Bad(line=line.decode("utf-8", "replace"), why="it is no valid UTF-8"))
        elif len(row) == len(names):
            good.append([value or None for value in row])
        elif row:
            bad.append(ragged(delimiter.join(row), len(row), len(names)))
    columns = zip(*good, strict=True) if good else ([] for _ in names)
    arrays = [pa.array(column, pa.string()) for column in columns]
    table = pa.table(arrays, names=names)
    return Chunk(rows=table, is_text=True, bad=tuple(bad), size=size)


def ragged(line: str, count: int, expected: int) -> Bad:
    """A row with too many values, or too few."""
    return Bad(line=line, why=f"it has {count} values, and there are {expected} columns")


class _Joined(io.RawIOBase):
    """What was read already, and what is still to be read."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = memoryview(head)
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = bytes(self._head[: len(buffer)]) or self._stream.read(len(buffer))
        self._head = self._head[len(data) :]
        buffer[: len(data)] = data
        return len(data)


def refused(why: str, try_: str) -> TargetError:
    """An input that is not what it is said to be."""
    return TargetError(part="lake", doing="reading the input", why=why, try_=try_)
