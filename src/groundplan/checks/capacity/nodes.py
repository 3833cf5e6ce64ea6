"""Rules of machines: they must hold what runs on them, and be declared once."""

import math
from collections.abc import Iterator

from groundplan.checks.capacity.demand import fleets
from groundplan.checks.capacity.machines import (
    SPOT_TYPES,
    Machine,
    Room,
    environment,
    machine,
    machines,
    own_machine,
    sidecar,
    system,
)
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity

VPA = "autoscaling.vertical_pod_autoscaler"
TOO_MANY = 3  # times what all replicas need: no load ever fills such a number of machines
ZONES = 3  # one machine in each is no waste


@rule(
    "CAP005",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="The largest allowed replica must fit on the smallest machine that it may land on.",
    why="a replica that fits nowhere stays pending, and its service has one replica less",
    source="Kubernetes, Reserve Compute Resources (node allocatable)",
)
def replicas_fit_on_machines(subject: Subject) -> Iterator[Problem]:
    beside, kinds = sidecar(subject), machines(subject)
    for path, size in _sizes(subject):
        tight = next((kind for kind in kinds if not (size + beside).fits(kind.room)), None)
        if tight:
            yield Problem(
                path=path,
                also=(tight.path,),
                message=f"a replica may ask for {size}, but a {tight.kind.name} has {tight.room}"
                f" for all replicas on it{_after(beside)}",
                try_=f"lower {path} below that, or remove {tight.kind.name} from the machines",
                facts=(str(tight.kind.fact),),
            )


def _after(beside: Room) -> str:
    return f", and the mesh's proxy takes {beside}" if beside.cores else ""


def _sizes(subject: Subject) -> Iterator[tuple[str, Room]]:
    """The largest sizes that replicas may ask for, and the keys that say so."""
    scaling = subject.platform.autoscaling
    scaler = scaling.vertical_pod_autoscaler if scaling else None
    policies = scaler.resource_policy.container_policies if scaler else ()
    for index, policy in enumerate(policies if scaler and scaler.update_mode != "Off" else ()):
        cpu, memory = policy.max_allowed.cpu, policy.max_allowed.memory
        size = Room(cores=cpu.cores if cpu else 0.0, memory=float(memory.bytes) if memory else 0.0)
        yield f"{VPA}.resource_policy.container_policies[{index}].max_allowed", size
    for fleet in fleets(subject.platform):
        size = Room(cores=fleet.cpu or 0.0, memory=fleet.memory or 0.0)
        yield f"{fleet.path}.resources.requests", size


@rule(
    "CAP006",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="The largest numbers of machines and of replicas must belong together.",
    why="replicas wait for machines that may not start, or a budget is kept for machines that"
    " nothing can fill",
    source="AWS Well-Architected COST06",
)
def ceilings_agree(subject: Subject) -> Iterator[Problem]:
    found, own, all_fleets = environment(subject), own_machine(subject), fleets(subject.platform)
    scaled = [fleet for fleet in all_fleets if fleet.is_scaled and fleet.cpu]
    if found is None or own is None or not scaled:
        return
    name, wanted = found
    need = system(subject)
    for fleet in all_fleets:
        each = Room(cores=fleet.cpu or 0.0, memory=fleet.memory or 0.0) + sidecar(subject)
        need += each * fleet.high
    needed = max(math.ceil(need.cores / own.room.cores), math.ceil(need.memory / own.room.memory))
    is_known = all(fleet.cpu for fleet in all_fleets) and not own.kind.gpus
    too_many = is_known and wanted.max_capacity > TOO_MANY * max(needed, ZONES)
    if too_many or wanted.max_capacity < needed:
        yield Problem(
            path=f"environments.{name}.max_capacity",
            also=(scaled[0].high_path,),
            message=f"{scaled[0].high} replicas and what runs beside them ask for {need}: that"
            f" fits on {needed} machines of {own.kind.name}, and {wanted.max_capacity} may run",
            try_=f"write max_capacity: {needed + 1}, or change max_replicas",
            facts=(str(own.kind.fact),),
        )


