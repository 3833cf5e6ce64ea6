"""What is asked of a running PostgreSQL server, and what is made in it once it serves."""

import contextlib
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.postgres_files import (
    APP,
    MONITOR,
    REPLICATOR,
    SECRETS,
    STATEMENTS,
    SUPERUSER,
    has_statements,
)

Connection = psycopg.Connection[tuple[Any, ...]]

SECONDS = 2  # the least that libpq knows as a connect_timeout
# A new primary waits for a standby that is not built yet: what we make must not wait with it.
_ALONE = "-c synchronous_commit=local"
_IMPATIENT = "-c statement_timeout=1500"
_ATTRIBUTES = {REPLICATOR: "LOGIN REPLICATION"}

_STATE = """
SELECT pg_is_in_recovery(),
       (SELECT status FROM pg_stat_wal_receiver),
       current_setting('primary_conninfo')
"""
_SLOT = "SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s"
_CREATE_SLOT = """
SELECT pg_create_physical_replication_slot(%(name)s)
WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = %(name)s)
"""
_DROP_LOST_SLOT = """
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
WHERE slot_name = %s AND wal_status = 'lost' AND NOT active
"""
# A base backup that was killed leaves a stream behind, which would keep the slot from the next.
_END_FORMER_STREAM = """
SELECT pg_terminate_backend(active_pid, 1000) FROM pg_replication_slots
WHERE slot_name = %s AND active
"""
_END_SESSIONS = "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE usename = %s"
# Members are named after their parts; slots of other names are somebody else's.
_DROP_FORMER_SLOTS = """
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
WHERE slot_type = 'physical' AND NOT active AND NOT temporary
  AND slot_name ~ '_postgres_[0-9]+$' AND slot_name <> ALL (%s)
"""
_NOT_APPLIED = """
SELECT count(*) FROM pg_file_settings WHERE error = 'setting could not be applied'
"""


def connect(
    sockets: Path, part: Postgres, *, options: str = _IMPATIENT, database: str = "postgres"
) -> Connection:
    """As the superuser, through the socket; psycopg.Error when the server does not serve."""
    return psycopg.connect(
        host=str(sockets),
        port=part.port,
        user=SUPERUSER,
        dbname=database,
        connect_timeout=SECONDS,
        options=options,
        autocommit=True,
    )


def why_not(sockets: Path, part: Postgres, machine: Machine) -> str | None:
    """None when it accepts writes, or follows its primary; else the reason.

    The server is asked for its role: a failover may have given it another than the design's.
    """
    try:
        with connect(sockets, part) as connection:
            row = connection.execute(_STATE).fetchone()
    except psycopg.Error as error:
        return f"it does not answer on its socket: {first_line(error)}"
    assert row is not None
    in_recovery, receiver, upstream = row
    if not in_recovery or receiver == "streaming":
        return None
    return _why_not_streaming(part, machine, upstream)


def settle(sockets: Path, part: Postgres, machine: Machine) -> bool:
    """Makes roles, databases and slots, and tells whether it is the primary: a standby gets the
    first two by replication."""
    try:
        with connect(sockets, part, options=_ALONE) as connection:
            if _ask(connection, "SELECT pg_is_in_recovery()"):
                return False
            for role in (REPLICATOR, MONITOR):
                make_role(connection, role, machine.secret(SECRETS[role]))
            make_login(connection, machine.login(APP), machine.secret(SECRETS[APP]))
            connection.execute(f"GRANT pg_monitor TO {MONITOR}")
            for database in part.databases:
                _make_database(connection, database)
            if has_statements(part.version):
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {STATEMENTS}")
            connection.execute(_DROP_FORMER_SLOTS, (list(part.members),))
            for member in part.members:
                connection.execute(_CREATE_SLOT, {"name": member})
            return True
    except psycopg.Error as error:
        raise TargetError(
            part=part.name,
            doing="making its roles, databases and slots",
            why=first_line(error),
            try_=f"groundplan logs {part.name}",
            retry=isinstance(error, psycopg.OperationalError),
        ) from error


def join(part: Postgres, primary: Postgres, machine: Machine) -> None:
    """Makes sure that the primary keeps WAL for this member from now on."""
    try:
        with _connect_to(primary.address, primary.port, REPLICATOR, machine) as connection:
            connection.execute(_END_FORMER_STREAM, (part.member,))
            connection.execute(_DROP_LOST_SLOT, (part.member,))
            with contextlib.suppress(psycopg.errors.DuplicateObject):
                connection.execute(_CREATE_SLOT, {"name": part.member})
    except psycopg.Error as error:
        raise TargetError(
            part=part.name,
            doing=f"asking {primary.address} for a replication slot",
            why=first_line(error),
            try_="see with `groundplan status` why the server it is to follow does not answer",
            retry=True,
        ) from error


