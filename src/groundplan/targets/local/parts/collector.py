"""The collector: groundplan's own process that reads what all parts write, and keeps it."""

import json
import sys
import time
from typing import ClassVar

from groundplan.design.parts import Collector
from groundplan.ports.records import COLLECTOR
from groundplan.targets.local.files import File
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.recipe import Change, Recipe

LATE_SECONDS = 30.0  # a round of several megabytes on a busy machine is shorter


class CollectorRecipe(Recipe[Collector]):
    """One collector for the whole platform."""

    change: ClassVar[Change] = Change.RESTART
    stop_seconds: ClassVar[int] = 20

    def command(self, part: Collector, machine: Machine) -> tuple[str, ...]:
        return (sys.executable, "-m", "groundplan.agent.keepers.collector", str(machine.folder))

    def files(self, part: Collector, machine: Machine) -> tuple[File, ...]:
        return ()

    def prepare(self, part: Collector, machine: Machine) -> None:
        (machine.folder / COLLECTOR).unlink(missing_ok=True)

    def probe(self, part: Collector, machine: Machine) -> str | None:
        try:
            said = json.loads((machine.folder / COLLECTOR).read_text())
        except (OSError, ValueError):
            return "it has not ended a round yet"
        late = time.time() - said["at"]
        if late > LATE_SECONDS:
            return f"its last round ended {late:.0f} s ago"
        return next(iter(said["troubles"].values()), None)
