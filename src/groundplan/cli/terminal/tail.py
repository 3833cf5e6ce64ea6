"""The end of a file that grows, and what is added to it, across rotations."""

import os
from collections import deque
from pathlib import Path
from typing import BinaryIO


class Tail:
    """Reads a file from its end on. Lines come whole; what is not ended yet waits in `rest`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: BinaryIO | None = path.open("rb") if path.exists() else None
        self._rest = b""

    def close(self) -> None:
        """Lets go of the file."""
        if self._stream is not None:
            self._stream.close()

    @property
    def rest(self) -> str:
        """The begun line."""
        return self._rest.decode(errors="replace")

    def last(self, count: int) -> list[str]:
        """The last lines that are there now; `read` goes on behind them."""
        lines = deque(self._stream or (), maxlen=count + 1)
        self._rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        ended = [line.decode(errors="replace").removesuffix("\n") for line in lines]
        return ended[-count:] if count else []

    def read(self) -> list[str]:
        """The lines that were ended since the last call."""
        data = self._more()
        if not data and self._is_rotated():
            self.close()
            self._stream = self._path.open("rb")
            data = self._more()
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [line.decode(errors="replace") for line in lines]

    def _more(self) -> bytes:
        return self._stream.read() if self._stream is not None else b""

    def _is_rotated(self) -> bool:
        """Whether the path is another file now, or the same one cut to nothing."""
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return False
        if self._stream is None:
            return True
        here = os.fstat(self._stream.fileno())
        return there.st_ino != here.st_ino or there.st_size < self._stream.tell()
