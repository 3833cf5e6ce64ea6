"""Breaks parts of a platform on this machine for a drill, for real, and mends them.

What was done is written down before it is done: whoever comes after a kill can mend it.
"""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg

from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.targets.local.files import write_if_changed
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts import postgres_server
from groundplan.targets.local.processes.supervisor import Supervisor, wait_until
from groundplan.targets.local.recovery import small_disk

STOPPERS = 8
DOWN_SECONDS = 30
PAGE_BYTES = 8192
FLIPPED_BYTES = 16
# Enough rows to push the table's pages out of the server's own cache (shared_buffers).
_ROWS = """
CREATE SCHEMA IF NOT EXISTS groundplan_drill;
DROP TABLE IF EXISTS groundplan_drill.page;
CREATE TABLE groundplan_drill.page AS SELECT n, repeat('x', 900) AS filler
FROM generate_series(1, 2000) n;
CHECKPOINT
"""
_EVICT = """
CREATE TABLE IF NOT EXISTS groundplan_drill.crowd (n int, filler text);
TRUNCATE groundplan_drill.crowd;
INSERT INTO groundplan_drill.crowd SELECT n, repeat('y', 900) FROM generate_series(1, %s) n;
CHECKPOINT
"""
_FILE = "SELECT pg_relation_filepath('groundplan_drill.page')"


class LocalFaults:
    """The faults of one platform; `faults.json` in its folder tells which there are."""

    def __init__(self, machine: Machine, supervisor: Supervisor) -> None:
        self._machine, self._supervisor = machine, supervisor
        self._file = machine.folder / "faults.json"

    def kill(self, parts: tuple[str, ...]) -> None:
        """Kills all at once, and keeps them down, whoever would start them.

        They are stopped where they are before the supervisor hears of it: else one that it has just
        started again, or that ends in order, is a region that is not quite lost.
        """
        self._note("down", parts)
        for part in parts:
            self._supervisor.hold(part)
        self._freeze(parts)
        with ThreadPoolExecutor(max_workers=STOPPERS) as pool:
            list(pool.map(lambda part: self._supervisor.stop(part, wait=False), parts))
        self.crash(parts)
        if not wait_until(lambda: not self._killed(parts), seconds=DOWN_SECONDS):
            raise TargetError(
                part=", ".join(self._pids(parts)),
                doing="killing it for a drill",
                why=f"it runs {DOWN_SECONDS} s after SIGKILL",
                try_="look at the machine's load and its disks, then repeat the drill",
            )

    def crash(self, parts: tuple[str, ...]) -> None:
        """Kills all at once; the supervisor starts them again."""
        for process in tuple(self._processes(parts)):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def hang(self, parts: tuple[str, ...]) -> None:
        """SIGSTOP for the whole of each part."""
        self._note("hung", parts)
        self._freeze(parts)

    def lag(self, part: str) -> None:
        """Hangs the process that receives the log of a replica, as a broken line would."""
        self._note("hung", (part,))
        for process in tuple(self._processes((part,))):
            with contextlib.suppress(psutil.NoSuchProcess):
                if "walreceiver" in " ".join(process.cmdline()):
                    process.suspend()

    def corrupt(self) -> str:
        """Flips bytes in the middle of a page that the server does not have in its memory."""
        part, connection = self._primary()
        with connection:
            database = part.databases[0]
            path = self._make_page(part, database)
            offset = PAGE_BYTES + PAGE_BYTES // 2
            with path.open("r+b") as stream:
                stream.seek(offset)
                byte = stream.read(FLIPPED_BYTES)
                stream.seek(offset)
                stream.write(bytes(value ^ 0xFF for value in byte))
                stream.flush()
                os.fsync(stream.fileno())
        return f"{part.name}: {FLIPPED_BYTES} bytes of page 1 of groundplan_drill.page"

    def fill(self, repository: str) -> str:
        """A small disk over the folder of the repository, without room."""
        database = self._machine.design.backups.database
        places = database.archiving.repositories if database else ()
        for place in sorted(places, key=lambda each: each.region != repository):
            folder = self._machine.folder / place.directory
            self._note("full", (str(folder),))
            small_disk.fill(folder)
            return f"the disk of the repository in {place.region} is full"
        raise TargetError(
            part="drill",
            doing="filling the disk of a repository",
            why="the file asks for no backups of the database",
            try_="write backup.database, then `groundplan up`",
        )

    def mend(self) -> None:
        """Starts what was kept down, lets go on what hangs, takes full disks away."""
        known = self._known()
        for folder in known.get("full", ()):
            small_disk.empty(Path(folder))
        for process in tuple(self._processes(known.get("hung", ()))):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()
        for part in known.get("down", ()):
            self._supervisor.let_go(part)
            # One that may not start as it is (a fenced primary) says so itself.
            with contextlib.suppress(TargetError):
                self._supervisor.start(part)
        self._file.unlink(missing_ok=True)

    def _freeze(self, parts: tuple[str, ...]) -> None:
        for process in tuple(self._processes(parts)):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()

    def _killed(self, parts: tuple[str, ...]) -> dict[str, int]:
        """Kills once more what had begun to live in between, and tells what that was."""
        alive = self._pids(parts)
        self.crash(tuple(alive))
        return alive

    def _make_page(self, part: Postgres, database: str) -> Path:
        """The file of a table on disk, with nothing of it left in memory."""
        crowd = part.shared_buffers_mb * 1500
        sockets = self._machine.directory(part) / "run"
        with postgres_server.connect(
            sockets, part, options="-c synchronous_commit=local", database=database
        ) as connection:
            for statement in (_ROWS, _EVICT % crowd):
                for line in statement.split(";"):
                    connection.execute(line)
            row = connection.execute(_FILE).fetchone()
        assert row is not None
        return self._machine.directory(part) / "data" / str(row[0])

    def _primary(self) -> tuple[Postgres, postgres_server.Connection]:
        for part in self._machine.design.parts:
            if isinstance(part, Postgres):
                with contextlib.suppress(psycopg.Error):
                    sockets = self._machine.directory(part) / "run"
                    connection = postgres_server.connect(sockets, part)
                    row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
                    if row == (False,):
                        return part, connection
                    connection.close()
        raise TargetError(
            part="database",
            doing="looking for the primary",
            why="no server accepts writes",
            try_="groundplan status",
            retry=True,
        )

    def _pids(self, parts: Iterable[str]) -> dict[str, int]:
        rows = self._supervisor.programs()
        return {name: row.pid for name, row in rows.items() if name in set(parts) and row.pid}

    def _processes(self, parts: Iterable[str]) -> Iterator[psutil.Process]:
        """Every process of the parts: the one that is supervised, and its children."""
        for pid in self._pids(parts).values():
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                yield process
                yield from process.children(recursive=True)

    def _note(self, what: str, parts: tuple[str, ...]) -> None:
        known = self._known()
        known[what] = tuple(dict.fromkeys((*known.get(what, ()), *parts)))
        write_if_changed(self._file, json.dumps(known), mode=0o600)

    def _known(self) -> dict[str, tuple[str, ...]]:
        try:
            known = json.loads(self._file.read_text())
        except FileNotFoundError:
            return {}
        return {what: tuple(parts) for what, parts in known.items()}
