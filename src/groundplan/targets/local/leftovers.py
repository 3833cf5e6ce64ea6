"""Processes that a killed part or supervisor left behind: workers that still hold a part's port.

A process is one of ours only when it listens where the part will and its working directory is the
part's own folder, or its environment names that folder (start.sh exports PART_VARIABLE).
"""

import contextlib
from collections.abc import Iterator
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


def end_leftovers(directory: Path, processes: tuple[psutil.Process, ...]) -> None:
    """Ends those of the processes that an earlier run of the part in `directory` left behind."""
    for process in _ours(directory, processes):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _ours(directory: Path, processes: tuple[psutil.Process, ...]) -> Iterator[psutil.Process]:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            works_there = Path(process.cwd()).is_relative_to(directory)
            if works_there or process.environ().get(PART_VARIABLE) == str(directory):
                yield process
