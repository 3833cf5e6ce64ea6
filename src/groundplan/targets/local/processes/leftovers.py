"""Processes that a killed part or supervisor left behind: workers that still hold a part's port.

A process is one of ours only when it listens where the part will and its working directory is the
part's own folder, or its environment names that folder (start.sh exports PART_VARIABLE).
"""

import contextlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path

import psutil

PART_VARIABLE = "GROUNDPLAN_PART"
Listening = dict[tuple[str, int], tuple[psutil.Process, ...]]


def listening() -> Listening:
    """Who listens where, as far as we may see."""
    found: dict[tuple[str, int], tuple[psutil.Process, ...]] = {}
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.pid and connection.laddr:
            place = (connection.laddr.ip, connection.laddr.port)
            with contextlib.suppress(psutil.NoSuchProcess):
                found[place] = (*found.get(place, ()), psutil.Process(connection.pid))
    return found


def holders(address: str, port: int, found: Listening) -> tuple[psutil.Process, ...]:
    """The processes that keep us from listening there; wildcard listeners count."""
    places = ((address, port), ("0.0.0.0", port), ("::", port))
    return tuple(process for place in places for process in found.get(place, ()))


def end_leftovers(places: Mapping[tuple[str, int], Path]) -> bool:
    """Ends what earlier runs of parts left behind where they listen; tells whether that was any.

    `places` maps each address and port to its part's folder. Of several workers that share a socket
    only one is seen at a time: repeat until there is none.
    """
    found = listening()
    ours = [
        process
        for (address, port), directory in places.items()
        for process in holders(address, port, found)
        if _is_ours(directory, process)
    ]
    for process in ours:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    return bool(ours)


def end_all_in(directory: Path, *, also: int | None = None) -> bool:
    """Kills whatever works in a directory, and one process besides; tells whether that was any."""
    where = str(directory.resolve())
    found = set() if also is None else {also}
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):  # it has ended, or it is not ours to look into
            if os.readlink(link) == where:
                found.add(int(link.parent.name))
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return bool(found)


def _is_ours(directory: Path, process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        if Path(process.cwd()).is_relative_to(directory):
            return True
        return process.environ().get(PART_VARIABLE) == str(directory)
    return False
