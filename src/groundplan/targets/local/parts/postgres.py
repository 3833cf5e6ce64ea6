"""PostgreSQL: how a server's data directory is built, started and stopped.

Built once, whole or not at all. After that the data directory decides: `standby.signal` in it makes
a standby, whatever the design says, for a failover may have moved the primary.
"""

import os
import shutil
from pathlib import Path
from typing import ClassVar

from psycopg.conninfo import make_conninfo

from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.targets.local.files import File
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts import postgres_server
from groundplan.targets.local.parts.postgres_files import (
    PASSFILE,
    REPLICATOR,
    RUN,
    SUPERUSER,
    rendered,
)
from groundplan.targets.local.programs import SETPRIV, find, find_postgres
from groundplan.targets.local.recipe import Change, Recipe

SOCKET_PATH_MAX = 107  # sun_path in <sys/un.h>, less its closing zero
BASEBACKUP_SECONDS = 3600
# initdb writes these; ours stand beside the data directory, and two truths are one too many.
_UNUSED = ("postgresql.conf", "pg_hba.conf", "pg_ident.conf")


class PostgresRecipe(Recipe[Postgres]):
    """One server, primary or standby."""

    change: ClassVar[Change] = Change.RELOAD
    stop_signal: ClassVar[str] = "INT"  # fast: sessions end, a checkpoint is written
    stop_seconds: ClassVar[int] = 30  # three times wal_sender_timeout
    ready_seconds: ClassVar[float] = 60
    refuses_root: ClassVar[bool] = True
    keeps_data: ClassVar[bool] = True

    def command(self, part: Postgres, machine: Machine) -> tuple[str, ...]:
        return ("/bin/sh", str(machine.directory(part) / RUN))

    def files(self, part: Postgres, machine: Machine) -> tuple[File, ...]:
        return rendered(part, machine)

    def prepare(self, part: Postgres, machine: Machine) -> None:
        folder = machine.directory(part)
        _make_socket_folder(part, machine)
        for stale in folder.glob("data.new.*"):
            shutil.rmtree(stale, ignore_errors=True)
        if _is_built(folder / "data", part):
            return
        _check_reach(part, machine)
        new = folder / f"data.new.{os.getpid()}"
        try:
            if part.upstream is None:
                _init(part, machine, new)
            else:
                postgres_server.join(part, machine)
                _copy(part, machine, new)
            _rename(new, folder / "data")
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def probe(self, part: Postgres, machine: Machine) -> str | None:
        return postgres_server.why_not(_sockets(part, machine), part, machine)

    def settle(self, part: Postgres, machine: Machine) -> None:
        postgres_server.settle(_sockets(part, machine), part, machine)

    def needs_restart(self, part: Postgres, machine: Machine) -> bool:
        return postgres_server.needs_restart(_sockets(part, machine), part)


def _sockets(part: Postgres, machine: Machine) -> Path:
    """A folder for each server: they share a port, and so the name of the socket."""
    return machine.directory(part) / "run"


def _make_socket_folder(part: Postgres, machine: Machine) -> None:
    folder = _sockets(part, machine)
    socket = folder / f".s.PGSQL.{part.port}"
    if len(os.fsencode(socket)) > SOCKET_PATH_MAX:
        raise TargetError(
            part=part.name,
            doing="placing its socket",
            why=f"its path is longer than {SOCKET_PATH_MAX} bytes: {socket}",
            try_="set GROUNDPLAN_HOME to a folder with a shorter path",
        )
    folder.mkdir(mode=0o700, exist_ok=True)
    if machine.account:
        os.chown(folder, machine.account.uid, machine.account.gid)


def _is_built(data: Path, part: Postgres) -> bool:
    """Whether there is a data directory of the right version; TargetError for another one."""
    if not data.is_dir() or not any(data.iterdir()):
        return False
    try:
        version = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise TargetError(
            part=part.name,
            doing="opening its data directory",
            why=f"{data} holds files, but no PostgreSQL data (PG_VERSION is missing)",
            try_=f"move them away: mv {data} {data}.old",
        ) from None
    if version != part.version:
        raise TargetError(
            part=part.name,
            doing="opening its data directory",
            why=f"it is an old PostgreSQL data directory: {data} was made by PostgreSQL {version}, "
            f"the file asks for {part.version}",
            try_=f"set the database's version to {version} in the file; or upgrade the data with "
            f"pg_upgrade; or, to begin with no data, mv {data} {data}.{version}",
        )
    return True


def _check_reach(part: Postgres, machine: Machine) -> None:
    """PostgreSQL's account has no way into a home directory such as root's."""
    account, folder = machine.account, machine.directory(part)
    if account is None:
        return
    try:
        machine.run(
            part.name,
            "looking at its folder",
            ("/usr/bin/test", "-w", str(folder)),
            account=account,
            workdir=Path("/"),
        )
    except TargetError as error:
        raise TargetError(
            part=part.name,
            doing="building its data directory",
            why=f"the account {account.name}, which PostgreSQL runs under, cannot reach {folder}",
            try_="set GROUNDPLAN_HOME to a folder that every account may enter, for example "
            "/var/lib/groundplan",
        ) from error


def _init(part: Postgres, machine: Machine, new: Path) -> None:
    command = (
        *("--pgdata", str(new)),
        *("--username", SUPERUSER),
        *("--encoding", "UTF8"),
        *("--locale", "C.UTF-8"),
        *("--auth-local", "peer"),
        *("--auth-host", "scram-sha-256"),
        "--data-checksums",
    )
    _run(part, machine, "initdb", command)
    for name in _UNUSED:
        (new / name).unlink()


def _copy(part: Postgres, machine: Machine, new: Path) -> None:
    """A base backup; it leaves standby.signal, and whom to follow in postgresql.auto.conf."""
    upstream = make_conninfo(
        host=part.upstream,
        port=part.port,
        user=REPLICATOR,
        application_name=part.member,
        passfile=str(machine.directory(part) / PASSFILE),
        sslmode="disable",
    )
    command = (
        *("--pgdata", str(new)),
        *("--dbname", upstream),
        *("--slot", part.member),
        *("--wal-method", "stream"),
        *("--checkpoint", "fast"),
        "--write-recovery-conf",
        "--no-password",
        "--no-manifest",
    )
    _run(part, machine, "pg_basebackup", command, seconds=BASEBACKUP_SECONDS)


def _run(
    part: Postgres,
    machine: Machine,
    program: str,
    arguments: tuple[str, ...],
    *,
    seconds: float = 120,
) -> None:
    """Runs it so that it ends when we do: an orphan would hold the slot and fill the disk."""
    machine.run(
        part.name,
        f"building its data directory with {program}",
        (
            *(str(find(SETPRIV)), "--pdeathsig", "KILL", "--"),
            *(str(find_postgres(program, version=part.version)), *arguments),
        ),
        account=machine.account,
        workdir=machine.directory(part),
        seconds=seconds,
    )


def _rename(new: Path, data: Path) -> None:
    """From here on it counts as built, also after a power cut."""
    new.rename(data)
    parent = os.open(data.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
