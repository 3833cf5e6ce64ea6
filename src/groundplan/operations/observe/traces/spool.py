"""What was acknowledged and is not decided yet, on disk: segments that are only appended to.

A batch is on the disk before it is acknowledged. A segment goes when nothing of it waits any more.
"""

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from groundplan.errors import TargetError

_HEAD = struct.Struct("<IId")  # bytes, CRC-32, when it came
SEGMENT_BYTES = 16 * 1024 * 1024
SEGMENT_SECONDS = 2.0


class Spool:
    """The segments in one folder. One process has them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._number = max(self.segments(), default=0) + 1
        self._handle: int | None = None
        self._began = 0.0

    def segments(self) -> tuple[int, ...]:
        """The numbers of all segments, oldest first."""
        return tuple(sorted(int(path.stem) for path in self._folder.glob("*.spool")))

    def append(self, bodies: Iterable[bytes], at: float) -> int:
        """Puts batches on the disk, all of them with one sync; the segment they are in."""
        data = b"".join(_HEAD.pack(len(b), zlib.crc32(b), at) + b for b in bodies)
        try:
            handle = self._open(at)
            before = os.lseek(handle, 0, os.SEEK_END)
            try:
                _write_all(handle, data)
                os.fdatasync(handle)
            except OSError:
                os.ftruncate(handle, before)  # half a batch would hide those after it
                raise
        except OSError as error:
            self.close()
            raise TargetError(
                part="tracer",
                doing="writing spans to the spool",
                why=f"{self._folder}: {error.strerror or error}",
                try_="make room on the disk; whoever sent them sends them again",
                retry=True,
            ) from error
        return self._number

    def read(self, segment: int) -> Iterator[tuple[float, bytes]]:
        """The whole batches of a segment, with the time at which each came."""
        with self._path(segment).open("rb") as stream:
            while len(head := stream.read(_HEAD.size)) == _HEAD.size:
                size, check, at = _HEAD.unpack(head)
                body = stream.read(size)
                if len(body) != size or zlib.crc32(body) != check:
                    return  # a kill cut it off: it was never acknowledged
                yield at, body

    def drop_below(self, segment: int) -> None:
        """Deletes the segments before one, but the one that is being written."""
        for number in self.segments():
            if number < min(segment, self._number):
                self._path(number).unlink(missing_ok=True)

    @property
    def writing(self) -> int:
        """The segment that the next batch is put into."""
        return self._number

    def close(self) -> None:
        """The next batch begins a new segment."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
            self._number += 1

    def _open(self, at: float) -> int:
        if self._handle is not None:
            is_full = os.lseek(self._handle, 0, os.SEEK_END) >= SEGMENT_BYTES
            if is_full or at - self._began >= SEGMENT_SECONDS:
                self.close()
        if self._handle is None:
            flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND
            self._handle = os.open(self._path(self._number), flags, 0o600)
            self._began = at
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return self._handle

    def _path(self, segment: int) -> Path:
        return self._folder / f"{segment:012d}.spool"


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
