"""What comes in, as lines of JSON: JSON lines as they are, the rows of CSV and Parquet made so.

The same input is always cut into the same chunks, because a chunk is what is in once.
"""

import csv
import io
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from groundplan.errors import TargetError
from groundplan.operations.lake.one_by_one import Bad

CHUNK_BYTES = 16 << 20
CHUNK_ROWS = 65_536
LINE_BYTES_MAX = 64 << 20
_NAMES = {".csv": "csv", ".tsv": "tsv", ".parquet": "parquet", ".pq": "parquet"}
_AS_JSON = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


class Form(StrEnum):
    """The form of an input."""

    NDJSON = "ndjson"
    CSV = "csv"
    TSV = "tsv"
    PARQUET = "parquet"

    @classmethod
    def of(cls, path: Path) -> "Form":
        """By the end of its name; JSON lines when that says nothing."""
        return cls(_NAMES.get(path.suffix.lower(), "ndjson"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Lines of JSON, and lines that became none."""

    lines: bytes
    bad: tuple[Bad, ...] = ()
    size: int = 0  # how many bytes of the input


def chunks(stream: BinaryIO, form: Form, *, texts: Container[str] = ()) -> Iterator[Chunk]:
    """The input, some megabytes at a time; TargetError when it is no such input.

    `texts`: columns that hold text, also where CSV has what looks like a number.
    """
    match form:
        case Form.NDJSON:
            return _lines(stream)
        case Form.CSV | Form.TSV:
            return _csv(stream, "," if form is Form.CSV else "\t", texts)
        case Form.PARQUET:
            return _parquet(stream)


def _lines(stream: BinaryIO) -> Iterator[Chunk]:
    """Whole lines."""
    rest = b""
    while data := stream.read(CHUNK_BYTES):
        end = data.rfind(b"\n") + 1
        if end:
            lines = b"".join((rest, memoryview(data)[:end]))
            yield Chunk(lines=lines, size=len(lines))
            rest = data[end:]
        else:
            rest += data
        if len(rest) > LINE_BYTES_MAX:
            raise _refused(
                f"a line is longer than {LINE_BYTES_MAX >> 20} MB",
                "give JSON objects, one in each line",
            )
    if rest.strip():
        yield Chunk(lines=rest, size=len(rest))


def _csv(stream: BinaryIO, delimiter: str, texts: Container[str]) -> Iterator[Chunk]:
    """A column of numbers, or of true and false, is one; an empty value is none."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
    csv.field_size_limit(LINE_BYTES_MAX)
    reader = csv.reader(text, delimiter=delimiter)
    try:
        names = next(reader, [])
        if len(set(names)) < len(names) or not all(names):
            raise _refused("its first line does not name each column once", "add a line of names")
        while rows := list(islice(reader, CHUNK_ROWS)):
            yield _of_csv(names, rows, delimiter, texts)
    except csv.Error as error:
        raise _refused(f"line {reader.line_num} is no CSV: {error}", "mend that line") from error
    finally:
        text.detach()


def _of_csv(
    names: list[str], rows: list[list[str]], delimiter: str, texts: Container[str]
) -> Chunk:
    count = len(names)
    good = [row for row in rows if len(row) == count]
    values = [
        _values(column, is_text=name in texts)
        for name, column in zip(names, zip(*good, strict=True), strict=False)
    ]
    lines = [orjson.dumps(dict(zip(names, row, strict=True))) for row in zip(*values, strict=True)]
    bad = [
        Bad(
            line=delimiter.join(row),
            why=f"it has {len(row)} values, and there are {count} columns",
        )
        for row in rows
        if row and len(row) != count
    ]
    return _chunk(lines, bad)


def _parquet(stream: BinaryIO) -> Iterator[Chunk]:
    try:
        with pq.ParquetFile(stream) as file:
            for batch in file.iter_batches(CHUNK_ROWS):
                yield _chunk([_dumped(row) for row in batch.to_pylist()], [])
    except (pa.ArrowException, OSError) as error:
        said = str(error).splitlines()[0]
        raise _refused(f"it is no Parquet that can be read: {said}", "write it again") from error


def _chunk(rows: list[bytes], bad: list[Bad]) -> Chunk:
    lines = b"\n".join(rows) + b"\n" if rows else b""
    size = len(lines) + sum(len(each.line) for each in bad)
    return Chunk(lines=lines, bad=tuple(bad), size=size)


def _dumped(row: dict[str, Any]) -> bytes:
    return orjson.dumps(row, option=_AS_JSON, default=_shown)


def _shown(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _values(column: Sequence[str], *, is_text: bool) -> list[Any]:
    """Numbers as JSON writes them: "007" and "+1" are names of things, so their column is text."""
    texts = [text or None for text in column]
    if is_text:
        return texts
    try:
        found = [None if text is None else orjson.loads(text) for text in texts]
    except orjson.JSONDecodeError:
        return texts
    kinds = {type(value) for value in found if value is not None}
    return found if kinds <= {int, float} or kinds == {bool} else texts


def _refused(why: str, try_: str) -> TargetError:
    return TargetError(part="lake", doing="reading the input", why=why, try_=try_)
