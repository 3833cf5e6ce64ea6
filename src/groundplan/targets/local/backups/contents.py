"""What a database holds: rows and the sum of their hashes for each table, at one lsn exactly.

A lock that stands for milliseconds makes a snapshot and an lsn say the same; the counting goes on
in that snapshot while everybody writes again.
"""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.ports.archive import Contents, Table
from groundplan.targets.local.backups.repository import lsn_of
from groundplan.targets.local.parts.postgres_server import Connection, first_line

TRIES = 5
STALL = "500ms"  # for so long writers may wait, at most
COUNT_SECONDS = 3600
# What a row looks like as text must not depend on who asks.
_SETTINGS = (
    "-c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601 -c extra_float_digits=1 "
    "-c bytea_output=hex -c client_min_messages=error -c idle_in_transaction_session_timeout=0 "
)
_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%'
ORDER BY 1, 2
"""
_COUNT = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM ONLY {} t"

Name = tuple[str, str]


def contents_now(sockets: Path, part: Postgres) -> tuple[Contents, str]:
    """The contents, and the log segment with which they are complete."""
    with contextlib.ExitStack() as stack:
        readers = {
            name: stack.enter_context(connected(sockets, part, name)) for name in part.databases
        }
        for attempt in range(TRIES):
            try:
                lsn, segment, names = _cut(sockets, part, readers)
                break
            except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable) as error:
                if attempt == TRIES - 1:
                    raise _busy(part, error) from error
                time.sleep(0.5 * 2**attempt)
        at = time.time()
        found = tuple(
            table
            for database, reader in readers.items()
            for table in counted(reader, database, names[database])
        )
    return Contents(lsn=lsn, at=at, tables=found), segment


def switched(sockets: Path, part: Postgres) -> tuple[int, str]:
    """Ends the current log segment after a commit, which a restore to a time needs to find its
    end; the lsn before that, and the segment."""
    with connected(sockets, part, "postgres") as connection:
        lsn = _one(connection, "SELECT pg_current_wal_insert_lsn()::text")
        connection.execute("SET synchronous_commit = local")
        connection.execute("SELECT pg_current_xact_id()")
        end = _one(connection, "SELECT pg_create_restore_point('groundplan')::text")
        segment = _one(connection, f"SELECT pg_walfile_name('{end}')")
        connection.execute("SELECT pg_switch_wal()")
    return lsn_of(lsn), segment


def connected(sockets: Path, part: Postgres, database: str) -> Connection:
    """A superuser's session whose answers do not depend on settings."""
    return psycopg.connect(
        host=str(sockets),
        port=part.port,
        user="postgres",
        dbname=database,
        connect_timeout=5,
        options=f"{_SETTINGS} -c statement_timeout={COUNT_SECONDS}s",
        autocommit=True,
    )


def tables_of(connection: Connection) -> tuple[Name, ...]:
    """Every table that a backup has to bring back."""
    return tuple((str(schema), str(name)) for schema, name in connection.execute(_TABLES))


def counted(connection: Connection, database: str, names: tuple[Name, ...]) -> Iterator[Table]:
    """Reads every row of the tables."""
    for schema, name in names:
        row = connection.execute(sql.SQL(_COUNT).format(sql.Identifier(schema, name))).fetchone()
        assert row is not None
        yield Table(name=f"{database}.{schema}.{name}", rows=int(row[0]), digest=str(row[1]))


def _cut(
    sockets: Path, part: Postgres, readers: dict[str, Connection]
) -> tuple[int, str, dict[str, tuple[Name, ...]]]:
    """Gives every reader the snapshot of one moment; its lsn, segment and tables."""
    names: dict[str, tuple[Name, ...]] = {}
    with contextlib.ExitStack() as stack:
        lockers = {
            name: stack.enter_context(connected(sockets, part, name)) for name in part.databases
        }
        for database, locker in lockers.items():
            locker.execute(f"SET statement_timeout = '{STALL}'")
            names[database] = tables_of(locker)
            locker.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            _lock(locker, names[database])
        for database, locker in lockers.items():
            snapshot = _one(locker, "SELECT pg_export_snapshot()")
            reader = readers[database]
            reader.execute("ROLLBACK")
            reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            reader.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
            reader.execute("SELECT 1")
        lsn = _one(next(iter(lockers.values())), "SELECT pg_current_wal_insert_lsn()::text")
        for locker in lockers.values():
            locker.execute("ROLLBACK")
        first = next(iter(lockers.values()))
        # A record after the lsn, in a segment that is sent: a restore needs both to stop there.
        end = _one(first, "SELECT pg_create_restore_point('groundplan')::text")
        segment = _one(first, f"SELECT pg_walfile_name('{end}')")
        first.execute("SELECT pg_switch_wal()")
    return lsn_of(lsn), segment, names


def _lock(connection: Connection, names: tuple[Name, ...]) -> None:
    if not names:
        return
    tables = sql.SQL(", ").join(sql.Identifier(*name) for name in names)
    connection.execute(sql.SQL("LOCK TABLE ONLY {} IN SHARE MODE").format(tables))


def _one(connection: Connection, query: str) -> str:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return str(row[0])


def _busy(part: Postgres, error: psycopg.Error) -> TargetError:
    return TargetError(
        part=part.name,
        doing="recording what the database holds",
        why=f"a transaction kept a table for longer than {STALL}, {TRIES} times: "
        f"{first_line(error)}",
        try_="repeat when no long transaction writes",
        retry=True,
    )
