"""The fast index of the recent hours: SQLite's full-text search, one pair of tables for each hour,
so that an old hour goes by dropping its tables. It can be made again from the Parquet files."""

import sqlite3
from collections.abc import Generator, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from groundplan.errors import TargetError
from groundplan.operations.observe.logs.conditions import fold, number
from groundplan.operations.observe.logs.record import Record
from groundplan.sqlite import write_ahead

NAME = "hot.sqlite"
HOUR = 3600
_SCHEMA = """
CREATE TABLE IF NOT EXISTS batches (id TEXT PRIMARY KEY, newest REAL NOT NULL);
CREATE TABLE IF NOT EXISTS edge (id INTEGER PRIMARY KEY CHECK (id = 1), since REAL NOT NULL);
"""
_HOUR_SCHEMA = """
CREATE TABLE IF NOT EXISTS rows_{hour} (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, class TEXT, part TEXT, level TEXT, trace TEXT,
    record TEXT NOT NULL);
CREATE VIRTUAL TABLE IF NOT EXISTS words_{hour} USING fts5(
    message, fields, content='', tokenize="unicode61 remove_diacritics 0");
"""


class Hot:
    """The index. One process writes, others read."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self._path = folder / NAME
        uri = f"file:{self._path}?mode={'ro' if read_only else 'rwc'}"
        try:
            self._db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10)
            if not read_only:
                write_ahead(self._db)
                self._db.execute("PRAGMA synchronous=OFF")  # it can be made again
                self._db.executescript(_SCHEMA)
            self._db.create_function("fold", 1, fold, deterministic=True)
            self._db.create_function("number", 1, number, deterministic=True)
        except sqlite3.Error as error:
            raise self._refusal(error) from error

    def close(self) -> None:
        """Lets go of it."""
        self._db.close()

    @property
    def since(self) -> float:
        """The moment from which it has every record of its batches."""
        with closing(self._db.execute("SELECT since FROM edge")) as found:
            row = found.fetchone()
        return float(row[0]) if row else float("inf")

    def batches(self) -> frozenset[str]:
        """Every batch that is in."""
        with closing(self._db.execute("SELECT id FROM batches")) as found:
            return frozenset(row[0] for row in found)

    def add(self, batch: str, records: Iterable[Record], *, since: float) -> None:
        """Those records of a batch that are not too old, once."""
        hours: dict[int, list[Record]] = {}
        newest = since
        for each in records:
            if each.at >= since:
                hours.setdefault(int(each.at // HOUR), []).append(each)
                newest = max(newest, each.at)
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._move_edge(since)
            self._db.execute("INSERT INTO batches VALUES (?, ?)", (batch, newest))
            for hour, group in hours.items():
                self._insert(hour, group)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise self._refusal(error) from error

    def drop_before(self, since: float) -> None:
        """Forgets the hours that are over before a moment."""
        self._move_edge(since)
        for hour in self.hours():
            if (hour + 1) * HOUR <= since:
                self._db.execute(f"DROP TABLE words_{hour}")
                self._db.execute(f"DROP TABLE rows_{hour}")
        self._db.execute("DELETE FROM batches WHERE newest < ?", (since - HOUR,))

    def hours(self) -> tuple[int, ...]:
        """The hours that it holds, newest first."""
        query = "SELECT name FROM sqlite_master WHERE name GLOB 'rows_[0-9]*' AND type = 'table'"
        with closing(self._db.execute(query)) as found:
            return tuple(sorted((int(name[5:]) for (name,) in found), reverse=True))

    def find(
        self, words: str, where: str, values: tuple[object, ...], *, limit: int
    ) -> Generator[dict[str, Any]]:
        """The newest records with words (an FTS5 query, "" for any) and a condition in SQL."""
        left = limit
        for hour in self.hours():
            match = f"id IN (SELECT rowid FROM words_{hour} WHERE words_{hour} MATCH ?) AND"
            here = where.replace("{words}", f"words_{hour}")
            sql = (
                f"SELECT record FROM rows_{hour} WHERE {match if words else ''} {here}"
                " ORDER BY at DESC, id DESC LIMIT ?"
            )
            given = (words, *values, left) if words else (*values, left)
            with closing(self._db.execute(sql, given)) as found:
                for (record,) in found:
                    left -= 1
                    yield orjson.loads(record)
            if left <= 0:
                return

    def _move_edge(self, since: float) -> None:
        """It only moves on: what was let go does not come back."""
        self._db.execute(
            "INSERT INTO edge VALUES (1, ?) ON CONFLICT (id)"
            " DO UPDATE SET since = max(since, excluded.since)",
            (since,),
        )

    def _insert(self, hour: int, group: list[Record]) -> None:
        for statement in _HOUR_SCHEMA.format(hour=hour).split(";"):
            if statement.strip():
                self._db.execute(statement)
        with closing(self._db.execute(f"SELECT coalesce(max(id), 0) FROM rows_{hour}")) as found:
            last = found.fetchone()[0]
        numbered = list(enumerate(group, start=last + 1))
        self._db.executemany(
            f"INSERT INTO rows_{hour} VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (n, r.at, r.klass, r.part, r.level, r.trace, orjson.dumps(r.as_ecs()).decode())
                for n, r in numbered
            ),
        )
        self._db.executemany(
            f"INSERT INTO words_{hour} (rowid, message, fields) VALUES (?, ?, ?)",
            ((n, r.message, r.fields) for n, r in numbered),
        )

    def _refusal(self, error: Exception) -> TargetError:
        return TargetError(
            part="collector",
            doing="using the fast index",
            why=f"{self._path}: {error}",
            try_=f"delete {self._path}; the collector makes it again",
            retry=True,
        )
