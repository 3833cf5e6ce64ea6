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

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from groundplan.operations.observe.logs.question import COLUMNS, Question, Term
from groundplan.operations.observe.logs.word_hashes import Hashes, hashes, spread
from groundplan.parquet.manifest import Listed

FOLDER = "words"
ENDING = ".words"  # another one when a word's number or the form of a file changes
ROWS = 1024  # so many are looked at at once: their words fit a core's cache
BITS = 10  # for each word: one row group in a hundred is read for nothing
PROBES = 4
_MASK = 2**64 - 1
Spans = tuple[tuple[int, int], ...]


def build(folder: Path, file: Listed) -> None:
    """Makes the filters of a file; whole or not at all."""
    place = path_of(folder, file)
    place.parent.mkdir(parents=True, exist_ok=True)
    groups, filters, first = [], [], 0
    with pq.ParquetFile(folder / file.path) as parquet:
        for number in range(parquet.num_row_groups):
            rows = parquet.metadata.row_group(number).num_rows
            found = _filter(_distinct(parquet, number))
            groups.append([first, rows, 8 * len(found)])
            filters.append(found.tobytes())
            first += rows
    header = json.dumps({"groups": groups}).encode() + b"\n"
    draft = place.with_suffix(".part")
    draft.write_bytes(header + b"".join(filters))
    draft.replace(place)


def spans(folder: Path, file: Listed, numbers: Sequence[int]) -> Spans | None:
    """First and last rows of the row groups that may hold all words; None when nobody knows."""
    try:
        with path_of(folder, file).open("rb") as stream:
            header = json.loads(stream.readline())
            offset, found = stream.tell(), []
            for first, rows, bits in header["groups"]:
                if all(_is_set(stream, offset, bits, each) for each in numbers):
                    found.append((first, first + rows - 1))
                offset += bits // 8
            return tuple(found)
    except (OSError, ValueError, KeyError, IndexError):
        return None


def hashes_of(question: Question) -> tuple[int, ...]:
    """Of the words that a record must hold as they are."""
    words = sorted({word for term in question.terms for word in _whole(term)})
    return tuple(spread(hashes(" ".join(words).encode())).tolist())


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
    return folder / FOLDER / f"{Path(file.path).stem}{ENDING}"


def _whole(term: Term) -> Iterator[str]:
    """Words of a term that stand in the text as they are; only plain letters fold alike for all."""
    if term.is_not or term.op != "=" or term.name in COLUMNS:
        return
    words = term.words[:-1] if term.is_prefix else term.words
    yield from (word for word in words if re.fullmatch(r"[a-z0-9]+", word))


def _distinct(parquet: pq.ParquetFile, number: int) -> Hashes:
    """The numbers of the words of a row group, each once."""
    found = []
    for rows in parquet.iter_batches(ROWS, row_groups=[number], columns=["message", "fields"]):
        message, fields = rows["message"], pc.fill_null(rows["fields"], "")
        texts = pc.binary_join_element_wise(message, fields, "", "\n")
        if not pc.all(pc.string_is_ascii(texts)).as_py():
            texts = pc.utf8_lower(texts)  # the sign of Kelvin becomes a plain letter
        found.append(pc.unique(pa.array(hashes(_text(texts)))))
    return spread(np.asarray(pc.unique(pa.chunked_array(found, pa.uint64()))))


def _text(texts: pa.StringArray) -> memoryview:
    _, offsets, data = texts.buffers()
    edges = np.frombuffer(offsets, np.int32)
    return memoryview(data)[edges[texts.offset] : edges[texts.offset + len(texts)]]


def _filter(numbers: Hashes) -> npt.NDArray[np.uint8]:
    bits = 1 << max(10, math.ceil(math.log2(max(1, len(numbers)) * BITS)))
    flags = np.zeros(bits, np.bool_)
    step = (numbers >> np.uint64(32)) | np.uint64(1)
    for probe in range(PROBES):
        flags[(numbers + np.uint64(probe) * step) & np.uint64(bits - 1)] = True
    return np.packbits(flags, bitorder="little")


def _is_set(stream: BufferedReader, offset: int, bits: int, value: int) -> bool:
    step = (value >> 32) | 1
    for probe in range(PROBES):
        position = ((value + probe * step) & _MASK) & (bits - 1)
        stream.seek(offset + position // 8)
        if not stream.read(1)[0] >> (position % 8) & 1:
            return False
    return True
