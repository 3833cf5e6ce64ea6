"""How many replicas the load asked for last: a small file, so that the next `up` keeps them.

Only whoever holds the platform's lock writes it. Without it each service has what its file says.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from groundplan.design.design import Design
from groundplan.design.growth import carrying
from groundplan.design.plan import compare
from groundplan.design.release import renewed
from groundplan.design.scale import numbers
from groundplan.ports.folder import SCALE, SOURCE
from groundplan.targets.local import primacy
from groundplan.targets.local.build import Build
from groundplan.targets.local.files import write_if_changed
from groundplan.targets.local.folder import Folder
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.processes.supervisor import Supervisor

LEASE_SECONDS = 30.0  # of weights, while a guest of their rollout builds


def known(folder: Path) -> dict[str, int]:
    """By place; nothing where nobody has scaled yet. A file that is damaged scales nothing."""
    try:
        said = json.loads((folder / SCALE).read_text())
        return {str(place): int(number) for place, number in said.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def keep(folder: Path, wanted: Mapping[str, int]) -> None:
    """From here on these places have so many; the others keep theirs."""
    write_if_changed(folder / SCALE, json.dumps(known(folder) | dict(wanted), indent=1) + "\n")


def forget(folder: Path) -> None:
    """Whoever starts again starts small."""
    (folder / SCALE).unlink(missing_ok=True)


def needed(design: Design, folder: Path) -> Design:
    """The design with the replicas that its home and its load need."""
    return carrying(design, primacy.home(folder), known(folder))


def carry(machine: Machine, supervisor: Supervisor) -> dict[str, list[int]]:
    """Starts and ends replicas until there are as many as needed: of both versions, where two stand
    side by side. Numbers before and after, where they differ.

    Nobody waits until they are ready: their gateways know. Who moves a primary has done so.
    """
    folder = Folder(machine.folder)
    applied = folder.applied()
    if applied is None:
        return {}
    wanted = needed(applied, machine.folder)
    plan = compare(applied, wanted)
    if not plan.is_empty:
        # What is written down of a rollout's lease is old; its rollout lives, for we are its guest.
        design = renewed(wanted, until=time.time() + LEASE_SECONDS)
        source = Path((machine.folder / SOURCE).read_text())
        Build(
            machine=replace(machine, design=design, source=source),
            folder=folder,
            supervisor=supervisor,
            report=lambda _: None,
            waits=False,
        ).run(plan)
    return _differences(applied, wanted)


def _differences(before: Design, after: Design) -> dict[str, list[int]]:
    old, new = numbers(before), numbers(after)
    return {
        place: [old.get(place, 0), new.get(place, 0)]
        for place in {**old, **new}
        if old.get(place, 0) != new.get(place, 0)
    }
