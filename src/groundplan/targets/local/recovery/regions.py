"""The regions of a platform on this machine: where the edge sends whoever names none."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from groundplan.design.design import Design
from groundplan.design.growth import carrying
from groundplan.design.parts import Edge, Service
from groundplan.design.plan import compare
from groundplan.errors import TargetError
from groundplan.ports.folder import SOURCE
from groundplan.targets.local import primacy
from groundplan.targets.local.build import Build
from groundplan.targets.local.folder import Folder
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.registry import recipe_of
from groundplan.targets.local.processes import launch
from groundplan.targets.local.processes.supervisor import Supervisor, wait_until


class LocalRegions:
    """The edge, as operations move it."""

    def __init__(self, machine: Machine, supervisor: Supervisor) -> None:
        self._machine = machine
        self._supervisor = supervisor
        self._edges = tuple(part for part in machine.design.parts if isinstance(part, Edge))

    def home(self) -> str:
        return primacy.home(self._machine.folder) or self._machine.design.regions[0].name

    def move_home(self, region: str) -> None:
        primacy.move_home(self._machine.folder, region)
        running = self._supervisor.programs()
        for edge in self._edges:
            launch.write(edge, recipe_of(edge), self._machine)
            row = running.get(edge.name)
            if row is None or row.pid is None:
                continue  # it reads its files when it starts
            self._supervisor.signal(edge.name, recipe_of(edge).reload_signal)
            if not wait_until(lambda: self._why_not(edge) is None, seconds=10):  # noqa: B023
                raise TargetError(
                    part=edge.name,
                    doing=f"sending requests to {region}",
                    why=self._why_not(edge) or "it took too long",
                    try_=f"groundplan logs {edge.name}",
                    retry=True,
                )

    def carry(self, region: str) -> dict[str, list[int]]:
        folder = Folder(self._machine.folder)
        applied = folder.applied()
        if applied is None:
            return {}
        wanted = carrying(applied, region)
        source = Path((self._machine.folder / SOURCE).read_text())
        machine = replace(self._machine, design=wanted, source=source)
        plan = compare(applied, wanted)
        if not plan.is_empty:
            Build(
                machine=machine, folder=folder, supervisor=self._supervisor, report=lambda _: None
            ).run(plan)
        return _differences(applied, wanted)

    def _why_not(self, edge: Edge) -> str | None:
        return recipe_of(edge).probe(edge, self._machine)


def _differences(before: Design, after: Design) -> dict[str, list[int]]:
    counts = [
        Counter(f"{p.site}/{p.service}" for p in design.parts if isinstance(p, Service))
        for design in (before, after)
    ]
    names = dict.fromkeys(name for count in counts for name in count)
    return {
        name: [count[name] for count in counts]
        for name in names
        if counts[0][name] != counts[1][name]
    }
