"""The regions of a platform on this machine: where the edge sends whoever names none."""

from groundplan.design.parts import Edge
from groundplan.errors import TargetError
from groundplan.targets.local import primacy, scale
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
        """`move_home` has written it down; how many replicas follows from that."""
        return scale.carry(self._machine, self._supervisor)

    def _why_not(self, edge: Edge) -> str | None:
        return recipe_of(edge).probe(edge, self._machine)
