"""The server in a copy's folder: its files, and what is asked of it while it runs.

It hears nobody but its own socket and sends no log: else a drill would write into the repository
that it proves.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.ports.archive import Fault, Table, What
from groundplan.targets.local.backups.contents import connected, counted, tables_of
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.postgres_files import rendered
from groundplan.targets.local.processes.programs import SETPRIV, find, find_postgres

RECOVER_SECONDS = 3600
STOP_SECONDS = 60
LOG = "server.log"
_CONF = """
# A copy, made from a backup: what differs from the server above.
archive_mode = off
listen_addresses = ''
synchronous_standby_names = ''
primary_conninfo = ''
"""
RESET = (
    "restore_command", "recovery_target", "recovery_target_time", "recovery_target_lsn",
    "recovery_target_inclusive", "recovery_target_action", "recovery_target_timeline",
)  # fmt: skip
_START = """\
#!/bin/sh
# Starts the restored server; Ctrl-C stops it.
# To ask it: psql -h {sockets} -p {port} -U postgres {database}
exec {postgres} -D {data} -c config_file={config} "$@"
"""


class CopyServer:
    """One copy. `model` is the server of the platform that it is like."""

    def __init__(self, folder: Path, model: Postgres, machine: Machine) -> None:
        self.folder = folder
        self._model = model
        self._machine = machine

    def tables(self) -> tuple[Table, ...]:
        """What is in every table, while it runs."""
        return tuple(table for name in self._model.databases for table in self._tables_of(name))

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """The copy as a server that has recovered and may be written to; stopped at the end."""
        with (self.folder / LOG).open("ab") as log:
            server = subprocess.Popen(
                (
                    *(str(find(SETPRIV)), "--pdeathsig", "KILL", "--"),
                    str(find_postgres("postgres", version=self._model.version)),
                    *("-D", str(self.folder / "data")),
                    *("-c", f"config_file={self.folder}/postgresql.conf"),
                ),
                **self._as_account(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self._wait(server)
            self._forget_recovery()
            yield
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()

    def write_files(self) -> None:
        """The server's own files, with a copy's settings at the end, which win."""
        part = replace(self._model, archiving=None, synchronous=())
        real = str(self._machine.directory(part))
        account = self._machine.account
        for file in rendered(part, self._machine):
            if not file.path.endswith(".conf"):
                continue
            text = file.text.replace(real, str(self.folder))
            path = self.folder / file.path
            path.write_text(text + (_CONF if file.path == "postgresql.conf" else ""))
            if account:
                os.chown(path, account.uid, account.gid)
        start = _START.format(
            sockets=self.folder / "run",
            port=part.port,
            database=part.databases[0],
            postgres=find_postgres("postgres", version=part.version),
            data=self.folder / "data",
            config=self.folder / "postgresql.conf",
        )
        (self.folder / "start.sh").write_text(start)
        (self.folder / "start.sh").chmod(0o755)

    def _wait(self, server: subprocess.Popen[bytes]) -> None:
        """Until it has replayed all that it was to replay."""
        deadline = time.monotonic() + RECOVER_SECONDS
        while not self._is_open():
            if server.poll() is not None or time.monotonic() > deadline:
                raise TargetError(
                    part="copy",
                    doing="recovering a restored database",
                    why=_last_error(self.folder / LOG),
                    try_=f"read {self.folder / LOG}; "
                    "`groundplan backup verify` names what is missing in the repositories",
                )
            time.sleep(0.05)

    def _is_open(self) -> bool:
        try:
            with connected(self.folder / "run", self._model, "postgres") as connection:
                return connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
        except psycopg.OperationalError:
            return False

    def _forget_recovery(self) -> None:
        """A copy of this server would else stop where this one did."""
        with connected(self.folder / "run", self._model, "postgres") as connection:
            for setting in RESET:
                connection.execute(f"ALTER SYSTEM RESET {setting}".encode())

    def _tables_of(self, database: str) -> tuple[Table, ...]:
        with connected(self.folder / "run", self._model, database) as connection:
            return tuple(counted(connection, database, tables_of(connection)))

    def amcheck(self) -> Iterator[Fault]:
        words: tuple[str, ...] = (
            "--host",
            str(self.folder / "run"),
            "--username",
            "postgres",
            "--no-password",
        )
        words += ("--port", str(self._model.port), "--install-missing", "--heapallindexed", "--all")
        code, said = self._tool("pg_amcheck", *words)
        if code != 0:
            yield Fault(what=What.CORRUPT_PAGE, where="pg_amcheck", why=_short(said))

    def checksums(self) -> Iterator[Fault]:
        code, said = self._tool("pg_checksums", "--check", "--pgdata", str(self.folder / "data"))
        if code != 0:
            yield Fault(what=What.CORRUPT_PAGE, where="pg_checksums", why=_short(said))

    def _tool(self, name: str, *words: str) -> tuple[int, str]:
        program = str(find_postgres(name, version=self._model.version))
        result = subprocess.run(
            (program, *words),
            **self._as_account(),
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=RECOVER_SECONDS,
            check=False,
        )
        return result.returncode, result.stderr + result.stdout

    def _as_account(self) -> dict[str, Any]:
        account = self._machine.account
        if account is None:
            return {}
        return {"user": account.uid, "group": account.gid, "extra_groups": []}


def _last_error(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    bad = [line for line in lines if "FATAL" in line or "PANIC" in line]
    return (bad or lines or ["it says nothing"])[-1]


def _short(said: str) -> str:
    lines = [
        line.strip() for line in said.splitlines() if "error" in line.lower() or "heap" in line
    ]
    return "; ".join(lines[:3])[:300] or said[-300:]
