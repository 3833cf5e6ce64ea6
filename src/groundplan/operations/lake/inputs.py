"""What comes in, cut into chunks: lines of JSON as they are, rows of CSV and Parquet as columns.

The same input is always cut into the same chunks, because a chunk is what is in once.
"""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from groundplan.errors import TargetError
from groundplan.operations.lake.chunk import Chunk
from groundplan.operations.lake.csv_rows import ROWS, csv_chunks, refused

CHUNK_BYTES = 16 << 20
LINE_BYTES_MAX = 64 << 20
ROW_BYTES = 512  # unpacked; of larger ones so many are read at once that it is so much
AT_ONCE_BYTES = 8 << 20
_NAMES = {".csv": "csv", ".tsv": "tsv", ".parquet": "parquet", ".pq": "parquet"}


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


def chunks(stream: BinaryIO, form: Form) -> Iterator[Chunk]:
    """The input, some megabytes at a time; TargetError when it is no such input."""
    match form:
        case Form.NDJSON:
            return _lines(stream)
        case Form.CSV | Form.TSV:
            return csv_chunks(stream, "," if form is Form.CSV else "\t")
        case Form.PARQUET:
            return _parquet(stream)


def by_half(error: TargetError, rows: int) -> TargetError:
    """Of an input that cannot be read further on: mended it is another one, and all would come."""
    return TargetError(
        part=error.part,
        doing=error.doing,
        why=f"{error.why}; what stands before that is in ({rows:,} rows now)",
        try_=f"{error.try_}, and give only what is not in",
    )


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
            raise refused(
                f"a line is longer than {LINE_BYTES_MAX >> 20} MB",
                "give JSON objects, one in each line",
            )
    if rest.strip():
        yield Chunk(lines=rest, size=len(rest))


def _parquet(stream: BinaryIO) -> Iterator[Chunk]:
    """Some rows at a time, whatever the groups are in which they were written. All is read once
    before: of a file that is damaged somewhere nothing comes in, so it can be given again."""
    try:
        for _ in _batches(stream):
            pass
    except (pa.ArrowException, OSError) as error:
        said = str(error).splitlines()[0]
        raise refused(f"it is no Parquet that can be read: {said}", "write it again") from error
    for batch in _batches(stream):
        yield Chunk(rows=pa.Table.from_batches([batch]), size=batch.nbytes)


def _batches(stream: BinaryIO) -> Iterator[pa.RecordBatch]:
    stream.seek(0)
    # Not buffered beforehand: groups can be larger than what is to be in memory.
    with pq.ParquetFile(
        stream, pre_buffer=False, buffer_size=1 << 20, page_checksum_verification=True
    ) as file:
        yield from file.iter_batches(_rows_at_once(file.metadata), use_threads=False)


def _rows_at_once(found: pq.FileMetaData) -> int:
    size = sum(found.row_group(n).total_byte_size for n in range(found.num_row_groups))
    each = size / max(1, found.num_rows)
    return ROWS if each <= ROW_BYTES else max(1, int(AT_ONCE_BYTES / each))
