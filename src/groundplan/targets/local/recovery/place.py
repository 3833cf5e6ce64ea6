"""The database in its place: its servers under the supervisor, and its primary's data directory.

Every call looks at what is there first, so that it can be made again after a crash.
"""

import os
import shutil
import time
from pathlib import Path

import psycopg

from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.ports.databases import Claim
from groundplan.targets.local import primacy
from groundplan.targets.local.backups.archive import LocalArchive
from groundplan.targets.local.backups.aside import PREFIX
from groundplan.targets.local.backups.copy_server import RECOVER_SECONDS, RESET
from groundplan.targets.local.parts import postgres_server
from groundplan.targets.local.parts.registry import recipe_of
from groundplan.targets.local.processes import launch
from groundplan.targets.local.processes.supervisor import Supervisor, wait_until

STOP_SECONDS = 60


class LocalPlace:
    """The servers of the platform's database on this machine."""

    def __init__(self, archive: LocalArchive, primary: Postgres) -> None:
        self._machine = archive.machine
        self._servers = archive.servers
        self._primary = primary
        self._supervisor = Supervisor(archive.machine.folder)

    def fetched_to(self, mark: str) -> str:
        return str(self._folder(self._primary) / f"restored.{mark}")

    def stop(self) -> None:
        self._supervisor.ensure_up()
        replicas = [part for part in self._servers if part != self._primary]
        for part in (*replicas, self._primary):  # the primary last: it waits for nobody then
            self._stop(part)

    def swap(self, mark: str) -> str:
        data, aside = self._folder(self._primary) / "data", self._aside(mark)
        fetched = Path(self.fetched_to(mark)) / "data"
        if not aside.exists():
            data.rename(aside)
        if fetched.exists():
            if data.exists():  # a crash came between the two, and something was made anew there
                shutil.rmtree(data)
            fetched.rename(data)
        shutil.rmtree(fetched.parent, ignore_errors=True)
        _sync(data.parent)
        return str(aside)

    def swap_back(self, mark: str) -> None:
        data, aside = self._folder(self._primary) / "data", self._aside(mark)
        self.stop()
        if aside.exists():
            shutil.rmtree(data, ignore_errors=True)
            aside.rename(data)
            _sync(data.parent)
        shutil.rmtree(self.fetched_to(mark), ignore_errors=True)
        for part in self._servers:
            self._supervisor.start(part.name)
        self._wait_open()

    def claim(self) -> Claim:
        said = primacy.claimed(self._machine.folder)
        return said or Claim(name=self._primary.name, term=0)

    def name_primary(self, claim: Claim) -> None:
        primacy.claim(self._machine.folder, claim)

    def start(self) -> None:
        part = self._primary
        launch.write(part, recipe_of(part), self._machine)
        self._supervisor.start(part.name)
        self._wait_open()
        with postgres_server.connect(self._folder(part) / "run", part) as connection:
            for setting in (*RESET, "archive_mode"):
                connection.execute(f"ALTER SYSTEM RESET {setting}".encode())
            connection.execute("SELECT pg_reload_conf()")
        recipe_of(part).settle(part, self._machine)

    def rebuild(self) -> tuple[str, ...]:
        done = []
        for part in self._servers:
            if part == self._primary:
                continue
            self._stop(part)
            shutil.rmtree(self._folder(part) / "data", ignore_errors=True)
            recipe = recipe_of(part)
            recipe.prepare(part, self._machine)
            self._supervisor.start(part.name)
            done.append(part.name)
        return tuple(done)

    def _stop(self, part: Postgres) -> None:
        self._supervisor.stop(part.name)
        if not wait_until(lambda: not self._runs(part), seconds=STOP_SECONDS):
            raise TargetError(
                part=part.name,
                doing="stopping it",
                why=f"it still runs after {STOP_SECONDS} s",
                try_=f"groundplan logs {part.name}",
                retry=True,
            )

    def _runs(self, part: Postgres) -> bool:
        row = self._supervisor.programs().get(part.name)
        return row is not None and row.pid is not None

    def _wait_open(self) -> None:
        part, deadline = self._primary, time.monotonic() + RECOVER_SECONDS
        while not self._is_open():
            row = self._supervisor.programs().get(part.name)
            if row is None or row.state in ("backoff", "fatal") or time.monotonic() > deadline:
                raise TargetError(
                    part=part.name,
                    doing="recovering its restored data",
                    why=launch.last_lines(part, self._machine.folder).strip() or "it ends at once",
                    try_=f"groundplan logs {part.name}",
                )
            time.sleep(0.05)

    def _is_open(self) -> bool:
        part = self._primary
        try:
            with postgres_server.connect(self._folder(part) / "run", part) as connection:
                return connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
        except psycopg.Error:
            return False

    def _folder(self, part: Postgres) -> Path:
        return self._machine.directory(part)

    def _aside(self, mark: str) -> Path:
        return self._folder(self._primary) / f"{PREFIX}{mark}"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
