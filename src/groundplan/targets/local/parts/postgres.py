"""PostgreSQL: how a server's data directory is built, started and stopped.

Built once, whole or not at all. After that the data directory decides: `standby.signal` in it makes
a standby, whatever the design says, for a failover may have moved the primary.
"""

import os
from pathlib import Path
from typing import ClassVar

from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.targets.local.backups import pgbackrest
from groundplan.targets.local.files import File
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts import postgres_data, postgres_server
from groundplan.targets.local.parts.postgres_files import RUN, rendered
from groundplan.targets.local.primacy import STANDBY_SIGNAL, claimed, is_fenced, leader
from groundplan.targets.local.recipe import Change, Recipe

SOCKET_PATH_MAX = 107  # sun_path in <sys/un.h>, less its closing zero


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
        if part.archiving:
            pgbackrest.make_folders(part.archiving, machine)
        postgres_data.tidy(part, machine)
        if _is_built(folder / "data", part):
            if is_fenced(part, machine):
                postgres_data.rejoin(part, machine)
            elif _is_replica_since_a_failover(part, machine):
                # It may have been away when the primary changed.
                postgres_data.point_at(part, leader(machine), machine)
            return
        _check_reach(part, machine)
        postgres_data.build(part, machine)

    def waits_for(self, part: Postgres, machine: Machine) -> tuple[str, ...]:
        said = claimed(machine.folder)
        is_replica = (machine.directory(part) / "data" / STANDBY_SIGNAL).exists()
        return () if said is None or said.name == part.name or is_replica else (said.name,)

    def why_down(self, part: Postgres, machine: Machine) -> str | None:
        said = claimed(machine.folder)
        if said is None or not is_fenced(part, machine):
            return None
        return (
            f"it is fenced: {said.name} is the primary since term {said.term}; "
            "it comes back as a replica"
        )

    def probe(self, part: Postgres, machine: Machine) -> str | None:
        return postgres_server.why_not(postgres_data.sockets(part, machine), part, machine)

    def settle(self, part: Postgres, machine: Machine) -> None:
        is_primary = postgres_server.settle(postgres_data.sockets(part, machine), part, machine)
        if part.archiving and is_primary:
            pgbackrest.begin(part, machine)

    def needs_restart(self, part: Postgres, machine: Machine) -> bool:
        return postgres_server.needs_restart(postgres_data.sockets(part, machine), part)


def _is_replica_since_a_failover(part: Postgres, machine: Machine) -> bool:
    said = claimed(machine.folder)
    return (
        said is not None
        and said.name != part.name
        and (machine.directory(part) / "data" / STANDBY_SIGNAL).exists()
    )


def _make_socket_folder(part: Postgres, machine: Machine) -> None:
    folder = postgres_data.sockets(part, machine)
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
