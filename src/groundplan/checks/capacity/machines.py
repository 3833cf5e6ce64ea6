"""What replicas run on: kinds of machines, what is left on them, and what else runs there."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from groundplan.checks.cost import main_environment
from groundplan.checks.facts import InstanceType
from groundplan.checks.numbers.capacity import SpotSplit, spot_split
from groundplan.checks.subject import Subject
from groundplan.spec.environments import Environment
from groundplan.spec.platform import Platform

GIB = 2.0**30
SPOT_TYPES = "spot_instances.diversification.instance_types"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Processor cores and memory: of machines, or what something takes of them."""

    cores: float = 0.0
    memory: float = 0.0  # bytes

    def __add__(self, other: "Room") -> "Room":
        return Room(cores=self.cores + other.cores, memory=self.memory + other.memory)

    def __mul__(self, count: int) -> "Room":
        return Room(cores=self.cores * count, memory=self.memory * count)

    def fits(self, room: "Room") -> bool:
        """Whether it has no more than the room in either."""
        return self.cores <= room.cores and self.memory <= room.memory

    def __str__(self) -> str:
        return f"{self.cores:.3g} cores and {self.memory / GIB:.3g} GiB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A kind of machine that the file names, and what it leaves to replicas."""

    path: str
    kind: InstanceType
    room: Room


def environment(subject: Subject) -> tuple[str, Environment] | None:
    """The environment under check: the chosen one, else the one that users see."""
    name = subject.source.environment or main_environment(subject.platform)
    return (name, subject.platform.environments[name]) if name else None


def machine(subject: Subject, name: str, path: str) -> Machine | None:
    """A kind of machine by its name; None when the tables do not know it as one of a cluster."""
    kind = subject.facts.instance(name)
    if kind is None or kind.allocatable_vcpu is None or kind.allocatable_memory_gib is None:
        return None
    memory = float(kind.allocatable_memory_gib) * GIB
    return Machine(
        path=path, kind=kind, room=Room(cores=float(kind.allocatable_vcpu), memory=memory)
    )


def own_machine(subject: Subject) -> Machine | None:
    """The machine of the environment under check."""
    found = environment(subject)
    if found is None:
        return None
    name, wanted = found
    return machine(subject, wanted.instance_type, f"environments.{name}.instance_type")


def machines(subject: Subject) -> tuple[Machine, ...]:
    """Every kind on which a replica may land; the smallest first."""
    spot = subject.platform.spot_instances
    types = spot.diversification.instance_types if spot else ()
    mixed = (machine(subject, name, f"{SPOT_TYPES}[{i}]") for i, name in enumerate(types))
    known = [found for found in (own_machine(subject), *mixed) if found]
    return tuple(sorted(known, key=lambda found: (found.room.cores, found.room.memory)))


def split(platform: Platform, nodes: int) -> SpotSplit:
    """How many of the machines are spot. What `on_demand_base` names is never."""
    spot = platform.spot_instances
    if spot is None:
        return spot_split(nodes, Decimal(0))
    free = max(0, nodes - spot.on_demand_base)
    return SpotSplit(total=nodes, exact=spot_split(free, spot.percentage.percent).exact)


def is_on_aws(platform: Platform) -> bool:
    """Whether AWS's notices and limits hold; a file without providers means AWS."""
    return platform.providers is None or "aws" in platform.providers.primary.casefold()


def sidecar(subject: Subject) -> Room:
    """What the mesh's proxy takes beside each replica: as declared, or Istio's default."""
    mesh = subject.platform.mesh
    if mesh is None:
        return Room()
    asked = mesh.sidecar.requests if mesh.sidecar else None
    cpu, memory = (_limit(subject, f"istio.sidecar.{what}") for what in ("cpu", "memory"))
    return Room(
        cores=asked.cpu.cores if asked and asked.cpu else cpu,
        memory=float(asked.memory.bytes) if asked and asked.memory else memory,
    )


def system(subject: Subject, changed: Mapping[str, Any] | None = None) -> Room:
    """What runs in each region besides the services: the mesh's control plane, collectors.

    `changed` is an environment's overlay; a section that it empties does not run there.
    """
    overlay, platform = changed or {}, subject.platform
    room = Room()
    if platform.mesh and overlay.get("mesh", True):
        cpu, memory = (_limit(subject, f"istio.istiod.{what}") for what in ("cpu", "memory"))
        room += Room(cores=cpu, memory=memory)
    if platform.jaeger and overlay.get("jaeger", True):
        collector = platform.jaeger.collector
        asked = collector.resources.requests
        each = Room(
            cores=asked.cpu.cores if asked.cpu else 0.0,
            memory=float(asked.memory.bytes) if asked.memory else 0.0,
        )
        room += each * _replicas(overlay, collector.replicas)
    return room


def _replicas(overlay: Mapping[str, Any], written: int) -> int:
    section: Any = overlay
    for key in ("jaeger", "collector"):
        section = section.get(key) if isinstance(section, Mapping) else None
    count = section.get("replicas") if isinstance(section, Mapping) else None
    return count if isinstance(count, int) else written


def _limit(subject: Subject, key: str) -> float:
    row = subject.facts.limit(key)
    return float(row.value) if row else 0.0
