"""Which rows of a file may hold a word: a Bloom filter for each row group, beside the files.

A search for a rare word reads the few row groups that may have it. What has no filter yet (the
hours that are not over) is read as a whole; filters can be deleted, and are made again.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from io import BufferedReader
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from groundplan.operations.observe.logs.question import COLUMNS, Question, Term
from groundplan.parquet.manifest import Listed
from groundplan.parquet.query import connection, scan

FOLDER = "words"
BITS = 10  # for each word: one row group in a hundred is read for nothing
PROBES = 4
_MASK = 2**64 - 1
_SQL = r"""SELECT DISTINCT hash(unnest(regexp_extract_all(
lower(message || ' ' || coalesce(fields, '')), '[\pL\pN]+'))) AS h
FROM {source} WHERE file_row_number BETWEEN {first} AND {last}"""
Spans = tuple[tuple[int, int], ...]


def build(folder: Path, file: Listed) -> None:
    """Makes the filters of a file; whole or not at all."""
    place = path_of(folder, file)
    place.parent.mkdir(parents=True, exist_ok=True)
    metadata = pq.read_metadata(folder / file.path)
    sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    groups, filters, first = [], [], 0
    with connection(folder) as database:
        source = scan(folder, [file], numbered=True)
        for rows in sizes:
            sql = _SQL.format(source=source, first=first, last=first + rows - 1)
            found = _filter(database.sql(sql).to_arrow_table()["h"].to_numpy())
            groups.append([first, rows, 8 * len(found)])
            filters.append(found.tobytes())
            first += rows
    header = json.dumps({"hash": duckdb.__version__, "groups": groups}).encode() + b"\n"
    draft = place.with_suffix(".part")
    draft.write_bytes(header + b"".join(filters))
    draft.replace(place)


def spans(folder: Path, file: Listed, hashes: Sequence[int]) -> Spans | None:
    """First and last rows of the row groups that may hold all words; None when nobody knows."""
    try:
        with path_of(folder, file).open("rb") as stream:
            header = json.loads(stream.readline())
            if header["hash"] != duckdb.__version__:
                return None
            offset, found = stream.tell(), []
            for first, rows, bits in header["groups"]:
                if all(_is_set(stream, offset, bits, each) for each in hashes):
                    found.append((first, first + rows - 1))
                offset += bits // 8
            return tuple(found)
    except (OSError, ValueError, KeyError, IndexError):
        return None


def hashes_of(database: duckdb.DuckDBPyConnection, question: Question) -> tuple[int, ...]:
    """Of the words that a record must hold as they are."""
    words = sorted({word for term in question.terms for word in _whole(term)})
    return tuple(database.execute("SELECT hash(?)", [word]).fetchall()[0][0] for word in words)


def missing(folder: Path, files: Iterable[Listed]) -> Iterator[Listed]:
    """Merged files without filters, the newest first."""
    for file in reversed(list(files)):
        if file.batch.startswith("merged-") and not path_of(folder, file).exists():
            yield file


def forget(folder: Path, files: Iterable[Listed]) -> None:
    """Deletes the filters of files that count no more."""
    known = {path_of(folder, file) for file in files}
    for path in (folder / FOLDER).glob("*"):
        if path not in known:
            path.unlink(missing_ok=True)


def path_of(folder: Path, file: Listed) -> Path:
    """Where a file's filters are."""
    return folder / FOLDER / f"{Path(file.path).stem}.bloom"


def _whole(term: Term) -> Iterator[str]:
    """Words of a term that stand in the text as they are; only plain letters fold alike for all."""
    if term.is_not or term.op != "=" or term.name in COLUMNS:
        return
    words = term.words[:-1] if term.is_prefix else term.words
    yield from (word for word in words if re.fullmatch(r"[a-z0-9]+", word))


def _filter(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    bits = 1 << max(10, math.ceil(math.log2(max(1, len(hashes)) * BITS)))
    flags = np.zeros(bits, np.bool_)
    step = (hashes >> np.uint64(32)) | np.uint64(1)
    for probe in range(PROBES):
        flags[(hashes + np.uint64(probe) * step) & np.uint64(bits - 1)] = True
    return np.packbits(flags, bitorder="little")


def _is_set(stream: BufferedReader, offset: int, bits: int, value: int) -> bool:
    step = (value >> 32) | 1
    for probe in range(PROBES):
        position = ((value + probe * step) & _MASK) & (bits - 1)
        stream.seek(offset + position // 8)
        if not stream.read(1)[0] >> (position % 8) & 1:
            return False
    return True
