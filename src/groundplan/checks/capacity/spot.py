"""Rules of spot machines: what is taken away at short notice must not be missed."""

import math
from collections.abc import Iterator

from groundplan.checks.capacity.demand import RATE, demand, facing_fleets
from groundplan.checks.capacity.machines import environment, is_on_aws, own_machine, split
from groundplan.checks.numbers.capacity import drain_margin_seconds
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity

SPOT = "spot_instances"
DETECT_SECONDS = 5  # who watches for the notice asks every 2 to 5 s


@rule(
    "CAP007",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="Emptying a spot machine must take less time than its notice.",
    why="the machine goes while requests are still served on it",
    source="EC2 user guide, Spot Instance interruption notices",
)
def draining_ends_before_the_machine(subject: Subject) -> Iterator[Problem]:
    spot, notice = subject.platform.spot_instances, subject.facts.limit("ec2.spot.notice")
    handling = spot.interruption_handling if spot else None
    if handling is None or notice is None or not is_on_aws(subject.platform):
        return
    drain = handling.draining_timeout.seconds
    left = drain_margin_seconds(float(notice.value), drain=drain, detect=DETECT_SECONDS)
    if left > 0:
        return
    is_sure = drain >= notice.value
    yield Problem(
        path=f"{SPOT}.interruption_handling.draining_timeout",
        also=(f"{SPOT}.percentage",),
        message=f"emptying takes up to {drain:g} s and begins up to {DETECT_SECONDS} s after a"
        f" notice of {notice.value:g} s: it ends {-left:g} s after the machine",
        try_='write draining_timeout: "90s"',
        assumes=() if is_sure else (f"assuming {DETECT_SECONDS} s until the notice is seen",),
        facts=(str(notice.fact),),
    )


@rule(
    "CAP008",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="A replacement that comes first needs a signal that comes earlier than the notice.",
    why="the old machine is gone before the new one serves, and capacity falls after all",
    source="EC2 user guide, rebalance recommendations; EKS managed node groups",
)
def replacement_comes_in_time(subject: Subject) -> Iterator[Problem]:
    spot, notice = subject.platform.spot_instances, subject.facts.limit("ec2.spot.notice")
    handling = spot.interruption_handling if spot else None
    if handling is None or notice is None or not is_on_aws(subject.platform):
        return
    is_early = handling.replacement_strategy == "launch_before_terminate"
    start = subject.figures.node_start
    if not is_early or handling.capacity_rebalancing or start.value < notice.value:
        return
    yield Problem(
        path=f"{SPOT}.interruption_handling.replacement_strategy",
        also=(f"{SPOT}.percentage",),
        message=f"a new machine serves after {start.value:g} s, the old one goes"
        f" {notice.value:g} s after its notice: it cannot be replaced before",
        try_="add capacity_rebalancing: true beside it, or say assumptions.node_start if machines"
        " start faster",
        assumes=start.assumes,
        facts=(str(notice.fact),),
    )


@rule(
    "CAP011",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="A spot share must give whole machines and leave some that stay.",
    why="rounding decides how many machines may vanish together; of few machines it may be most",
    source="EC2 Auto Scaling, OnDemandBaseCapacity and percentages",
)
def spot_share_gives_whole_machines(subject: Subject) -> Iterator[Problem]:
    spot, found = subject.platform.spot_instances, environment(subject)
    if spot is None or found is None or found[1].min_capacity == 0 or spot.on_demand_base:
        return
    name, wanted = found
    parts = split(subject.platform, wanted.min_capacity)
    if spot.percentage.percent == 0 or (parts.is_whole and parts.on_demand):
        return
    stay = "none stays" if parts.is_whole else f"{parts.on_demand} stay after rounding"
    yield Problem(
        path=f"{SPOT}.percentage",
        also=(f"environments.{name}.min_capacity",),
        message=f"{spot.percentage.percent:g}% of {wanted.min_capacity} machines are"
        f" {parts.exact.normalize():f}, and {stay}; nothing says how many must",
        try_=f"add on_demand_base: {max(2, parts.on_demand)} to spot_instances",
    )


@rule(
    "CAP012",
    severity=Severity.HIGH,
    nature=Nature.UNBACKED,
    statement="When all spot machines go at once, the rest must carry the promised load.",
    why="spot machines of a kind are taken away together, most likely when everybody needs them",
    source="EC2 user guide, Spot best practices",
)
def load_survives_loss_of_spot(subject: Subject) -> Iterator[Problem]:
    spot, found, wanted = subject.platform.spot_instances, environment(subject), demand(subject)
    facing = [fleet for fleet in facing_fleets(subject.platform) if fleet.cpu]
    if spot is None or spot.percentage.percent == 0 or not (found and wanted and facing):
        return
    name, machines = found
    parts = split(subject.platform, machines.max_capacity)
    cost, own = subject.figures.cpu_per_request, own_machine(subject)
    left = [math.floor(fleet.high * parts.left) for fleet in facing]
    bounds = [own.room.cores * parts.on_demand] if own else []
    if all(fleet.cpu_limit for fleet in facing):
        bounds.append(sum(n * (f.cpu_limit or 0) for n, f in zip(left, facing, strict=True)))
    needed = wanted.region * cost.value
    if not bounds or min(bounds) >= needed:
        return
    yield Problem(
        path=f"{SPOT}.percentage",
        also=(RATE, facing[0].high_path, f"environments.{name}.max_capacity"),
        message=f"without spot {parts.on_demand} of {parts.total} machines and {sum(left)} of"
        f" {sum(fleet.high for fleet in facing)} replicas are left, with {min(bounds):.3g} cores;"
        f" {wanted.words} need {needed:.3g}",
        try_="lower percentage, set on_demand_base, or allow replicas more CPU (limits.cpu)",
        assumes=(*cost.assumes, *wanted.assumes),
    )
