"""The database's schema in numbered steps, each applied once, in order, by one runner at a time.

A step's phase says when it is safe: `expand` before a release (old and new versions both work
with it), `contract` only after the old version is gone.
"""

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from mvlbim_api.store.address import Address
from mvlbim_api.store.host import LOST, Connection

MIGRATIONS = Path(__file__).parent / "migrations"

_FILE_NAME = re.compile(r"(?P<version>\d{4})_(?P<name>[a-z0-9_]+)\.sql")
_PHASE = re.compile(r"\A-- phase: (?P<phase>expand|contract)\n-- why: \S")
_LOCK = 0x6D766C62696D  # "mvlbim": any number that no other runner uses.
_CONNECT_SECONDS = 2.0
_LOCK_WAIT = "60s"
# A step that waits for a table's lock makes all later statements on it wait as well.
_TABLE_LOCK_WAIT = "3s"
_RECORDS = """
create table if not exists schema_migrations (
    version     integer primary key,
    name        text not null,
    phase       text not null check (phase in ('expand', 'contract')),
    checksum    text not null,
    applied_at  timestamptz not null default now(),
    seconds     double precision not null
)
"""
_RECORD = """
insert into schema_migrations (version, name, phase, checksum, seconds) values ($1, $2, $3, $4, $5)
"""
_IS_WRITABLE = "select not current_setting('transaction_read_only')::bool"


class SchemaError(Exception):
    """The schema cannot be brought to where this version wants it; says why and what to try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    version: int
    name: str
    phase: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations_in(folder: Path) -> tuple[Migration, ...]:
    found = [_migration(file) for file in sorted(folder.glob("*.sql"))]
    versions = [one.version for one in found]
    if versions != list(range(1, len(found) + 1)):
        raise SchemaError(f"{folder}: versions are {versions}; number them from 1 without gaps")
    return tuple(found)


def version_needed(migrations: tuple[Migration, ...]) -> int:
    """What the service cannot do without: contracting steps only take away."""
    return max((one.version for one in migrations if one.phase == "expand"), default=0)


def _migration(file: Path) -> Migration:
    sql = file.read_text(encoding="utf-8")
    named, head = _FILE_NAME.fullmatch(file.name), _PHASE.match(sql)
    if named is None:
        raise SchemaError(f"{file}: name it like 0001_what_it_does.sql")
    if head is None:
        raise SchemaError(
            f"{file}: begin it with '-- phase: expand' or contract, then '-- why: ...'"
        )
    return Migration(
        version=int(named["version"]), name=named["name"], phase=head["phase"], sql=sql
    )


async def find_primary(addresses: tuple[Address, ...]) -> Connection:
    """A connection to the first server that accepts writes."""
    said = []
    for address in addresses:
        try:
            connection = await asyncpg.connect(address.dsn, timeout=_CONNECT_SECONDS)
            if await connection.fetchval(_IS_WRITABLE):
                return connection
            connection.terminate()
            said.append(f"{address.name} is read-only")
        except (*LOST, asyncpg.PostgresError) as error:
            said.append(f"{address.name}: {type(error).__name__} {error}".strip())
    raise ConnectionError("; ".join(said) or "DATABASE_URL is not set")


async def migrate(
    connection: Connection,
    migrations: tuple[Migration, ...],
    *,
    expand_only: bool,
    say: Callable[[str], None],
) -> int:
    """Applies what is missing and returns how many steps that was."""
    await connection.execute(f"set lock_timeout = '{_LOCK_WAIT}'")
    try:
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
    except asyncpg.LockNotAvailableError:
        raise SchemaError(
            f"another migration has been running for {_LOCK_WAIT}; try again when it is done"
        ) from None
    await connection.execute(_RECORDS)
    pending = _pending(migrations, await _applied(connection))
    applied = 0
    for migration in pending:
        if expand_only and migration.phase == "contract":
            say(f"{_label(migration)} waits, with all after it: it takes something away")
            break
        seconds = await _apply(connection, migration)
        say(f"{_label(migration)} applied in {seconds:.2f} s")
        applied += 1
    return applied


async def _applied(connection: Connection) -> dict[int, str]:
    rows = await connection.fetch("select version, checksum from schema_migrations")
    return {row["version"]: row["checksum"] for row in rows}


def _pending(migrations: tuple[Migration, ...], applied: dict[int, str]) -> list[Migration]:
    """A database ahead of this version is fine: an older version sees one in a rollback."""
    for migration in migrations:
        if applied.get(migration.version, migration.checksum) != migration.checksum:
            raise SchemaError(
                f"{_label(migration)} was changed after it had been applied; "
                "put the file back and write a new step"
            )
    return [one for one in migrations if one.version not in applied]


async def _apply(connection: Connection, migration: Migration) -> float:
    started = time.monotonic()
    try:
        async with connection.transaction():
            await connection.execute(f"set local lock_timeout = '{_TABLE_LOCK_WAIT}'")
            await connection.execute(migration.sql)
            seconds = time.monotonic() - started
            await connection.execute(
                _RECORD,
                migration.version,
                migration.name,
                migration.phase,
                migration.checksum,
                seconds,
            )
    except asyncpg.PostgresError as error:
        raise SchemaError(f"{_label(migration)} was not applied: {error}") from error
    return seconds


def _label(migration: Migration) -> str:
    return f"{migration.version:04} {migration.name} ({migration.phase})"
