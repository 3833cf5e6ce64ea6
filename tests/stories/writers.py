"""Writers with idempotency keys against PostgreSQL, and what became of each key.

They reach the primary as services do: by a list of hosts of which one takes writes. A key is
acknowledged, or nobody knows; whoever is acknowledged has to be there at the end.
"""

import asyncio
import contextlib
import itertools
import threading
import time
from dataclasses import dataclass, field

import psycopg

WORKERS = 8
ANSWER_SECONDS = 1.0
CONNECT_SECONDS = 8.0  # libpq waits 2 s for each host that is cut off
TABLE = "CREATE TABLE IF NOT EXISTS written (key bigint PRIMARY KEY, at timestamptz DEFAULT now())"
INSERT = "INSERT INTO written (key) VALUES (%s) ON CONFLICT DO NOTHING"


@dataclass(slots=True, kw_only=True)
class Writers:
    """`per_second` writes in all, from now until `stop`."""

    dsn: str
    per_second: float
    acknowledged: dict[int, float] = field(default_factory=dict)  # key: when
    unknown: set[int] = field(default_factory=set)
    began: float = 0.0
    ended: float = 0.0
    _keys: itertools.count = field(default_factory=lambda: itertools.count(1))
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> "Writers":
        with psycopg.connect(self.dsn, connect_timeout=5, autocommit=True) as connection:
            connection.execute(TABLE)
            row = connection.execute("SELECT coalesce(max(key), 0) + 1 FROM written").fetchone()
        assert row is not None
        self._keys = itertools.count(row[0])
        self.began = time.monotonic()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._write()), daemon=True)
        self._thread.start()
        return self

    def stop(self) -> "Writers":
        self._stop.set()
        assert self._thread is not None
        self._thread.join(timeout=30)
        assert not self._thread.is_alive(), "the writers did not end within 30 s"
        self.ended = time.monotonic()
        return self

    def rate(self) -> float:
        return len(self.acknowledged) / (self.ended - self.began)

    def silence_after(self, moment: float) -> float | None:
        """Seconds from a moment to the next write that was sent and acknowledged after the gap."""
        gap = self.gap_after(moment)
        return gap[1] - moment if gap else None

    def gap_after(self, moment: float) -> tuple[float, float] | None:
        """The longest time without an acknowledged write: from when to when."""
        times = sorted(at for at in self.acknowledged.values() if at >= moment)
        pairs = itertools.pairwise([moment, *times])
        return max(pairs, key=lambda pair: pair[1] - pair[0]) if times else None

    def lost(self) -> set[int]:
        """Acknowledged keys that are not there now."""
        with psycopg.connect(self.dsn, connect_timeout=5, autocommit=True) as connection:
            there = {row[0] for row in connection.execute("SELECT key FROM written")}
        return self.acknowledged.keys() - there

    async def _write(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(WORKERS):
                group.create_task(self._worker(number))

    async def _worker(self, number: int) -> None:
        pause = WORKERS / self.per_second
        due = time.monotonic() + pause * number / WORKERS
        connection: psycopg.AsyncConnection | None = None
        while not self._stop.is_set():
            key = next(self._keys)
            try:
                if connection is None:
                    connection = await self._connect()
                async with asyncio.timeout(ANSWER_SECONDS):
                    await connection.execute(INSERT, (key,))
                self.acknowledged[key] = time.monotonic()
            except (psycopg.Error, OSError, TimeoutError):
                self.unknown.add(key)
                await _drop(connection)
                connection = None
                await asyncio.sleep(0.02)
            due = max(due + pause, time.monotonic() - 0.2)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await _drop(connection)

    async def _connect(self) -> psycopg.AsyncConnection:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await psycopg.AsyncConnection.connect(
                self.dsn, connect_timeout=2, autocommit=True
            )


async def _drop(connection: psycopg.AsyncConnection | None) -> None:
    """Without a farewell: the other side may be stopped."""
    if connection is not None:
        connection.pgconn.finish()
        with contextlib.suppress(psycopg.Error, OSError):
            await connection.close()


def dsn_of(hosts: tuple[str, ...], password: str, database: str) -> str:
    return (
        f"host={','.join(hosts)} port=5432 user=app password={password} dbname={database} "
        "sslmode=disable target_session_attrs=read-write application_name=writers"
    )