def checkpoint(sockets: Path, part: Postgres) -> None:
    """Writes one now: pg_rewind reads the timeline from it."""
    try:
        with connect(sockets, part, options="") as connection:
            connection.execute("CHECKPOINT")
    except psycopg.Error as error:
        raise TargetError(
            part=part.name,
            doing="writing a checkpoint",
            why=first_line(error),
            try_=f"groundplan logs {part.name}",
            retry=True,
        ) from error


def needs_restart(sockets: Path, part: Postgres) -> bool:
    """Whether the files hold a setting that the running server takes only at a start."""
    try:
        with connect(sockets, part) as connection:
            return bool(_ask(connection, _NOT_APPLIED))
    except psycopg.Error:
        return True


def first_line(error: Exception) -> str:
    """What libpq says, without its indented advice."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), repr(error))


def _why_not_streaming(part: Postgres, machine: Machine, conninfo: str) -> str:
    upstream = conninfo_to_dict(conninfo)
    host, port = str(upstream.get("host", "nobody")), int(upstream.get("port") or part.port)
    try:
        with _connect_to(host, port, MONITOR, machine) as connection:
            row = connection.execute(_SLOT, (part.member,)).fetchone()
    except psycopg.Error as error:
        return f"it is to follow {host}, which does not answer: {first_line(error)}"
    if row is None:
        return f"it is to follow {host}, where its replication slot {part.member} is gone"
    if row[0] == "lost":
        return (
            f"it was away for so long that {host} no longer has the WAL it needs "
            f"(slot {part.member} is lost): it has to be built anew"
        )
    return f"it has not begun to stream from {host}"


def _connect_to(host: str, port: int, role: str, machine: Machine) -> Connection:
    return psycopg.connect(
        host=host,
        port=port,
        user=role,
        password=machine.secret(SECRETS[role]),
        dbname="postgres",
        sslmode="disable",
        connect_timeout=SECONDS,
        options=_IMPATIENT,
        autocommit=True,
    )


def make_login(connection: Connection, login: str, password: str) -> None:
    """A role that services log in as. Another one than APP acts as APP, which owns everything.

    So credentials can be renewed while both logins are let in, and no object changes its owner.
    """
    if not _ask(connection, "SELECT count(*) FROM pg_roles WHERE rolname = %s", APP):
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(APP)))
    make_role(connection, login, password)
    if login != APP:
        names = {"owner": sql.Identifier(APP), "login": sql.Identifier(login)}
        connection.execute(sql.SQL("GRANT {owner} TO {login}").format(**names))
        connection.execute(sql.SQL("ALTER ROLE {login} SET role = {owner}").format(**names))


def end_login(connection: Connection, login: str) -> None:
    """Nobody logs in as that role any more, and its sessions end. APP stays: it owns everything."""
    if not _ask(connection, "SELECT count(*) FROM pg_roles WHERE rolname = %s", login):
        return
    role = sql.Identifier(login)
    connection.execute(sql.SQL("ALTER ROLE {} NOLOGIN PASSWORD NULL").format(role))
    connection.execute(_END_SESSIONS, (login,))
    if login != APP:
        connection.execute(sql.SQL("DROP ROLE {}").format(role))


def make_role(connection: Connection, role: str, password: str) -> None:
    """The server gets only the password's verifier: statements may be logged and counted."""
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    if not _ask(connection, "SELECT count(*) FROM pg_roles WHERE rolname = %s", role):
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    statement = sql.SQL("ALTER ROLE {} {} PASSWORD {}").format(
        sql.Identifier(role), sql.SQL(_ATTRIBUTES.get(role, "LOGIN")), sql.Literal(verifier)
    )
    connection.execute(statement)


def _make_database(connection: Connection, name: str) -> None:
    if _ask(connection, "SELECT count(*) FROM pg_database WHERE datname = %s", name):
        return
    statement = sql.SQL("CREATE DATABASE {} OWNER {}").format(
        sql.Identifier(name), sql.Identifier(APP)
    )
    connection.execute(statement)


def _ask(connection: Connection, query: Any, *values: object) -> Any:
    row = connection.execute(query, values or None).fetchone()
    assert row is not None
    return row[0]
