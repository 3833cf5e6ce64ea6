"""Answers kept in Redis for seconds; without Redis the database answers, and nobody notices.

Entries live in scopes. A write moves its scope to the write's LSN, which makes the scope's
entries invalid at once, and only an answer that has replayed that LSN may be kept in it: a
lagging replica cannot put yesterday back.
"""

import asyncio
import logging
import struct
from contextlib import suppress
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from mvlbim_api.background import begin, end
from mvlbim_api.environment import Environment
from mvlbim_api.metrics import Metrics

_LOG = logging.getLogger("mvlbim.store")
_TIMEOUT_SECONDS = 0.25
_CONNECTIONS_MAX = 16
_REVIVE_SECONDS = 0.5
# Longer than any entry lives, so that no entry outlives the mark that made it invalid.
_SCOPE_SECONDS = 120
_TAG = struct.Struct(">qi")
_DOWN = (RedisError, OSError)
_ADVANCE = """
for _, scope in ipairs(KEYS) do
  if tonumber(redis.call('get', scope) or 0) < tonumber(ARGV[1]) then
    redis.call('set', scope, ARGV[1], 'ex', ARGV[2])
  end
end
"""


class Kept(NamedTuple):
    body: bytes
    revision: int


class Glance(NamedTuple):
    """What the cache has, and the mark under which a fresh answer may be kept."""

    kept: Kept | None
    mark: int | None


class Cache:
    def __init__(self, environment: Environment, metrics: Metrics) -> None:
        self._environment = environment
        self._metrics = metrics
        self._ttl_ms = int(environment.cache_ttl_seconds * 1000)
        # Two versions of the service may write the same thing differently.
        self._entries = f"mvlbim:entry:{environment.service_version}"
        self._redis: Any = None
        self._is_up = False
        self._room = asyncio.Semaphore(_CONNECTIONS_MAX)
        self._down = asyncio.Event()
        self._reviver: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self._redis = _connect(self._environment)
        if self._redis is not None:
            self._down.set()
            self._reviver = begin(self._revive())

    async def close(self) -> None:
        if self._reviver is not None:
            await end([self._reviver])
        if self._redis is not None:
            with suppress(*_DOWN):
                await asyncio.wait_for(self._redis.aclose(), _TIMEOUT_SECONDS)

    async def look(self, scope: str, name: str) -> Glance:
        """Never fails; without Redis there is nothing kept and nothing to keep."""
        found = await self._ask("MGET", _mark(scope), self._entry(scope, name))
        if found is None:
            self._metrics.cache("off")
            return Glance(None, None)
        mark, entry = int(found[0] or 0), found[1]
        if entry is not None and len(entry) >= _TAG.size:
            kept_under, revision = _TAG.unpack_from(entry)
            if kept_under == mark:
                self._metrics.cache("hit")
                return Glance(Kept(entry[_TAG.size :], revision), mark)
        self._metrics.cache("miss")
        return Glance(None, mark)

    async def keep(self, scope: str, name: str, kept: Kept, *, mark: int | None, lsn: int) -> None:
        """Keeps an answer that is as new as the newest write in its scope."""
        if mark is None or lsn < mark:
            return
        value = _TAG.pack(mark, kept.revision) + kept.body
        await self._ask("SET", self._entry(scope, name), value, "PX", self._ttl_ms)

    async def forget(self, scopes: tuple[str, ...], lsn: int) -> None:
        """If this fails, old answers live on for their seconds, never longer."""
        marks = [_mark(scope) for scope in scopes]
        await self._ask("EVAL", _ADVANCE, len(marks), *marks, lsn, _SCOPE_SECONDS)

    def _entry(self, scope: str, name: str) -> str:
        return f"{self._entries}:{scope}:{name}"

    async def _ask(self, *command: str | bytes | int) -> Any:
        """None as long as Redis is down: those who queued behind a timeout do not wait as well."""
        try:
            async with self._room:
                return await self._redis.execute_command(*command) if self._is_up else None
        except Exception as error:
            # Whatever goes wrong with a cache is no reason to fail a request.
            if self._is_up:
                _LOG.warning("lost Redis, going on without: %s %s", type(error).__name__, error)
            self._is_up = False
            self._down.set()
            return None

    async def _revive(self) -> None:
        """While Redis is down only this task asks for it, so no request waits for a timeout."""
        while True:
            await self._down.wait()
            self._down.clear()
            while not self._is_up:
                try:
                    # Old connections may lead to a former master: a write tells.
                    await self._redis.connection_pool.disconnect(inuse_connections=False)
                    await self._redis.set("mvlbim:probe", 1, px=1000)
                    self._is_up = True
                    _LOG.info("Redis is there")
                except Exception as error:
                    _LOG.debug("Redis is not there: %s %s", type(error).__name__, error)
                    await asyncio.sleep(_REVIVE_SECONDS)


def _mark(scope: str) -> str:
    return f"mvlbim:mark:{scope}"


def _connect(environment: Environment) -> Redis | None:
    """One address that always leads to the primary, or Sentinels that know where it is."""
    limits: Any = {
        "socket_timeout": _TIMEOUT_SECONDS,
        "socket_connect_timeout": _TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    if environment.redis_url:
        client: Redis = Redis.from_url(environment.redis_url, **limits)
        return client
    if not environment.redis_sentinels or not environment.redis_master:
        return None
    sentinels = []
    for address in environment.redis_sentinels.split(","):
        host, _, port = address.strip().rpartition(":")
        sentinels.append((host, int(port)))
    group = Sentinel(sentinels, sentinel_kwargs=limits)  # type: ignore[no-untyped-call]
    password = environment.redis_password or None
    found: Redis = group.master_for(environment.redis_master, password=password, **limits)
    return found
