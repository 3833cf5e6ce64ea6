"""The register of operations: what was asked, how it stands, what it told. For a while only."""

import json
import secrets
import time
from pathlib import Path

from groundplan.agent.performing.operation import Line, Operation
from groundplan.ports.journal import Outcome, State
from groundplan.sqlite import Row, SqliteFile

APPLICATION = 0x6770_6F70  # "gpop", in the file's header
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_SCHEMA = """
CREATE TABLE operation (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    arguments TEXT NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    began REAL NOT NULL,
    state TEXT NOT NULL,
    ended REAL,
    summary TEXT NOT NULL,
    facts TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX operation_by_time ON operation (began);
CREATE TABLE line (
    operation TEXT NOT NULL REFERENCES operation,
    number INTEGER NOT NULL,
    at REAL NOT NULL,
    message TEXT NOT NULL,
    because TEXT NOT NULL,
    PRIMARY KEY (operation, number)
) WITHOUT ROWID;
"""
_COLUMNS = "id, kind, arguments, who, why, began, state, ended, summary, facts"
_LAST = "(SELECT message FROM line WHERE operation = id ORDER BY number DESC LIMIT 1)"
_SHOWN = _COLUMNS.replace("summary", f"iif(ended IS NULL, coalesce({_LAST}, ''), summary)")
_END = "UPDATE operation SET state = ?, ended = ?, summary = ?, facts = ?"
_OLD = "SELECT id FROM operation WHERE ended < ?"


def new_id(kind: str) -> str:
    """Short enough to be typed; two of a kind are never the same in a register's time."""
    return f"{kind}-{''.join(secrets.choice(_LETTERS) for _ in range(6))}"


class Register:
    """The agent's file of operations."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(
            path, name="register of operations", application=APPLICATION, schema=_SCHEMA
        )

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()

    def add(self, operation: Operation) -> bool:
        """Writes a new one down; False when its id is there already."""
        arguments = json.dumps(dict(operation.arguments))
        values = (operation.kind, arguments, operation.who, operation.why, operation.began)
        with self._file.transaction() as connection:
            added = connection.execute(
                f"INSERT OR IGNORE INTO operation ({_COLUMNS})"
                " VALUES (?, ?, ?, ?, ?, ?, ?, NULL, '', '{}')",
                (operation.id, *values, operation.state),
            )
            return added.rowcount == 1

    def tell(self, operation: str, number: int, message: str, because: str) -> None:
        """A line, once: `number` counts from 0 in each life of the operation."""
        with self._file.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO line VALUES (?, ?, ?, ?, ?)",
                (operation, number + 1, time.time(), message, because),
            )

    def end(self, operation: str, outcome: Outcome, *, at: float) -> None:
        """What came of it; the first outcome stays."""
        facts = json.dumps(dict(outcome.facts), default=str)
        with self._file.transaction() as connection:
            connection.execute(
                f"{_END} WHERE id = ? AND ended IS NULL",
                (outcome.state, at, outcome.summary, facts, operation),
            )

    def find(self, operation: str) -> Operation | None:
        """One of them; None when nobody knows it."""
        rows = self._file.read(f"SELECT {_SHOWN} FROM operation WHERE id = ?", operation)
        return _operation(rows[0]) if rows else None

    def newest(self, limit: int) -> tuple[Operation, ...]:
        """The newest, and all that have not ended; the newest first."""
        newest = "SELECT id FROM operation ORDER BY began DESC LIMIT ?"
        rows = self._file.read(
            f"SELECT {_SHOWN} FROM operation WHERE ended IS NULL OR id IN ({newest})"
            " ORDER BY began DESC, id",
            limit,
        )
        return tuple(map(_operation, rows))

    def open(self) -> tuple[Operation, ...]:
        """Those that have not ended, the oldest first."""
        rows = self._file.read(
            f"SELECT {_COLUMNS} FROM operation WHERE ended IS NULL ORDER BY began"
        )
        return tuple(map(_operation, rows))

    def told(self, *, since: float) -> tuple[tuple[float, str], ...]:
        """What all of them told since a moment: when, and the line."""
        rows = self._file.read(
            "SELECT at, operation, message, because FROM line WHERE at >= ? ORDER BY at", since
        )
        return tuple(
            (at, f"{operation}: {message}" + (f": {because}" if because else ""))
            for at, operation, message, because in rows
        )

    def lines(self, operation: str, *, after: int = 0) -> tuple[Line, ...]:
        """What it told after the line with that number."""
        rows = self._file.read(
            "SELECT number, at, message, because FROM line WHERE operation = ? AND number > ?"
            " ORDER BY number",
            operation,
            after,
        )
        return tuple(Line(number=n, at=at, message=m, because=b) for n, at, m, b in rows)

    def forget(self, *, before: float) -> int:
        """Drops those that ended before a moment; the journal keeps who did what, and why."""
        with self._file.transaction() as connection:
            connection.execute(f"DELETE FROM line WHERE operation IN ({_OLD})", (before,))
            gone = connection.execute(f"DELETE FROM operation WHERE id IN ({_OLD})", (before,))
        self._file.read("PRAGMA incremental_vacuum")
        return gone.rowcount


def _operation(row: Row) -> Operation:
    id_, kind, arguments, who, why, began, state, ended, summary, facts = row
    return Operation(
        id=id_,
        kind=kind,
        arguments=json.loads(arguments),
        who=who,
        why=why,
        began=began,
        state=State(state),
        ended=ended,
        summary=summary,
        facts=json.loads(facts),
    )
