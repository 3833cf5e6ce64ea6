"""Rules of autoscalers: two of them, or one and a release, must not pull at one number."""

from collections.abc import Iterator

from groundplan.checks.capacity.demand import HPA, facing_fleets, fleets
from groundplan.checks.delivery.rollouts import CANARY, shifts
from groundplan.checks.reading import listed
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.autoscaling import HorizontalAutoscaler, VerticalAutoscaler
from groundplan.spec.platform import Platform
from groundplan.units import Percent, Threshold

VPA = "autoscaling.vertical_pod_autoscaler"
MIB = 2**20
ROOM_MIN = 0.1  # of the limit: what a replica may still take before new ones carry the load
TOLERANCE = 0.1  # Kubernetes leaves the number alone where the usage is as near to the target


@rule(
    "CAP003",
    severity=Severity.CRITICAL,
    nature=Nature.CONTRADICTION,
    statement="Two autoscalers must not act on the same resource of a service.",
    why="one changes the request that the other divides by: replicas flap or run away",
    source="Kubernetes autoscaler, VPA known limitations",
)
def autoscalers_do_not_fight(subject: Subject) -> Iterator[Problem]:
    scaling = subject.platform.autoscaling
    across = scaling.horizontal_pod_autoscaler if scaling else None
    up = scaling.vertical_pod_autoscaler if scaling else None
    if across is None or up is None or up.update_mode == "Off":
        return
    targets = {name: target for name, target in _targets(across) if name in _controlled(up)}
    if not targets:
        return
    shown = " and ".join(f"{target.percent:g}% of the {name}" for name, target in targets.items())
    others = [name for name in ("cpu", "memory") if name not in dict(_targets(across))]
    rest = f", or give its policies controlled_resources: {others}" if others else ""
    yield Problem(
        path=f"{VPA}.update_mode",
        also=tuple(f"{HPA}.target_{name}_utilization" for name in targets),
        message=f"the horizontal autoscaler holds {shown} that replicas ask for, while the"
        f' vertical one ("{up.update_mode}") changes how much they ask for',
        try_='write update_mode: "Off" (it still recommends)' + rest,
    )


def _targets(scaler: HorizontalAutoscaler) -> Iterator[tuple[str, Percent]]:
    if scaler.target_cpu_utilization:
        yield "cpu", scaler.target_cpu_utilization
    if scaler.target_memory_utilization:
        yield "memory", scaler.target_memory_utilization


def _controlled(scaler: VerticalAutoscaler) -> set[str]:
    policies = scaler.resource_policy.container_policies
    if not policies:
        return {"cpu", "memory"}
    return {name for policy in policies for name in policy.controlled_resources}


@rule(
    "CAP004",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="A policy of the vertical autoscaler must name a container that exists.",
    why="the policy is ignored, and the container has no bounds",
    source="Kubernetes autoscaler, VPA API (containerPolicies)",
)
def policies_name_containers(subject: Subject) -> Iterator[Problem]:
    scaling, services = subject.platform.autoscaling, subject.platform.services
    scaler = scaling.vertical_pod_autoscaler if scaling else None
    if scaler is None or not services:
        return
    containers = {service.container or name: name for name, service in services.items()}
    for index, policy in enumerate(scaler.resource_policy.container_policies):
        if policy.container_name not in containers:
            shown = ", ".join(containers)
            service = next(iter(containers.values()))
            yield Problem(
                path=f"{VPA}.resource_policy.container_policies[{index}].container_name",
                also=(f"services.{service}.container",),
                message=f"no container is called {policy.container_name}; the file has"
                f" {len(containers)}: {shown}",
                try_=f"write container_name: {next(iter(containers))}",
            )


@rule(
    "CAP014",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="A memory target must say of what it is a share, and leave room below the limit.",
    why="replicas are killed for their memory before others are added, or added with much unused",
    source="Kubernetes, Horizontal Pod Autoscaling and Resource Management",
)
def memory_target_leaves_room(subject: Subject) -> Iterator[Problem]:
    scaling, facing = subject.platform.autoscaling, facing_fleets(subject.platform)
    scaler = scaling.horizontal_pod_autoscaler if scaling else None
    target = scaler.target_memory_utilization if scaler else None
    gate = _gate(subject, "memory_usage")
    for fleet in facing if target else ():
        limit = subject.platform.services[fleet.service].resources.limits.memory
        if target is None or limit is None or not fleet.memory:
            continue
        held = fleet.memory * target.ratio
        if held > limit.bytes * (1 - ROOM_MIN):
            what = f"leaves less than {ROOM_MIN:.0%} of the limit"
        elif gate and limit.bytes != fleet.memory:
            low, high = (share * gate[1] for share in (fleet.memory, float(limit.bytes)))
            what = f"and the canary's gate is {low / MIB:.0f} or {high / MIB:.0f} MiB"
        else:
            continue
        yield Problem(
            path=f"{HPA}.target_memory_utilization",
            also=(f"{fleet.path}.resources.limits.memory", *((gate[0],) if gate else ())),
            message=f"{target.percent:g}% of the {fleet.memory / MIB:.0f} MiB that"
            f" {fleet.service} asks for is {held / MIB:.0f} MiB, its limit is"
            f" {limit.bytes / MIB:.0f} MiB, {what}",
            try_="remove target_memory_utilization, or make the memory request equal to the limit"
            " with a target of 80 or less",
        )


