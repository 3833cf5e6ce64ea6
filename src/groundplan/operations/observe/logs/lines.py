"""Reads the output of one part on, from where it was left, across the rotations of its file.

The supervisor renames `x.log` to `x.log.1` and begins a new one, also in the middle of a line. So
all files of a part are one stream, oldest first. A file is known by its inode and the hash of its
first bytes, because an inode is soon used again.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path

CHUNK_BYTES = 16 << 20
LINE_BYTES = 256 << 10  # longer lines become several records
HEAD_BYTES = 128
BACKUPS = 3  # as the supervisor keeps them
_GOES_ON = re.compile(
    rb"[ \t]|Caused by: |Suppressed: |\.\.\. \d+ |Traceback \(most recent|"
    rb"(?:[a-z]\w*\.)+[A-Z]\w*(?:Exception|Error)\b|\w*(?:Error|Exception|Exit|Interrupt)(?:: |$)"
)

# How a record of PostgreSQL's csvlog begins. It has line ends of its own between its quotes.
_CSV = re.compile(rb"^2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]* [^ ,\"\n]+,", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a file was read, and how to know it again."""

    inode: int
    head_bytes: int
    head: str
    offset: int

    def as_text(self) -> str:
        """As it is kept."""
        return json.dumps([self.inode, self.head_bytes, self.head, self.offset])

    @classmethod
    def of(cls, text: str) -> "Place":
        """What was kept."""
        inode, head_bytes, head, offset = json.loads(text)
        return cls(inode=inode, head_bytes=head_bytes, head=head, offset=offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Whole pieces of output as they came, and the marks that say they were read."""

    data: bytes | memoryview = b""
    marks: Mapping[str, str] = field(default_factory=dict)
    identity: str = ""  # which bytes of which files
    is_all: bool = True  # nothing more is there now


@dataclass(slots=True)
class _File:
    stream: BufferedReader
    size: int
    name: str
    place: Place
    count: int = 0  # of bytes that were read


class Room:
    """Memory that is used again: fresh pages for each chunk take longer than reading it."""

    def __init__(self) -> None:
        self._data = bytearray()

    def of(self, size: int) -> bytearray:
        """Room for so many bytes or more; who still reads what was there keeps it then."""
        if len(self._data) < size:
            self._data = bytearray(size)
        return self._data


class Lines:
    """The output of one part. `marks` are those that the store kept."""

    def __init__(self, part: str, path: Path, marks: Mapping[str, str]) -> None:
        self._part = part
        self._path = path
        self._places = {name: Place.of(text) for name, text in marks.items() if self._owns(name)}
        self._seen: tuple[tuple[int, int], ...] = ()
        self._is_quiet = False

    def read(self, limit: int = CHUNK_BYTES, room: Room | None = None) -> Chunk:
        """What was written since, up to about `limit` bytes. `took` has to be told of it.

        The chunk is good until its room is used again.
        """
        with ExitStack() as stack:
            files = self._open(stack)
            sizes = tuple((file.place.inode, file.size) for file in files)
            self._is_quiet, self._seen = sizes == self._seen, sizes
            wanted = sum(file.size - file.place.offset for file in files)
            data = (room or Room()).of(min(wanted, limit))
            size = 0
            for file in files:
                end = min(limit, size + file.size - file.place.offset)
                file.stream.seek(file.place.offset)
                file.count = file.stream.readinto(memoryview(data)[size:end])
                size += file.count
            return self._cut(data, size, [file for file in files if file.count], size >= limit)

    def took(self, chunk: Chunk) -> None:
        """The chunk is kept: it will not be read again."""
        self._places |= {name: Place.of(text) for name, text in chunk.marks.items()}

    def gone(self) -> tuple[str, ...]:
        """Marks of files that are not there any more. Asked of a stream that is quiet."""
        if not self._is_quiet:
            return ()
        inodes = {inode for inode, _ in self._seen} | {_inode(path) for path in self._paths()}
        names = tuple(name for name, place in self._places.items() if place.inode not in inodes)
        for name in names:
            del self._places[name]
        return names

    def _cut(self, data: bytearray, size: int, files: list[_File], is_full: bool) -> Chunk:
        """Ends the chunk behind its last whole piece."""
        end = data.rfind(b"\n", 0, size) + 1
        if end and (is_full or not self._is_quiet):
            end = _before_last_piece(data, end)  # more lines of it may come
        if not end and is_full:
            end = size  # one piece that is longer than all we take at once
        marks: dict[str, str] = {}
        spans = []
        left = end
        for file in files:
            taken = min(left, file.count)
            left -= taken
            if taken:
                here = file.place.offset
                mark = Place(
                    inode=file.place.inode,
                    head_bytes=file.place.head_bytes,
                    head=file.place.head,
                    offset=here + taken,
                )
                marks[file.name] = mark.as_text()
                spans.append(f"{file.name} {here} {here + taken}")
        return Chunk(
            data=memoryview(data)[:end],
            marks=marks,
            identity="\n".join(spans),
            is_all=not is_full,
        )

    def _open(self, stack: ExitStack) -> list[_File]:
        """Every file with unread bytes, oldest first; again when one was renamed meanwhile."""
        for _ in range(5):
            opened = [
                stack.enter_context(path.open("rb"))
                for path in self._paths()
                if path.exists() and _is_there(path)
            ]
            newest = opened[-1] if opened else None
            if newest is None or _inode(self._path) in (None, os.fstat(newest.fileno()).st_ino):
                break
        found: dict[int, _File] = {}
        for stream in opened:
            facts = os.fstat(stream.fileno())
            if facts.st_size and facts.st_ino not in found:
                found[facts.st_ino] = self._known(stream, facts)
        return list(found.values())

    def _known(self, stream: BufferedReader, facts: os.stat_result) -> _File:
        for name, place in self._places.items():
            if place.inode == facts.st_ino and facts.st_size >= place.offset:
                stream.seek(0)
                if _hash(stream.read(place.head_bytes)) == place.head:
                    return _File(stream, facts.st_size, name, place)
        stream.seek(0)
        head = stream.read(HEAD_BYTES)
        digest = _hash(head)
        place = Place(inode=facts.st_ino, head_bytes=len(head), head=digest, offset=0)
        return _File(stream, facts.st_size, f"{self._part}:{facts.st_ino}:{digest[:16]}", place)

    def _paths(self) -> Iterable[Path]:
        name = self._path.name
        for number in range(BACKUPS, 0, -1):
            yield self._path.with_name(f"{name}.{number}")
        yield self._path

    def _owns(self, name: str) -> bool:
        return name.rsplit(":", 2)[0] == self._part


def pieces(data: bytes | memoryview) -> Iterable[bytes]:
    """Lines with the lines that go on from them; very long ones in parts."""
    piece: list[bytes] = []
    size = 0
    is_open = False  # between the quotes of a record of csvlog
    for line in bytes(data).split(b"\n"):
        while len(line) > LINE_BYTES:
            if piece:
                yield b"\n".join(piece)
            yield line[:LINE_BYTES]
            piece, size, line = [], 0, line[LINE_BYTES:]
        begins_csv = line[:1] == b"2" and _CSV.match(line) is not None
        is_open &= not begins_csv
        goes_on = is_open or (line[:1] != b"{" and _GOES_ON.match(line) is not None)
        if piece and goes_on and size + len(line) < LINE_BYTES:
            piece.append(line)
        else:
            if piece:
                yield b"\n".join(piece)
            is_open = False
            piece, size = ([line], 0) if line.strip() else ([], 0)
        if begins_csv or is_open:
            is_open ^= line.count(b'"') % 2 == 1
        size += len(line)
    if piece:
        yield b"\n".join(piece)


def _before_last_piece(data: bytearray, end: int) -> int:
    """Where the last piece begins."""
    begin, line_end = data.rfind(b"\n", 0, end - 1) + 1, end
    while begin and data[begin : begin + 1] != b"{" and _GOES_ON.match(data, begin, line_end):
        begin, line_end = data.rfind(b"\n", 0, begin - 1) + 1, begin
    heads = [head.start() for head in _CSV.finditer(data, max(0, begin - LINE_BYTES), end)]
    is_inside = bool(heads) and heads[-1] < begin < _csv_end(data, heads[-1], end)
    return heads[-1] if is_inside else begin


def _csv_end(data: bytearray, begin: int, end: int) -> int:
    """Behind the line in which a record of csvlog has closed its quotes."""
    is_open = False
    while begin < end:
        line_end = data.find(b"\n", begin, end) + 1 or end
        is_open ^= data.count(b'"', begin, line_end) % 2 == 1
        begin = line_end
        if not is_open:
            break
    return begin


def _hash(head: bytes) -> str:
    return hashlib.sha256(head).hexdigest()


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _is_there(path: Path) -> bool:
    return _inode(path) is not None