@rule(
    "CAP009",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="Machines of one group must have equal processors and memory.",
    why="the cluster autoscaler reckons with the first kind and adds too few or too many",
    source="Kubernetes cluster-autoscaler on AWS, mixed instances policy",
)
def mixed_machines_are_equal(subject: Subject) -> Iterator[Problem]:
    sizes: dict[tuple[int, float], Machine] = {}
    for kind in _spot_machines(subject):
        sizes.setdefault((kind.kind.vcpu, float(kind.kind.memory_gib)), kind)
    if len(sizes) < 2 or _has_karpenter(subject):
        return
    shown = [f"{m.kind.name} {cpu} vCPU/{gib:g} GiB" for (cpu, gib), m in sizes.items()]
    first = next(iter(sizes.values()))
    yield Problem(
        path=SPOT_TYPES,
        also=tuple(m.path for m in sizes.values() if m is not first),
        message=f"one group mixes {len(sizes)} sizes: {', '.join(shown)}",
        try_=f"name kinds of the size of {first.kind.name} only, or let Karpenter choose machines",
        facts=tuple(str(m.kind.fact) for m in sizes.values()),
    )


def _spot_machines(subject: Subject) -> tuple[Machine, ...]:
    spot = subject.platform.spot_instances
    types = spot.diversification.instance_types if spot else ()
    found = (machine(subject, name, f"{SPOT_TYPES}[{i}]") for i, name in enumerate(types))
    return tuple(kind for kind in found if kind)


def _has_karpenter(subject: Subject) -> bool:
    stack = subject.platform.technology_stack.values()
    return any("karpenter" in product.casefold() for area in stack for product in area.values())


@rule(
    "CAP010",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="The machines of an environment and those of its spot share must be of one size.",
    why="a number of machines then says nothing about how much fits on them",
    source="the file itself: two declarations of one fact",
)
def machines_are_declared_once(subject: Subject) -> Iterator[Problem]:
    found, own, spot = environment(subject), own_machine(subject), _spot_machines(subject)
    if found is None or own is None or not spot:
        return
    odd = [
        m for m in spot if m.kind.vcpu < own.kind.vcpu or m.kind.memory_gib < own.kind.memory_gib
    ]
    is_named = own.kind.name in {m.kind.name for m in spot}
    if is_named and not odd:
        return
    names = ", ".join(m.kind.name for m in spot)
    what = f"{odd[0].kind.name} is smaller" if odd else f"{own.kind.name} is not among them"
    yield Problem(
        path=own.path,
        also=(odd[0].path if odd else SPOT_TYPES,),
        message=f"{found[0]} counts machines of {own.kind.name} ({own.kind.vcpu} vCPU,"
        f" {own.kind.memory_gib:g} GiB), but spot takes {names}: {what}",
        try_=f"name {own.kind.name} and kinds of its size or larger in both places",
        facts=(str(own.kind.fact),),
    )


@rule(
    "CAP021",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="The fewest machines of an environment must hold what runs beside its services.",
    why="the environment never shrinks to its smallest size, or its services find no room",
    source="Kubernetes, node allocatable; Istio installation; Jaeger deployment",
)
def fewest_machines_hold_the_system(subject: Subject) -> Iterator[Problem]:
    chosen = subject.source.environment
    for name, wanted in subject.platform.environments.items():
        path = f"environments.{name}"
        own = machine(subject, wanted.instance_type, f"{path}.instance_type")
        if own is None or wanted.min_capacity == 0 or chosen not in (None, name):
            continue
        need, room = system(subject, wanted.overlay), own.room * wanted.min_capacity
        if not need.fits(room):
            has_jaeger = subject.platform.jaeger is not None
            less = f", or set {path}.overlay.jaeger.collector.replicas: 1" if has_jaeger else ""
            yield Problem(
                path=f"{path}.min_capacity",
                also=("jaeger.collector.replicas" if has_jaeger else "mesh",),
                message=f"what runs beside the services of {name} asks for {need}, but"
                f" {wanted.min_capacity} x {own.kind.name} have {room}",
                try_=f"raise min_capacity, or take larger machines{less}",
                facts=(str(own.kind.fact),),
            )
