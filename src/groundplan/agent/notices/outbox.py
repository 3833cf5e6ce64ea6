"""Notices that are to be sent: each once for each receiver, kept until they arrived or never will.

A notice has an id that its receiver can tell it by, for the agent may die after it was sent and
before that is written down.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from groundplan.operations.observe.notices import Notice
from groundplan.ports.folder import NOTICES
from groundplan.sqlite import SqliteFile

APPLICATION = 0x6770_6E6F  # "gpno", in the file's header
_SCHEMA = """
CREATE TABLE letter (
    number INTEGER PRIMARY KEY,
    receiver TEXT NOT NULL,
    id TEXT NOT NULL,
    notice TEXT NOT NULL,
    at REAL NOT NULL,
    due REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waits',
    why TEXT NOT NULL DEFAULT '',
    UNIQUE (receiver, id)
);
CREATE TABLE read_until (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
"""
_NOTICE = TypeAdapter(Notice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The oldest notice that a receiver has not got, and how often it was tried."""

    number: int
    receiver: str
    notice: Notice
    due: float
    tries: int


class Outbox:
    """The file of notices of a platform."""

    def __init__(self, folder: Path) -> None:
        self._file = SqliteFile(
            folder / NOTICES, name="outbox", application=APPLICATION, schema=_SCHEMA
        )

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()

    def read_until(self) -> int | None:
        """The last entry of the journal that was read; None before the first reading."""
        rows = self._file.read("SELECT number FROM read_until WHERE name = 'journal'")
        return int(rows[0][0]) if rows else None

    def put(self, letters: tuple[tuple[str, Notice], ...], *, read_until: int) -> None:
        """Keeps notices for their receivers, and how far the journal was read, at once."""
        with self._file.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO letter (receiver, id, notice, at, due)"
                " VALUES (?, ?, ?, ?, ?)",
                [
                    (receiver, notice.id, _NOTICE.dump_json(notice).decode(), notice.at, notice.at)
                    for receiver, notice in letters
                ],
            )
            connection.execute(
                "INSERT INTO read_until VALUES ('journal', ?) ON CONFLICT DO UPDATE"
                " SET number = excluded.number",
                (read_until,),
            )

    def waiting(self) -> tuple[Waiting, ...]:
        """For each receiver the oldest one: nobody is told of an end before its question."""
        rows = self._file.read(
            "SELECT min(number), receiver, notice, due, tries FROM letter WHERE state = 'waits'"
            " GROUP BY receiver ORDER BY number"
        )
        return tuple(
            Waiting(number=n, receiver=r, notice=_NOTICE.validate_json(text), due=due, tries=tries)
            for n, r, text, due, tries in rows
        )

    def sent(self, number: int) -> None:
        """It arrived."""
        self._mark(number, "sent", "")

    def given_up(self, number: int, why: str) -> None:
        """It never will."""
        self._mark(number, "given up", why)

    def later(self, number: int, *, due: float, why: str) -> None:
        """It is tried again."""
        with self._file.transaction() as connection:
            connection.execute(
                "UPDATE letter SET tries = tries + 1, due = ?, why = ? WHERE number = ?",
                (due, why, number),
            )

    def states(self) -> tuple[tuple[str, str, str, str], ...]:
        """Receiver, id, state and last trouble of each, in the order in which they happened."""
        rows = self._file.read("SELECT receiver, id, state, why FROM letter ORDER BY number")
        return tuple((str(a), str(b), str(c), str(d)) for a, b, c, d in rows)

    def counted(self) -> tuple[tuple[str, str, int], ...]:
        """How many each receiver has in each state."""
        rows = self._file.read(
            "SELECT receiver, state, count(*) FROM letter GROUP BY receiver, state ORDER BY 1, 2"
        )
        return tuple((str(receiver), str(state), int(number)) for receiver, state, number in rows)

    def forget(self, *, before: float) -> None:
        """Drops what was dealt with long ago."""
        with self._file.transaction() as connection:
            connection.execute("DELETE FROM letter WHERE state != 'waits' AND at < ?", (before,))

    def _mark(self, number: int, state: str, why: str) -> None:
        with self._file.transaction() as connection:
            connection.execute(
                "UPDATE letter SET state = ?, why = ?, tries = tries + 1 WHERE number = ?",
                (state, why, number),
            )
