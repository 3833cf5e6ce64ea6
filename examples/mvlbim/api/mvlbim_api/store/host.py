"""One PostgreSQL server as this process sees it: a pool to work with, and a watch over it.

The watch has a connection of its own, so that a busy pool never looks like a dead server. A
server in doubt is not used until the watch has seen it again: no request waits to find out.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg

from mvlbim_api.store.address import Address

Connection: TypeAlias = Any
"""asyncpg ships no types."""

_LOG = logging.getLogger("mvlbim.store")
_CONNECT_SECONDS = 2.0
_COMMAND_SECONDS = 2.0
_LOOK_SECONDS = 2.0
_BORROW_SECONDS = 1.0
_GIVE_BACK_SECONDS = 0.5
_IDLE_SECONDS = 60.0
# The server gives up first, so that only a server that hangs runs into our own limit.
_SERVER_SETTINGS = {
    "application_name": "mvlbim-api",
    "statement_timeout": "1800ms",
    "lock_timeout": "1000ms",
    "idle_in_transaction_session_timeout": "5000ms",
}

LOST = (
    OSError,  # refused, reset, unreachable, and TimeoutError
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    # "Another operation is in progress": the server's farewell arrived just before a question.
    asyncpg.InternalClientError,
)

# The timeline tells an old primary that came back from the one that was promoted since.
_LOOK = """
select not s.is_standby and not current_setting('transaction_read_only')::bool as is_writable,
       case when s.is_standby then 0
            else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint
       end as timeline,
       coalesce((case when s.is_standby then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end
         - '0/0'::pg_lsn)::bigint, 0) as lsn
from (select pg_is_in_recovery() as is_standby) s
"""
_SCHEMA_EXISTS = "select to_regclass('schema_migrations') is not null"
_SCHEMA_VERSION = "select coalesce(max(version), 0) from schema_migrations where phase = 'expand'"


class HostLostError(Exception):
    """The server did not answer as a server should; what was asked may or may not be done."""


class HostBusyError(Exception):
    """The server is there; every connection this process may have to it is in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The server at the last look."""

    is_writable: bool
    timeline: int
    lsn: int
    schema: int


class Host:
    def __init__(self, address: Address, *, pool_size: int, schema_needed: int) -> None:
        self.name = address.name
        self.seen: Seen | None = None
        self.why_lost = ""
        self.was_looked_for = False
        self._dsn = address.dsn
        self._pool_size = pool_size
        self._pool: Any = None
        self._schema_needed = schema_needed
        self._schema_seen = 0
        self._watcher: Connection = None
        self._doubted = asyncio.Event()

    @property
    def may_serve(self) -> bool:
        return self.seen is not None and self.seen.schema >= self._schema_needed

    async def open(self) -> None:
        """Needs no server: the pool connects when it is first used."""
        self._pool = await asyncpg.create_pool(
            self._dsn,
            min_size=0,
            max_size=self._pool_size,
            max_inactive_connection_lifetime=_IDLE_SECONDS,
            # Work leaves no session state behind, so the usual reset (a round trip) is not needed.
            reset=_leave_as_is,
            timeout=_CONNECT_SECONDS,
            command_timeout=_COMMAND_SECONDS,
            server_settings=_SERVER_SETTINGS,
        )

    async def close(self) -> None:
        if self._watcher is not None:
            self._watcher.terminate()
        if self._pool is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._pool.close(), _GIVE_BACK_SECONDS)
            self._pool.terminate()

    def doubt(self, reason: Exception) -> None:
        self._lose(reason)
        self._doubted.set()

    def _lose(self, reason: Exception) -> None:
        words = f"{type(reason).__name__} {reason}".strip()
        if self.seen is not None or words != self.why_lost:
            _LOG.warning("lost PostgreSQL %s: %s", self.name, words)
        self.seen, self.why_lost = None, words

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Connection]:
        connection = await self._borrow()
        try:
            yield connection
        except asyncpg.ReadOnlySQLTransactionError as demoted:
            self.doubt(demoted)
            raise HostLostError(self.name) from demoted
        except (*LOST, asyncpg.InterfaceError) as error:
            # asyncpg also calls its caller's mistakes InterfaceError; then the connection lives.
            if isinstance(error, asyncpg.InterfaceError) and _lives(connection):
                raise
            if isinstance(error, asyncpg.InternalClientError):
                _cut(connection)
            self.doubt(error)
            raise HostLostError(self.name) from error
        finally:
            # A connection that cannot be given back in time is cut off by the pool.
            with suppress(*LOST):
                await self._pool.release(connection, timeout=_GIVE_BACK_SECONDS)

    async def _borrow(self) -> Connection:
        try:
            return await self._pool.acquire(timeout=_BORROW_SECONDS)
        except asyncpg.TooManyConnectionsError as full:
            raise HostBusyError(self.name) from full
        except LOST as error:
            is_full = self._pool.get_size() >= self._pool_size
            if isinstance(error, TimeoutError) and is_full and self.seen is not None:
                raise HostBusyError(self.name) from error
            self.doubt(error)
            raise HostLostError(self.name) from error

    async def watch(self, pause: Callable[["Host"], float]) -> None:
        """Looks for ever: at once when in doubt, else after a pause."""
        while True:
            self._doubted.clear()
            seen = await self._look()
            if seen is not None and self.seen is None:
                role = "primary" if seen.is_writable else "replica"
                _LOG.info("PostgreSQL %s is there, a %s", self.name, role)
            self.seen = seen
            self.was_looked_for = True
            with suppress(TimeoutError):
                await asyncio.wait_for(self._doubted.wait(), pause(self))

    async def _look(self) -> Seen | None:
        try:
            if self._watcher is None or self._watcher.is_closed():
                self._watcher = await asyncpg.connect(
                    self._dsn, timeout=_CONNECT_SECONDS, server_settings=_SERVER_SETTINGS
                )
            row = await self._watcher.fetchrow(_LOOK, timeout=_LOOK_SECONDS)
            return Seen(**row, schema=await self._look_at_schema())
        except (*LOST, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            self._lose(error)
            if self._watcher is not None:
                self._watcher.terminate()
            return None

    async def _look_at_schema(self) -> int:
        """Schemas only grow, so what was once enough is not asked again."""
        if self._schema_seen < self._schema_needed and await self._watcher.fetchval(
            _SCHEMA_EXISTS, timeout=_LOOK_SECONDS
        ):
            self._schema_seen = await self._watcher.fetchval(_SCHEMA_VERSION, timeout=_LOOK_SECONDS)
        return self._schema_seen


async def _leave_as_is(_connection: Connection) -> None:
    pass


def _lives(connection: Connection) -> bool:
    """The pool takes a connection back when it closes, and then refuses to tell."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False


def _cut(connection: Connection) -> None:
    with suppress(asyncpg.InterfaceError):
        connection.terminate()
