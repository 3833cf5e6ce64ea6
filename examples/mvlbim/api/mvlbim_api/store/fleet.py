"""The PostgreSQL servers together: who is asked to read, who is the primary, who is too late.

Reads go to the first server of the read URL that can serve them, at last to any server at all.
Writes go to the primary, wherever it is now; without one they are refused at once.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import asyncpg

from mvlbim_api.background import begin, end
from mvlbim_api.environment import Environment
from mvlbim_api.metrics import Metrics
from mvlbim_api.spans import Spans
from mvlbim_api.store.address import Address, addresses_of
from mvlbim_api.store.host import LOST, Connection, Host, HostBusyError, HostLostError, Seen
from mvlbim_api.web.problem import ProblemError, unavailable

T = TypeVar("T")
Work = Callable[[Connection], Awaitable[T]]

ALWAYS = 2**62
"""Beyond every LSN: an answer from the primary lacks nothing; a write nobody can place is last."""

_CALM_SECONDS = 1.0
_ALERT_SECONDS = 0.2
_LAG_SECONDS_MAX = 30.0
_CATCH_UP_SECONDS = 0.25
_SECOND_LOOK_SECONDS = 0.25
_CATCH_UP_PAUSE_SECONDS = 0.01
_REPLAYED = """
select case when pg_is_in_recovery() then (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint end
"""
_WRITTEN = "select (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint"


class Answer(NamedTuple, Generic[T]):
    value: T
    lsn: int
    """At least everything up to here is in the answer."""


@dataclass(slots=True)
class _Reading(Generic[T]):
    """One read on its way from server to server."""

    operation: str
    work: Work[T]
    at_least: int
    is_behind: bool = False
    was_lost: bool = False


class Fleet:
    def __init__(
        self, environment: Environment, metrics: Metrics, spans: Spans, schema_needed: int
    ) -> None:
        writers = addresses_of(environment.database_url)
        readers = addresses_of(environment.database_read_url)
        known: dict[str, Address] = {one.name: one for one in (*readers, *writers)}
        self._hosts = tuple(
            Host(one, pool_size=environment.database_pool_size, schema_needed=schema_needed)
            for one in known.values()
        )
        self._writable = frozenset(one.name for one in writers)
        self._schema_needed = schema_needed
        self._metrics = metrics
        self._spans = spans
        self._watches: list[asyncio.Task[None]] = []
        # What the primary had written, and when: a replica that still lacks an old entry lags.
        self._marks: deque[tuple[float, int]] = deque()
        self._marks_of: tuple[str, int] | None = None

    async def open(self) -> None:
        for host in self._hosts:
            await host.open()
            self._watches.append(begin(host.watch(self._pause)))

    async def close(self) -> None:
        await end(self._watches)
        await asyncio.gather(*(host.close() for host in self._hosts))

    def _pause(self, host: Host) -> float:
        primary = self._primary()
        if primary is not None:
            self._mark(*primary)
        return _ALERT_SECONDS if primary is None or host.seen is None else _CALM_SECONDS

    def _primary(self) -> tuple[Host, Seen] | None:
        """Of two servers that accept writes, the one promoted last is the primary."""
        found: tuple[Host, Seen] | None = None
        for host in self._hosts:
            seen = host.seen
            if seen is None or not seen.is_writable or host.name not in self._writable:
                continue
            if found is None or seen.timeline > found[1].timeline:
                found = (host, seen)
        return found

    def why_not_ready(self) -> str:
        """Empty while reads can be served."""
        if not self._hosts:
            return "no database: DATABASE_URL is not set"
        if not all(host.was_looked_for for host in self._hosts):
            return "still looking for PostgreSQL"
        if any(host.may_serve for host in self._hosts):
            return ""
        schemas = [host.seen.schema for host in self._hosts if host.seen is not None]
        if schemas:
            return (
                f"the database has schema {max(schemas)}, this version needs "
                f"{self._schema_needed}: run python -m mvlbim_api migrate"
            )
        lost = (f"{host.name} ({host.why_lost})" for host in self._hosts)
        return f"no PostgreSQL answers: {', '.join(lost)}"

    async def read(self, operation: str, work: Work[T], *, at_least: int = 0) -> Answer[T]:
        """The answer of the first server that can give it and has replayed far enough."""
        reading = _Reading(operation, work, at_least)
        answer = await self._read_from_any(reading)
        if answer is None and reading.was_lost:
            # The watches look again at once: maybe it was a connection, not a server.
            await asyncio.sleep(_SECOND_LOOK_SECONDS)
            answer = await self._read_from_any(reading)
        if answer is not None:
            return answer
        if reading.is_behind:
            raise unavailable("no server within reach has replayed that write yet")
        raise unavailable(self.why_not_ready() or "the database was lost on the way")

    async def _read_from_any(self, reading: "_Reading[T]") -> Answer[T] | None:
        for host in sorted(self._hosts, key=self._is_late):
            if not host.may_serve:
                continue
            try:
                async with host.lend() as connection:
                    lsn = await self._reach(host, connection, reading.at_least)
                    if lsn is None:
                        reading.is_behind = True
                        continue
                    with self._watched(reading.operation, host):
                        return Answer(await reading.work(connection), lsn)
            except (HostLostError, asyncpg.SerializationError):
                # The second: a replica had to replay what the query stood in the way of.
                reading.was_lost = True
            except HostBusyError as busy:
                # Too much work for one server is not spread to those of other regions.
                raise _busy() from busy
        return None

    async def write(self, operation: str, work: Work[T]) -> Answer[T]:
        """One transaction on the primary; the answer's LSN is where readers find it."""
        primary = self._primary()
        if primary is None or not primary[0].may_serve:
            reason = "no primary database within reach" if primary is None else ""
            raise unavailable(f"{reason or self.why_not_ready()}; reads go on")
        try:
            async with primary[0].lend() as connection:
                with self._watched(operation, primary[0]):
                    async with connection.transaction():
                        value = await work(connection)
                return Answer(value, await _written(connection))
        except HostLostError as lost:
            raise unavailable(
                "the primary database was lost on the way, the write may or may not have "
                "happened; repeat it with the same Idempotency-Key"
            ) from lost
        except HostBusyError as busy:
            raise _busy() from busy

    @contextmanager
    def _watched(self, operation: str, host: Host) -> Iterator[None]:
        with self._metrics.query(operation), self._spans.asking(operation, host.name):
            yield

    async def _reach(self, host: Host, connection: Connection, at_least: int) -> int | None:
        """How far the server has come; None if it does not come far enough in time."""
        seen = host.seen
        if seen is None:
            return None
        if seen.is_writable:
            return ALWAYS
        reached, deadline = seen.lsn, time.monotonic() + _CATCH_UP_SECONDS
        while reached < at_least:
            # Null once the server is promoted: then it lacks nothing.
            reached = await connection.fetchval(_REPLAYED) or ALWAYS
            if reached < at_least:
                if time.monotonic() >= deadline:
                    return None
                await asyncio.sleep(_CATCH_UP_PAUSE_SECONDS)
        return reached

    def _mark(self, host: Host, seen: Seen) -> None:
        if self._marks_of != (host.name, seen.timeline):
            self._marks_of = (host.name, seen.timeline)
            self._marks.clear()
        now = time.monotonic()
        if not self._marks or seen.lsn > self._marks[-1][1]:
            self._marks.append((now, seen.lsn))
        while len(self._marks) > 1 and now - self._marks[1][0] > _LAG_SECONDS_MAX:
            self._marks.popleft()

    def _is_late(self, host: Host) -> bool:
        """Whether it still lacks what the primary had written a long while ago."""
        if host.seen is None or not self._marks:
            return False
        written, lsn = self._marks[0]
        return host.seen.lsn < lsn and time.monotonic() - written > _LAG_SECONDS_MAX


async def _written(connection: Connection) -> int:
    """Where the log ends now. The write is committed: whatever happens here, it succeeded."""
    try:
        lsn: int = await connection.fetchval(_WRITTEN)
    except (*LOST, asyncpg.PostgresError, asyncpg.InterfaceError):
        return ALWAYS
    return lsn


def _busy() -> ProblemError:
    return unavailable("every database connection is in use")
