"""Stops a platform: the parts that nobody needs first, then the supervisor, then what is left."""

import time
from collections.abc import Iterable
from pathlib import Path

from groundplan.design.design import Design
from groundplan.targets.local.parts.registry import recipe_of
from groundplan.targets.local.preflight import ports_of
from groundplan.targets.local.processes.leftovers import end_leftovers
from groundplan.targets.local.processes.supervisor import Supervisor, wait_until
from groundplan.targets.local.progress import Progress, Report, Stage


def stop_all(design: Design, folder: Path, supervisor: Supervisor, report: Report) -> None:
    """Stops every part of what is built in a folder."""
    began = time.monotonic()
    for wave in reversed(tuple(design.waves())):
        running = {name for name, row in supervisor.programs().items() if row.pid}
        names = {part.name: part for part in wave if part.name in running}
        for name in names:
            supervisor.stop(name, wait=False)
        seconds = 5.0 + max(
            (recipe_of(part).stops_within(part) for part in names.values()), default=0
        )
        wait_until(lambda: _are_stopped(supervisor, names), seconds=seconds)  # noqa: B023
        for part in names.values():
            passed = time.monotonic() - began
            event = Progress(
                part=part.name,
                site=part.site,
                stage=Stage.REMOVED,
                message="",
                seconds=passed,
            )
            report(event)
    supervisor.shut_down()
    places = {
        (part.address, port): folder / part.directory
        for part in design.parts
        for port in ports_of(part)
    }
    wait_until(lambda: not end_leftovers(places), seconds=5)


def _are_stopped(supervisor: Supervisor, names: Iterable[str]) -> bool:
    rows = supervisor.programs()
    return all(name not in rows or rows[name].pid is None for name in names)