@rule(
    "CAP015",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="A canary must not be judged by the CPU usage that an autoscaler holds.",
    why="the gate says how well the autoscaler works, not whether the version is good",
    source="Argo Rollouts, Analysis; Kubernetes, Horizontal Pod Autoscaling",
)
def cpu_gate_judges_the_version(subject: Subject) -> Iterator[Problem]:
    scaling, gate = subject.platform.autoscaling, _gate(subject, "cpu_usage")
    scaler = scaling.horizontal_pod_autoscaler if scaling else None
    target = scaler.target_cpu_utilization if scaler else None
    if target is None or gate is None:
        return
    path, share = gate
    effect = "never closes" if share >= target.ratio else "closes at ordinary load"
    yield Problem(
        path=path,
        also=(f"{HPA}.target_cpu_utilization",),
        message=f"the gate wants CPU below {share:.0%}, and the autoscaler holds it near"
        f" {target.percent:g}%: the gate {effect}",
        try_="remove cpu_usage from canary_deployment.metrics; error_rate and response_time judge",
    )


@rule(
    "CAP024",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="An autoscaler must not go by memory where two versions share a service's traffic.",
    why="each version has its memory, with or without load: two look like more load, and more"
    " replicas of both like still more",
    source="Argo Rollouts, HPA support, and its issue 2857; not of the design's 128 rules:"
    " decision 0039",
)
def memory_is_not_shared(subject: Subject) -> Iterator[Problem]:
    scaling, platform = subject.platform.autoscaling, subject.platform
    scaler = scaling.horizontal_pod_autoscaler if scaling else None
    target = scaler.target_memory_utilization if scaler else None
    ways = {name: way for name in platform.services if (way := _sharing(platform, name))}
    if scaler is None or target is None or not ways:
        return
    if scaler.min_replicas == scaler.max_replicas:
        return
    high, low = float(target.percent) * (1 - TOLERANCE), float(target.percent) / 2
    yield Problem(
        path=f"{HPA}.target_memory_utilization",
        also=tuple(dict.fromkeys(ways.values())),
        message=f"while two versions of {listed(ways)} stand side by side, Kubernetes adds replicas"
        f" at {low:g}% to {high:g}% of their memory already, though {target.percent:g}% is the"
        f" target: from {scaler.min_replicas} up to {scaler.max_replicas}",
        try_="remove target_memory_utilization; what is rendered goes by CPU alone"
        if scaler.target_cpu_utilization
        else "write target_cpu_utilization in its place",
    )


def _sharing(platform: Platform, name: str) -> str | None:
    """The key by which two versions of a service in a cluster share its traffic by weight, both
    with replicas of their own; without a mesh, replicas are the weight, and their sum stays."""
    service, strategy = platform.services[name], platform.deployment_strategy
    if platform.mesh is None or not service.image or service.counters is not None:
        return None
    if strategy and name in (strategy.services or (name,)) and strategy.type != "canary":
        path, shares = shifts(strategy)
        return path if shares and strategy.type == "blue-green" else None
    canary = platform.canary_deployment
    return CANARY if canary and name in (canary.services or (name,)) else None


def _gate(subject: Subject, metric: str) -> tuple[str, float] | None:
    """The canary's bound on a metric that is a share: its key and the share."""
    canary = subject.platform.canary_deployment
    for index, gate in enumerate(canary.metrics if canary else ()):
        bound: Threshold | None = getattr(gate, metric)
        if bound is not None and isinstance(bound.limit, Percent):
            return f"canary_deployment.metrics[{index}].{metric}", bound.limit.ratio
    return None


@rule(
    "CAP022",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="What the mesh's proxies take must be counted in processors and in latency.",
    why="nodes fill up with proxies that nobody planned, and each call waits for two of them",
    source="Istio, Performance and Scalability",
)
def proxies_are_counted(subject: Subject) -> Iterator[Problem]:
    mesh, limit = subject.platform.mesh, subject.facts.limit
    cpu, latency = limit("istio.sidecar.cpu"), limit("istio.sidecar.latency.p99")
    asking = [fleet for fleet in fleets(subject.platform) if fleet.cpu]
    if mesh is None or (mesh.sidecar and mesh.sidecar.requests.cpu) or not asking:
        return
    if cpu is None or latency is None:
        return
    replicas, taken = sum(fleet.high for fleet in asking), float(cpu.value)
    cores = sum(fleet.high * (fleet.cpu or 0) for fleet in asking)
    kpis = subject.platform.kpis
    promised = kpis.performance.api_response_time if kpis else None
    bound = ("kpis.performance.api_response_time",) if promised else ()
    of = f" of the {promised.limit} promised" if promised else ""
    yield Problem(
        path="mesh",
        also=(*(f"{fleet.path}.resources.requests.cpu" for fleet in asking[:1]), *bound),
        message=f"the proxies of {replicas} replicas take {replicas * taken:.3g} cores by"
        f" default, beside {cores:.3g} that the replicas ask for, and each call loses"
        f" {float(latency.value) * 1000:.3g} ms{of}; the file counts neither",
        try_='add mesh.sidecar.requests with cpu: "100m" and memory: "128Mi"',
        facts=(str(cpu.fact), str(latency.fact)),
    )
