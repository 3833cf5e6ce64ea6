"""What must be true of the machine before anything is built, all complaints at once."""

import contextlib
import errno
import shutil
import socket
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import psutil

from groundplan.design.parts import AnyPart, Collector, Gateway, Postgres, Tracer
from groundplan.errors import TargetError
from groundplan.targets.local.inotify import lacking, look
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.registry import recipe_of
from groundplan.targets.local.processes.leftovers import end_leftovers, holders, listening
from groundplan.targets.local.processes.programs import SETPRIV, find, find_postgres
from groundplan.targets.local.processes.supervisor import wait_until

FREE_BYTES_MIN = 512 * 1024 * 1024  # a PostgreSQL cluster is 40-55 MB, WAL comes on top
PORT_SECONDS = 5.0  # a part whose supervisor was killed needs a moment to let go of its port


def preflight(machine: Machine, starting: Iterable[AnyPart], *, more: Counter[str]) -> None:
    """Raises one TargetError that names everything that stands in the way.

    `more` counts the inotify instances that parts, running or not, are about to take besides.
    """
    parts = tuple(starting)
    complaints = [
        *_missing_programs(parts),
        *_closed_folders(machine),
        *_disk(machine.folder),
        *_ports(machine, parts),
        *_instances(more),
    ]
    if not complaints:
        return
    first = complaints[0]
    raise TargetError(
        part=first.part,
        doing="checking the machine (nothing was built or changed)",
        why="; ".join(dict.fromkeys(complaint.why for complaint in complaints)),
        try_="; ".join(dict.fromkeys(complaint.try_ for complaint in complaints)),
        retry=any(complaint.retry for complaint in complaints),
    )


def _missing_programs(parts: tuple[AnyPart, ...]) -> Iterator[TargetError]:
    wanted = {program: None for part in parts for program in recipe_of(part).programs}
    for program in (SETPRIV, *wanted):
        try:
            find(program)
        except TargetError as error:
            yield error
    for version in {part.version for part in parts if isinstance(part, Postgres)}:
        try:
            find_postgres("postgres", version=version)
        except TargetError as error:
            yield error


def _closed_folders(machine: Machine) -> Iterator[TargetError]:
    """PostgreSQL runs under an account of its own, which must be able to reach its folder."""
    if machine.account is None:
        return
    for folder in (machine.folder, *machine.folder.parents):
        status = folder.stat()
        if status.st_uid != machine.account.uid and not status.st_mode & stat.S_IXOTH:
            yield TargetError(
                part="folder",
                doing="checking who can reach it",
                why=f"the account {machine.account.name} cannot enter {folder}",
                try_=f"chmod o+x {folder}, or set GROUNDPLAN_HOME to an open folder",
            )


def _disk(folder: Path) -> Iterator[TargetError]:
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES_MIN:
        yield TargetError(
            part="disk",
            doing="checking the disk",
            why=f"{folder} has {free // 2**20} MB left, {FREE_BYTES_MIN // 2**20} MB are needed",
            try_="free some space, or set GROUNDPLAN_HOME to another disk",
        )


def instances_more(acted: Iterable[AnyPart], standing: Mapping[str, AnyPart]) -> Counter[str]:
    """The inotify instances that each part will take besides those that it has, if it stands."""
    more = Counter({part.name: recipe_of(part).instances(part) for part in acted})
    more.subtract({name: recipe_of(part).instances(part) for name, part in standing.items()})
    return +more


def _instances(more: Counter[str]) -> Iterator[TargetError]:
    """Envoy ends with a backtrace when it gets none: in a rollout, too, that gives it a cluster."""
    wanted = more.total()
    if wanted > 0 and (complaint := lacking(wanted, look(wanted), part=next(iter(more)))):
        yield complaint


def ports_of(part: AnyPart) -> tuple[int, ...]:
    """The ports that a part listens on, at its address."""
    if isinstance(part, Collector):
        return ()
    if isinstance(part, Tracer):
        return (part.port, part.grpc_port, part.query_port)
    return (part.port, part.admin_port) if isinstance(part, Gateway) else (part.port,)


def _ports(machine: Machine, parts: tuple[AnyPart, ...]) -> Iterator[TargetError]:
    wanted = {(part.address, port): part for part in parts for port in ports_of(part)}
    places = {place: machine.directory(part) for place, part in wanted.items()}

    def are_free() -> bool:
        taken = {place: folder for place, folder in places.items() if not _can_bind(place)}
        if taken:
            end_leftovers(taken)
        return not taken

    wait_until(are_free, seconds=PORT_SECONDS, every=0.1)
    for (address, port), part in wanted.items():
        if not _can_bind((address, port)):
            yield TargetError(
                part=part.name,
                doing="checking its port",
                why=f"{part.name} needs {address}:{port}, which {_who(address, port)} holds",
                try_="end that process, or change `local.entry` or `local.network` in the file",
                retry=True,
            )


def _can_bind(place: tuple[str, int]) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except OSError as error:
            return error.errno != errno.EADDRINUSE
    return True


def _who(address: str, port: int) -> str:
    for process in holders(address, port, listening()):
        with contextlib.suppress(psutil.Error):
            return f"`{process.name()}` (process {process.pid})"
    return "another process"
