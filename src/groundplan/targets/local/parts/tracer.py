"""The tracer: groundplan's own process that takes spans, keeps traces and shows them."""

import sys
from typing import ClassVar

from groundplan.design.parts import Tracer
from groundplan.targets.local.files import File
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.http import trouble
from groundplan.targets.local.recipe import Change, Recipe


class TracerRecipe(Recipe[Tracer]):
    """One tracer for the whole platform."""

    change: ClassVar[Change] = Change.RESTART
    stop_seconds: ClassVar[int] = 20

    def command(self, part: Tracer, machine: Machine) -> tuple[str, ...]:
        return (sys.executable, "-m", "groundplan.agent.keepers.tracer", str(machine.folder))

    def files(self, part: Tracer, machine: Machine) -> tuple[File, ...]:
        return ()

    def probe(self, part: Tracer, machine: Machine) -> str | None:
        return trouble(part.address, part.port)
