"""The lake: groundplan's own process that takes rows in, and lets files age."""

import json
import os
import sys
from typing import ClassVar

from groundplan.design.parts import Lake
from groundplan.ports.folder import AWS_VARIABLES
from groundplan.targets.local.files import File, write_if_changed
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.http import trouble
from groundplan.targets.local.recipe import Change, Recipe


class LakeRecipe(Recipe[Lake]):
    """One lake for the whole platform."""

    change: ClassVar[Change] = Change.RESTART
    stop_seconds: ClassVar[int] = 20

    def command(self, part: Lake, machine: Machine) -> tuple[str, ...]:
        return (sys.executable, "-m", "groundplan.agent.keepers.lake", str(machine.folder))

    def prepare(self, part: Lake, machine: Machine) -> None:
        """Keeps what the AWS environment says now; what it does not say stays as it was."""
        own = {key: text for key, text in os.environ.items() if key.startswith("AWS_")}
        if part.buckets and own:
            write_if_changed(machine.folder / AWS_VARIABLES, json.dumps(own), mode=0o600)

    def files(self, part: Lake, machine: Machine) -> tuple[File, ...]:
        return ()

    def probe(self, part: Lake, machine: Machine) -> str | None:
        return trouble(part.address, part.port)
