"""Whether a write reached a replica twice while versions changed: by the keys that clients send.

A gateway writes one line for each request. Two lines with one idempotency key, both of which had a
replica at their end, are one write that was doubled: by a client that tried again, by the edge, or
by a gateway. A gateway's own repetitions of what no replica has seen are one line, and harmless.
"""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KEY = "idempotency.key"  # of the gateway's log
FLUSH_SECONDS = 1.1  # the gateways write their lines once a second
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_UNREACHED = frozenset({"UF", "UH", "NC", "NR"})  # Envoy's flags where no replica was asked


@dataclass(slots=True)
class _Log:
    """A file that grows and is rotated (to its name with .1); from its end on."""

    path: Path
    file: int = 0  # which one it is, and how far it was read
    read: int = 0
    rest: bytes = b""

    def __post_init__(self) -> None:
        facts = self._facts(self.path)
        if facts is not None:
            self.file, self.read = facts.st_ino, facts.st_size

    def lines(self) -> Iterator[bytes]:
        """Those that were ended since."""
        facts = self._facts(self.path)
        if facts is None:
            return
        data = b""
        if facts.st_ino != self.file:
            old = self.path.with_name(f"{self.path.name}.1")
            before = self._facts(old)
            if before is not None and before.st_ino == self.file:
                data = self._from(old)
            self.file, self.read = facts.st_ino, 0
        data += self._from(self.path)
        *whole, self.rest = (self.rest + data).split(b"\n")
        yield from whole

    def _from(self, path: Path) -> bytes:
        with path.open("rb") as stream:
            stream.seek(self.read)
            data = stream.read()
        self.read += len(data)
        return data

    def _facts(self, path: Path) -> os.stat_result | None:
        try:
            return path.stat()
        except OSError:
            return None


@dataclass(slots=True)
class Writes:
    """The writes with a key in the logs of some gateways, since it was made."""

    logs: list[_Log]
    since: float = field(default_factory=time.time)
    with_key: int = 0
    doubled: int = 0
    _seen: set[int] = field(default_factory=set)

    @classmethod
    def in_logs(cls, paths: list[Path]) -> "Writes":
        """From now on."""
        return cls([_Log(path) for path in paths])

    def read(self) -> None:
        """What was written down since."""
        for log in self.logs:
            for line in log.lines():
                if b'"idempotency.key"' in line:
                    self._hear(line)

    def _hear(self, line: bytes) -> None:
        try:
            told = json.loads(line)
        except ValueError:
            return
        if not isinstance(told, dict) or not _reached(told):
            return
        mark = hash(told[KEY])
        if mark in self._seen:
            self.doubled += 1
        else:
            self._seen.add(mark)
            self.with_key += 1


def _reached(told: dict[str, Any]) -> bool:
    """Whether a replica has had it."""
    is_write = told.get("http.request.method") not in _READS
    flags = set(str(told.get("flags", "")).split(","))
    return is_write and bool(told.get(KEY)) and "upstream" in told and not flags & _UNREACHED
