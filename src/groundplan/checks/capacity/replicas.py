"""Rules of replicas: enough for the promised load, at its peak and when it comes at once."""

import math
from collections.abc import Iterator

from groundplan.checks.capacity.demand import HPA, RATE, Fleet, demand, facing_fleets, fleets
from groundplan.checks.capacity.machines import Room, environment, own_machine, sidecar
from groundplan.checks.numbers.capacity import cpu_seconds_per_request
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.regions import Geography


@rule(
    "CAP001",
    severity=Severity.CRITICAL,
    nature=Nature.CONTRADICTION,
    statement="At their largest number, replicas must serve the promised requests per second.",
    why="at the promised load requests queue up without end, and the autoscaler cannot help",
    source="AWS Well-Architected PERF02; Kubernetes, Horizontal Pod Autoscaling",
)
def replicas_carry_the_load(subject: Subject) -> Iterator[Problem]:
    wanted, facing = demand(subject), facing_fleets(subject.platform)
    if wanted is None or not facing or not all(fleet.cpu for fleet in facing):
        return
    cost = subject.figures.cpu_per_request
    each = sum((fleet.cpu or 0) * fleet.utilisation for fleet in facing)
    cores = sum(fleet.high * (fleet.cpu or 0) * fleet.utilisation for fleet in facing)
    needed = wanted.region * cost.value
    if cores >= needed:
        return
    path, enough = facing[0].high_path, math.ceil(round(needed / each, 9))
    given = cpu_seconds_per_request(1, cores, 1, wanted.region)
    yield Problem(
        path=path,
        also=(RATE, *(f"{fleet.path}.resources.requests.cpu" for fleet in facing)),
        message=f"{wanted.words} need {needed:.3g} cores at {cost.value * 1000:g} ms each, but"
        f" {' and '.join(map(_shown, facing))} have {cores:.3g}: {given * 1000:.2g} ms each",
        try_=f"write {path}: {enough}, ask for more CPU in resources.requests, or say"
        " assumptions.cpu_per_request if requests cost less",
        assumes=(*cost.assumes, *wanted.assumes),
    )


def _shown(fleet: Fleet) -> str:
    target = f" at {fleet.utilisation:.0%}" if fleet.utilisation < 1 else ""
    return f"{fleet.high} replicas of {fleet.service} with {fleet.cpu or 0:g} cores{target}"


@rule(
    "CAP002",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="The smallest number of replicas must take what a failed region sends at once.",
    why="the partner collapses under the load that it is there to take, before it can grow",
    source="Google, Site Reliability Engineering, chapter 22 (cascading failures)",
)
def few_replicas_take_over(subject: Subject) -> Iterator[Problem]:
    wanted, facing, partner = demand(subject), facing_fleets(subject.platform), _partner(subject)
    known = facing and all(fleet.is_scaled and fleet.cpu_limit for fleet in facing)
    if wanted is None or partner is None or not known:
        return
    cost, start, sync = (
        subject.figures.cpu_per_request,
        subject.figures.node_start,
        subject.facts.limit("hpa.sync"),
    )
    each = sum(fleet.cpu_limit or 0 for fleet in facing)
    needed, cores = wanted.region * cost.value, facing[0].low * each
    if cores >= needed:
        return
    wait = start.value + (float(sync.value) if sync else 0)
    enough = math.ceil(round(needed / each, 9))
    geography, pair = partner
    yield Problem(
        path=f"{HPA}.min_replicas",
        also=(f"regions.{geography}.secondary", RATE),
        message=f"when {pair.primary} fails, {pair.secondary} gets {wanted.words} at once:"
        f" {needed:.3g} cores; {facing[0].low} replicas have {cores:.3g} at their limits, and more"
        f" serve only after {wait:.0f} s",
        try_=f"write min_replicas: {enough}, or raise resources.limits.cpu of {facing[0].service}",
        assumes=(*cost.assumes, *wanted.assumes, *start.assumes),
        facts=(str(sync.fact),) if sync else (),
    )


def _partner(subject: Subject) -> tuple[str, Geography] | None:
    pairs = subject.platform.regions.items()
    return next(((name, pair) for name, pair in pairs if pair.secondary), None)


@rule(
    "CAP023",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="Green must be as large as blue may be, and both must fit on the machines.",
    why="at the switch green gets the traffic of more replicas than it has, or never starts",
    source="Argo Rollouts, BlueGreen strategy",
)
def green_is_as_large_as_blue(subject: Subject) -> Iterator[Problem]:
    strategy, facing = subject.platform.deployment_strategy, facing_fleets(subject.platform)
    if strategy is None or strategy.type != "blue-green" or not facing:
        return
    blue, green, fleet = strategy.blue_environment, strategy.green_environment, facing[0]
    path = "deployment_strategy.green_environment.replicas"
    high = max(fleet.high if fleet.is_scaled else 0, blue.replicas if blue else 0)
    blue_path = fleet.high_path if fleet.is_scaled else path.replace("green", "blue")
    if green and not green.match_live and green.replicas < high:
        yield Problem(
            path=path,
            also=(blue_path,),
            message=f"green has {green.replicas} replicas, but blue may have {high} when the"
            " traffic moves",
            try_="add match_live: true to green_environment, so that it grows to what serves now",
        )
    yield from _surge(subject, fleet, 2 * high)


def _surge(subject: Subject, fleet: Fleet, replicas: int) -> Iterator[Problem]:
    found, own = environment(subject), own_machine(subject)
    if found is None or own is None or fleet.cpu is None:
        return
    name, wanted = found
    need = (Room(cores=fleet.cpu, memory=fleet.memory or 0) + sidecar(subject)) * replicas
    room = own.room * wanted.max_capacity
    if not need.fits(room):
        yield Problem(
            path=f"environments.{name}.max_capacity",
            also=("deployment_strategy.type", fleet.high_path),
            message=f"blue and green together may be {replicas} replicas with {need}, but"
            f" {wanted.max_capacity} machines of {own.kind.name} have {room}",
            try_=f"raise max_capacity, or lower {fleet.high_path}",
            facts=(str(own.kind.fact),),
        )


@rule(
    "CAP013",
    severity=Severity.HIGH,
    nature=Nature.UNBACKED,
    statement="Where machines may be taken away, services need a disruption budget and a spread.",
    why="one machine that is emptied may hold every replica of a service",
    source="Kubernetes, Disruptions and Pod Topology Spread Constraints; EC2 Spot best practices",
)
def replicas_survive_draining(subject: Subject) -> Iterator[Problem]:
    spot = subject.platform.spot_instances
    if spot is None or spot.percentage.percent == 0:
        return
    for fleet in fleets(subject.platform):
        service = subject.platform.services[fleet.service]
        wanted = (
            ("min_available", service.min_available is not None, max(1, fleet.low - 1)),
            ("topology_spread", service.topology_spread is not None, "zone"),
        )
        missing = {key: value for key, is_there, value in wanted if not is_there}
        if missing and fleet.high > 1:
            yield Problem(
                path=fleet.path,
                also=("spot_instances.percentage",),
                message=f"{spot.percentage.percent:g}% of the machines may be taken away at two"
                f" minutes' notice, but {fleet.service} says no {' and no '.join(missing)} for its"
                f" {fleet.low} to {fleet.high} replicas",
                try_=f"add to {fleet.path}: "
                + ", ".join(f"{key}: {value}" for key, value in missing.items()),
            )
