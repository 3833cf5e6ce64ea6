"""A PostgreSQL data directory: made by initdb, copied from the primary, or brought back to it.

A directory that is being made has another name: what is called `data` is whole.
"""

import os
import shutil
from pathlib import Path

from psycopg.conninfo import make_conninfo

from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.targets.local.files import write_if_changed
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts import postgres_server
from groundplan.targets.local.parts.postgres_files import PASSFILE, REPLICATOR, SUPERUSER
from groundplan.targets.local.primacy import STANDBY_SIGNAL, leader
from groundplan.targets.local.processes.programs import SETPRIV, find, find_postgres

BASEBACKUP_SECONDS = 3600
# initdb writes these; ours stand beside the data directory, and two truths are one too many.
_UNUSED = ("postgresql.conf", "pg_hba.conf", "pg_ident.conf")
_AUTO_CONF = "postgresql.auto.conf"
_OF_A_ROLE = ("primary_conninfo", "primary_slot_name", "synchronous_standby_names")


def tidy(part: Postgres, machine: Machine) -> None:
    """Removes what an interrupted run left."""
    for pattern in ("data.new.*", "data.former.*"):
        for stale in machine.directory(part).glob(pattern):
            shutil.rmtree(stale, ignore_errors=True)


def build(part: Postgres, machine: Machine) -> None:
    """A data directory: empty for the primary, a copy of the primary's for all others."""
    folder = machine.directory(part)
    new = folder / f"data.new.{os.getpid()}"
    primary = leader(machine)
    try:
        if primary.name == part.name:
            _init(part, machine, new)
        else:
            postgres_server.join(part, primary, machine)
            _copy(part, primary, machine, new)
        _put_in_place(new, folder / "data")
    finally:
        shutil.rmtree(new, ignore_errors=True)


def rejoin(part: Postgres, machine: Machine) -> str:
    """Makes a stopped server a replica of the primary; tells how: "rewound" or "rebuilt".

    pg_rewind copies what differs since the two parted; when it cannot, everything is copied.
    """
    primary = leader(machine)
    assert primary.name != part.name, part.name
    data = machine.directory(part) / "data"
    try:
        postgres_server.checkpoint(sockets(primary, machine), primary)
        (data / "postmaster.pid").unlink(missing_ok=True)
        _rewind(part, primary, machine)
    except TargetError:
        build(part, machine)
        return "rebuilt"
    point_at(part, primary, machine)
    return "rewound"


def sockets(part: Postgres, machine: Machine) -> Path:
    """A folder for each server: they share a port, and so the name of the socket."""
    return machine.directory(part) / "run"


def conninfo(part: Postgres, primary: Postgres, machine: Machine) -> str:
    """How a replica reaches the server that it follows."""
    return make_conninfo(
        host=primary.address,
        port=primary.port,
        user=REPLICATOR,
        application_name=part.member,
        passfile=str(machine.directory(part) / PASSFILE),
        sslmode="disable",
    )


def point_at(part: Postgres, primary: Postgres, machine: Machine) -> None:
    """Makes a stopped server's data directory that of a replica: whom to follow, then the sign."""
    data = machine.directory(part) / "data"
    auto = data / _AUTO_CONF
    kept = [
        line
        for line in (auto.read_text().splitlines() if auto.exists() else [])
        if line.partition("=")[0].strip() not in _OF_A_ROLE
    ]
    ours = {
        "primary_conninfo": conninfo(part, primary, machine),
        "primary_slot_name": part.member,
        "synchronous_standby_names": "",
    }
    lines = [*kept, *(f"{name} = {_quoted(value)}" for name, value in ours.items())]
    owner = machine.account.uid if machine.account else -1
    write_if_changed(auto, "\n".join(lines) + "\n", mode=0o600, owner=owner)
    write_if_changed(data / STANDBY_SIGNAL, "\n", mode=0o600, owner=owner)


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


def _copy(part: Postgres, primary: Postgres, machine: Machine, new: Path) -> None:
    """A base backup; it leaves standby.signal, and whom to follow in postgresql.auto.conf."""
    command = (
        *("--pgdata", str(new)),
        *("--dbname", conninfo(part, primary, machine)),
        *("--slot", part.member),
        *("--wal-method", "stream"),
        *("--checkpoint", "fast"),
        "--write-recovery-conf",
        "--no-password",
        "--no-manifest",
    )
    _run(part, machine, "pg_basebackup", command, seconds=BASEBACKUP_SECONDS)


def _rewind(part: Postgres, primary: Postgres, machine: Machine) -> None:
    """As the superuser, who comes in by the socket alone: both servers are on this machine."""
    source = make_conninfo(
        host=str(sockets(primary, machine)),
        port=primary.port,
        user=SUPERUSER,
        dbname="postgres",
    )
    folder = machine.directory(part)
    command = (
        *("--target-pgdata", str(folder / "data")),
        *("--source-server", source),
        *("--config-file", str(folder / "postgresql.conf")),
    )
    _run(part, machine, "pg_rewind", command, seconds=BASEBACKUP_SECONDS)


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


def _put_in_place(new: Path, data: Path) -> None:
    """From here on it counts as built, also after a power cut. What was there before goes."""
    former = data.with_name(f"data.former.{os.getpid()}")
    if data.exists():
        data.rename(former)
    new.rename(data)
    parent = os.open(data.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
    shutil.rmtree(former, ignore_errors=True)


def _quoted(text: str) -> str:
    """A string as postgresql.conf wants it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
