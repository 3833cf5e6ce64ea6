"""The journal of a platform: who did what, when, why, and what came of it. Entries are chained.

Each entry's hash is over its own text and the hash before it, so an entry that is edited, deleted,
added or moved breaks the chain from there on. A tail that is cut off leaves no such trace; the file
`journal.head` beside it does, and whoever wrote down a head can compare it.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from groundplan.ports.chain import START, link
from groundplan.ports.folder import JOURNAL
from groundplan.sqlite import Closes, SqliteFile

APPLICATION = 0x6770_6A6C  # "gpjl", in the file's header
HEAD = "journal.head"
_SCHEMA = """
CREATE TABLE entry (number INTEGER PRIMARY KEY, text TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
CREATE TRIGGER entries_are_never_deleted BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
"""


class Event(StrEnum):
    """What an entry tells of an operation."""

    BEGAN = "began"
    SIGNALLED = "signalled"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the journal. `what` is the kind with its arguments, the signal, or the state."""

    at: float
    operation: str
    event: Event
    what: str
    who: str
    why: str = ""

    @property
    def text(self) -> str:
        """Canonical JSON: the same entry is always the same text."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chained:
    """An entry with its place in the chain."""

    number: int
    entry: Entry
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a look at the whole chain found. No problems: nothing in it was changed."""

    entries: int
    head: str
    problems: tuple[str, ...]


class JournalFile(Closes):
    """The journal of the platform in a folder."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self._head = folder / HEAD
        self._file = SqliteFile(
            folder / JOURNAL,
            name="journal",
            application=APPLICATION,
            schema=_SCHEMA,
            read_only=read_only,
        )

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()

    def append(self, entry: Entry) -> Chained:
        """Adds an entry at the end of the chain; when this returns, it is on the disk."""
        newest = "SELECT number, hash FROM entry ORDER BY number DESC LIMIT 1"
        with self._file.transaction() as connection:
            number, before = connection.execute(newest).fetchone() or (0, START)
            chained = Chained(number=number + 1, entry=entry, hash=link(before, entry.text))
            connection.execute(
                "INSERT INTO entry VALUES (?, ?, ?)", (chained.number, entry.text, chained.hash)
            )
        self._note(chained)
        return chained

    def has(self, operation: str, event: Event) -> bool:
        """Whether an operation's event is written down."""
        return bool(
            self._file.read(
                "SELECT 1 FROM entry WHERE text ->> 'operation' = ? AND text ->> 'event' = ?"
                " LIMIT 1",
                operation,
                event,
            )
        )

    def newest(self, limit: int) -> tuple[Chained, ...]:
        """The newest entries, the oldest of them first; those that cannot be read are left out."""
        rows = self._file.read(
            "SELECT number, text, hash FROM entry ORDER BY number DESC LIMIT ?", limit
        )
        return _readable(rows[::-1])

    def after(self, number: int) -> tuple[Chained, ...]:
        """The entries after one, in order; those that cannot be read are left out."""
        return _readable(
            self._file.read(
                "SELECT number, text, hash FROM entry WHERE number > ? ORDER BY number", number
            )
        )

    def verify(self) -> Verified:
        """Looks at every entry."""
        rows = self._file.read("SELECT number, text, hash FROM entry ORDER BY number")
        head = str(rows[-1][2]) if rows else START
        problems = (*_broken(rows), *_cut_off(rows, _read_head(self._head)))
        return Verified(entries=len(rows), head=head, problems=problems)

    def _note(self, chained: Chained) -> None:
        """The head beside the file. It may be behind after a crash, and is never ahead."""
        if _read_head(self._head)[0] > chained.number:
            return
        draft = self._head.with_suffix(f".{os.getpid()}.{time.monotonic_ns()}")
        with suppress(OSError):
            draft.write_text(f"{chained.number} {chained.hash}\n")
            draft.replace(self._head)
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _readable(rows: list[Any]) -> tuple[Chained, ...]:
    found = []
    for number, text, hash_ in rows:
        with suppress(ValueError, TypeError, KeyError):
            found.append(Chained(number=number, entry=_entry(text), hash=hash_))
    return tuple(found)


def _entry(text: str) -> Entry:
    found = json.loads(text)
    return Entry(**{**found, "event": Event(found["event"])})


def _broken(rows: list[Any]) -> Iterator[str]:
    """Each place where the chain does not hold; it is followed on from what stands there."""
    before, expected = START, 1
    for number, text, hash_ in rows:
        if number != expected:
            missing = f"{expected}" if number == expected + 1 else f"{expected} to {number - 1}"
            yield f"entry {missing} is gone"
        elif hash_ != link(before, text):
            yield f"entry {number} is not what was written, or it stands in another's place"
        before, expected = hash_, number + 1


def _cut_off(rows: list[Any], head: tuple[int, str]) -> Iterator[str]:
    number, hash_ = head
    last = rows[-1][0] if rows else 0
    if number > last:
        yield f"the end is cut off: {HEAD} knows of entry {number}, the last one here is {last}"
    elif number and {row[0]: row[2] for row in rows}.get(number) not in (hash_, None):
        yield f"entry {number} has another hash than {HEAD} says: the chain was written anew"


def _read_head(path: Path) -> tuple[int, str]:
    try:
        with path.open() as stream:
            number, hash_ = stream.read(200).split()
        return int(number), hash_
    except (OSError, ValueError):
        return 0, START
