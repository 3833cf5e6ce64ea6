"""The witness of a drill: reads through the edge and writes to the database, as users do.

Its rows stand in a schema of its own, which goes with it. It is no load test: so many a second.
"""

import itertools
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from groundplan.agent.sampling.line import Line
from groundplan.agent.sampling.postgres import first_line
from groundplan.agent.sampling.probes import HEADERS, probe_paths
from groundplan.design.design import Design
from groundplan.design.parts import Edge, Postgres
from groundplan.errors import TargetError
from groundplan.operations.recovery.drill.measure import is_calm
from groundplan.ports.folder import SECRETS
from groundplan.ports.witness import Attempt, Sort
from groundplan.targets.local.recovery import asking

SCHEMA = "groundplan_drill"
READERS, WRITERS = 2, 2
PAUSE_SECONDS = 0.02
PATIENCE_SECONDS = 2.0  # an attempt that takes longer has failed
LATELY = 4000  # attempts: more than there are in a calm of some seconds
SECONDS_MAX = 3600.0  # nobody watches for ever
LOGIN = "postgres-app-login"
_TABLE = f"""
CREATE SCHEMA IF NOT EXISTS {SCHEMA};
CREATE TABLE IF NOT EXISTS {SCHEMA}.write (key text PRIMARY KEY, at timestamptz DEFAULT now())
"""
_WRITE = f"INSERT INTO {SCHEMA}.write (key) VALUES ('%s') RETURNING 1"


class AgentWitness:
    """One witness for one drill."""

    def __init__(self, design: Design, folder: Path) -> None:
        self._design, self._folder = design, folder
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._attempts: list[Attempt] = []
        self._threads: list[threading.Thread] = []
        self._until = 0.0

    def begin(self) -> None:
        """Makes its table and begins."""
        if self._threads:
            return
        self._until = time.monotonic() + SECONDS_MAX
        loops: list[Callable[[], None]] = []
        if self._edge() and probe_paths(self._design):
            loops += [self._read] * READERS
        if self._hosts():
            with self._connected() as connection:
                connection.execute(_TABLE)
            loops += [self._write] * WRITERS
        self._threads = [threading.Thread(target=loop, daemon=True) for loop in loops]
        for thread in self._threads:
            thread.start()

    def is_watching(self) -> bool:
        """Whether its threads are there: a killed process has none."""
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)

    def settles(self, *, calm_seconds: float, seconds: float) -> bool:
        """Looks again and again, within the bound; no when nobody watches any more."""
        began, deadline = time.time(), time.monotonic() + seconds
        while time.monotonic() < deadline and self.is_watching():
            now = time.time()
            calm = is_calm(self.attempts()[-LATELY:], now=now, seconds=calm_seconds)
            if now - began >= calm_seconds and calm:
                return True
            time.sleep(PAUSE_SECONDS)
        return False

    def attempts(self) -> tuple[Attempt, ...]:
        """Everything so far."""
        with self._lock:
            return tuple(self._attempts)

    def present(self) -> frozenset[str]:
        """The keys that the primary has."""
        if not self._hosts():
            return frozenset()
        try:
            with self._connected() as connection:
                rows = connection.execute(f"SELECT key FROM {SCHEMA}.write").fetchall()
        except psycopg.Error as error:
            raise TargetError(
                part="database",
                doing="looking which writes are there",
                why=first_line(error),
                try_="groundplan status",
                retry=True,
            ) from error
        return frozenset(key for (key,) in rows)

    def end(self) -> None:
        """Stops. Rows that cannot be taken away now go with the next drill."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=2 * PATIENCE_SECONDS)
        self._threads = []
        if self._hosts():
            with suppress(psycopg.Error), self._connected() as connection:
                connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")

    def _read(self) -> None:
        edge = self._edge()
        assert edge is not None
        line = Line(edge.address, edge.port, seconds=PATIENCE_SECONDS)
        for path in itertools.cycle(probe_paths(self._design)):
            if self._is_over():
                break
            sent, why = time.time(), ""
            try:
                status, _ = line.get(path, HEADERS)
                why = f"{path} answers {status}" if status >= 500 else ""
            except OSError as error:
                line.close()
                why = f"{path}: {error}"
            self._note(Sort.READ, sent, why)
        line.close()

    def _write(self) -> None:
        connection: psycopg.Connection | None = None
        while not self._is_over():
            key, sent, why = str(uuid.uuid4()), time.time(), ""
            try:
                connection = connection or self._connected()
                deadline = time.monotonic() + PATIENCE_SECONDS
                asking.row(connection.pgconn, (_WRITE % key).encode(), deadline=deadline)
            except (psycopg.Error, OSError) as error:
                why = first_line(error)
                if connection is not None:
                    connection.close()
                connection = None
            self._note(Sort.WRITE, sent, why, key)
        if connection is not None:
            connection.close()

    def _is_over(self) -> bool:
        return self._stop.wait(PAUSE_SECONDS) or time.monotonic() > self._until

    def _note(self, sort: Sort, sent: float, why: str, key: str = "") -> None:
        attempt = Attempt(
            sort=sort, sent=sent, ended=time.time(), is_served=not why, key=key, why=why
        )
        with self._lock:
            self._attempts.append(attempt)

    def _edge(self) -> Edge | None:
        return next((part for part in self._design.parts if isinstance(part, Edge)), None)

    def _hosts(self) -> tuple[Postgres, ...]:
        return tuple(part for part in self._design.parts if isinstance(part, Postgres))

    def _connected(self) -> psycopg.Connection:
        """To whoever accepts writes, with the credentials that count now."""
        servers, secrets = self._hosts(), self._folder / SECRETS
        login = secrets / LOGIN
        place = make_conninfo(
            host=",".join(server.address for server in servers),
            port=",".join(str(server.port) for server in servers),
            user=login.read_text() if login.exists() else "app",
            password=(secrets / "postgres-app").read_text(),
            dbname=servers[0].databases[0],
            target_session_attrs="read-write",
            application_name="groundplan-drill",
            connect_timeout=2,
            sslmode="disable",
        )
        return psycopg.connect(place, autocommit=True)
