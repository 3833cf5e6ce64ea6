"""The agent: groundplan's own process. It is told the folder and reads the rest from there."""

import json
import sys
from typing import ClassVar

from groundplan.design.parts import Agent
from groundplan.ports.door import ask_agent
from groundplan.targets.local.files import File
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.recipe import Change, Recipe

SECONDS = 2


class AgentRecipe(Recipe[Agent]):
    """One agent for the whole platform."""

    change: ClassVar[Change] = Change.RELOAD
    reload_signal: ClassVar[str] = ""  # it watches design.json

    def command(self, part: Agent, machine: Machine) -> tuple[str, ...]:
        return (sys.executable, "-m", "groundplan.agent", str(machine.folder))

    def files(self, part: Agent, machine: Machine) -> tuple[File, ...]:
        return ()

    def probe(self, part: Agent, machine: Machine) -> str | None:
        try:
            status, body = ask_agent(machine.folder, "/v1/healthz", seconds=SECONDS)
        except OSError as error:
            return f"it does not answer: {error}"
        if status == 200:
            return None
        troubles = json.loads(body).get("troubles", {})
        told = [troubles[name] for name in ("ledger", "design", "operations") if name in troubles]
        return told[0] if told else "no round of it has ended lately"
