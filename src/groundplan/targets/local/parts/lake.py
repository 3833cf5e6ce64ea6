"""The lake: groundplan's own process that takes rows in, and lets files age."""

import sys
from typing import ClassVar

from groundplan.design.parts import Lake
from groundplan.targets.local.files import File
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.http import trouble
from groundplan.targets.local.recipe import Change, Recipe


class LakeRecipe(Recipe[Lake]):
    """One lake for the whole platform."""

    change: ClassVar[Change] = Change.RESTART
    stop_seconds: ClassVar[int] = 20

    def command(self, part: Lake, machine: Machine) -> tuple[str, ...]:
        return (sys.executable, "-m", "groundplan.agent.keepers.lake", str(machine.folder))

    def files(self, part: Lake, machine: Machine) -> tuple[File, ...]:
        return ()

    def probe(self, part: Lake, machine: Machine) -> str | None:
        return trouble(part.address, part.port)
