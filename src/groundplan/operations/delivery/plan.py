"""What a rollout is going to do: weights, waves, gates and times, all decided before it begins."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from groundplan.checks.delivery.rollouts import ladder, shifts
from groundplan.operations.delivery.gauges import Level
from groundplan.operations.delivery.judge import Bound
from groundplan.ports.hooks import Hook
from groundplan.spec.delivery import CanaryDeployment, DeploymentStrategy, Freeze
from groundplan.spec.platform import Platform
from groundplan.spec.services import Amounts
from groundplan.units import Duration, Percent, Threshold, WeeklyWindow

LOOK_SECONDS = 5.0  # judged after each look
LEASE_SECONDS = 30.0  # what a gateway serves of a new version without hearing from us
BLIND_SECONDS = 60.0  # how long we go on without seeing
READY_SECONDS = 120.0
YIELD_SECONDS = 600.0  # how long a failover may take before the rollout gives up
SETTLE_SECONDS = 30.0  # how long a gateway may take to show a weight
QUANTILE = 0.95  # of a response time without a percentile
FLIP = (10, 50, 100)  # blue-green without shares of its own
INTERVAL_SECONDS = 300.0
Gates = tuple[tuple[str, Threshold], ...]
_MONITOR = re.compile(r"(\d+) ?(seconds?|minutes?|hours?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """Regions that go together, and how long they are watched before the next ones follow."""

    regions: tuple[str, ...]
    bake_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A rollout, before it begins."""

    service: str
    strategy: str  # canary or blue-green
    weights: tuple[int, ...]  # the last one is the end: usually 100
    interval_seconds: float
    waves: tuple[Wave, ...]
    bounds: tuple[Bound, ...]
    levels: tuple[Level, ...] = ()  # gates on processor and memory
    unjudged: tuple[str, ...] = ()  # gates of the file that nothing measures here
    judge: str = "evidence"
    min_requests: int = 0
    goes_back: bool = False  # to what was stable before: nobody has to prove that again
    hold_seconds: float = 3600.0
    after_hold: str = "ask"
    approvals: tuple[str, ...] = ()
    pauses: tuple[int, ...] = ()  # steps, from 0, after which a person has to say go on
    hooks: tuple[Hook, ...] = ()
    windows: tuple[WeeklyWindow, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    smoke_test: tuple[str, ...] = ()
    smoke_paths: tuple[str, ...] = ()
    expands: bool = False  # the schema, before the first replica
    contracts: bool = False  # the schema, when no replica of the old version is left
    contract_seconds: float = 0.0  # how long after the old version's end it may lose things
    reverts: bool = False  # what was added can be taken back
    look_seconds: float = LOOK_SECONDS
    lease_seconds: float = LEASE_SECONDS
    blind_seconds: float = BLIND_SECONDS
    ready_seconds: float = READY_SECONDS
    settle_seconds: float = SETTLE_SECONDS
    yield_seconds: float = YIELD_SECONDS

    @property
    def regions(self) -> tuple[str, ...]:
        """All regions, in the order in which they get the new version."""
        return tuple(region for wave in self.waves for region in wave.regions)

    @property
    def steps(self) -> int:
        """How many steps the whole rollout has."""
        return len(self.weights) * len(self.waves)

    @property
    def full_size(self) -> bool:
        """Whether the new version starts with as many replicas as the old one has."""
        return self.strategy == "blue-green"


def plan_for(platform: Platform, service: str, regions: tuple[str, ...]) -> Plan:
    """The rollout that the file asks for, over the regions that run."""
    strategy, canary = platform.deployment_strategy, platform.canary_deployment
    by_canary = _is_for(canary, service) and (strategy is None or strategy.type != "blue-green")
    chosen = canary if by_canary else None
    steps = _weights(chosen) if chosen else _shares(strategy)
    interval = _interval(strategy, canary, is_canary=by_canary)
    monitor = _monitor_seconds(strategy, canary, interval)
    bounds, gates = _bounds(canary)
    written = platform.services[service]
    if written.counters is not None:
        bounds, gates = _of_jobs(bounds, gates)
    levels, unjudged = _levels(gates, written.resources.limits)
    return Plan(
        service=service,
        strategy="canary" if chosen else "blue-green",
        weights=steps,
        interval_seconds=interval,
        waves=tuple(_waves(strategy, regions, monitor)),
        bounds=bounds,
        levels=levels,
        unjudged=unjudged,
        judge=canary.judge if canary else "evidence",
        min_requests=(canary.min_requests or 0) if canary else 0,
        hold_seconds=canary.max_hold.seconds if canary else 3600.0,
        after_hold=canary.after_hold if canary else "ask",
        approvals=strategy.approvals if strategy else (),
        pauses=tuple(_pauses(strategy, steps)),
        hooks=_hooks(strategy),
        windows=strategy.change_windows if strategy else (),
        freezes=strategy.freezes if strategy else (),
        smoke_test=(strategy.smoke_test or ()) if strategy else (),
        smoke_paths=strategy.smoke_paths if strategy else (),
        expands=written.migrate is not None,
        contracts=written.contract is not None,
        contract_seconds=written.contract_after.seconds,
        reverts=written.revert is not None,
    )


def _pauses(strategy: DeploymentStrategy | None, weights: tuple[int, ...]) -> Iterator[int]:
    """The first step that gives at least so much."""
    for share in strategy.pause_at if strategy else ():
        reached = (step for step, weight in enumerate(weights) if weight >= share.percent)
        yield next(reached, len(weights) - 1)


def _hooks(strategy: DeploymentStrategy | None) -> tuple[Hook, ...]:
    return tuple(
        Hook(
            name=hook.name,
            url=hook.url,
            when=hook.when,
            on_refusal=hook.on_refusal,
            seconds=hook.timeout.seconds,
            tries=hook.retries + 1,
            token=hook.token or "",
        )
        for hook in (strategy.webhooks if strategy else ())
    )


def _is_for(section: CanaryDeployment | None, service: str) -> bool:
    return section is not None and (not section.services or service in section.services)


def _weights(canary: CanaryDeployment) -> tuple[int, ...]:
    """5, 15, 25, 35, 45, 50, 100: the last of the increments is cut to the maximum."""
    last = canary.final_traffic.percent if canary.final_traffic else 100
    weights = (*ladder(canary).weights, float(last))
    return tuple(dict.fromkeys(max(1, round(weight)) for weight in weights))


def _shares(strategy: DeploymentStrategy | None) -> tuple[int, ...]:
    shares = shifts(strategy)[1] if strategy else ()
    whole = tuple(dict.fromkeys(round(share) for share in shares if 0 < share <= 100))
    return whole if whole and whole[-1] == 100 else FLIP


def _interval(
    strategy: DeploymentStrategy | None, canary: CanaryDeployment | None, *, is_canary: bool
) -> float:
    """How long a share is watched: blue-green may have its own."""
    if strategy and strategy.interval and not is_canary:
        return strategy.interval.seconds
    return canary.interval.seconds if canary else INTERVAL_SECONDS


def _monitor_seconds(
    strategy: DeploymentStrategy | None, canary: CanaryDeployment | None, interval: float
) -> float:
    """The window after the last shift: a key, or what the step `monitor` says, or an interval."""
    if canary and canary.monitor:
        return canary.monitor.seconds
    for _, name, text in strategy.steps if strategy else ():
        if "monitor" in name and (found := _MONITOR.search(text)):
            return Duration.parse(found.group()).seconds
    return interval


def _waves(
    strategy: DeploymentStrategy | None, regions: tuple[str, ...], monitor: float
) -> Iterator[Wave]:
    """The file's waves, as far as their regions run; the others follow in a last one."""
    left = list(regions)
    for wave in strategy.waves if strategy else ():
        here = tuple(region for region in wave.regions if region in left)
        left = [region for region in left if region not in here]
        if here:
            bake = wave.bake_time.seconds if wave.bake_time else monitor
            yield Wave(regions=here, bake_seconds=bake)
    if left:
        yield Wave(regions=tuple(left), bake_seconds=monitor)


def _levels(gates: Gates, limits: Amounts) -> tuple[tuple[Level, ...], tuple[str, ...]]:
    """The gates on what a replica uses, and those that cannot be judged without its limit."""
    known = {"cpu_usage": limits.cpu, "memory_usage": limits.memory}
    levels, unjudged = [], []
    for name, threshold in gates:
        if isinstance(threshold.limit, Percent) and known.get(name) is not None:
            levels.append(Level(name=name, limit=threshold.limit.ratio))
        else:
            unjudged.append(f"{name} {threshold}")
    return tuple(levels), tuple(unjudged)


def _of_jobs(bounds: tuple[Bound, ...], gates: Gates) -> tuple[tuple[Bound, ...], Gates]:
    """A worker counts how many jobs fail, not how long they take."""
    counted = tuple(replace(each, of="jobs") for each in bounds if each.over_seconds is None)
    slow = tuple(
        (each.name, Threshold.parse(f"< {each.over_seconds:g}s"))
        for each in bounds
        if each.over_seconds is not None
    )
    return counted, (*gates, *slow)


def _bounds(canary: CanaryDeployment | None) -> tuple[tuple[Bound, ...], Gates]:
    """The gates as shares of the requests. `success_threshold` is the upper end of the band."""
    if canary is None:
        return (Bound(name="error_rate", limit=0.01, ceiling=0.01),), ()
    allowed = float(1 - canary.success_threshold.percent / 100)
    limits, slow, others = [], [], []
    for gate in canary.metrics:
        for name, threshold in gate.bounds:
            if name == "error_rate" and isinstance(threshold.limit, Percent):
                limits.append(float(threshold.limit.ratio))
            elif name == "response_time" and isinstance(threshold.limit, Duration):
                share = 1 - (threshold.quantile or QUANTILE)
                over = threshold.limit.seconds
                slow.append(Bound(name=name, limit=share, ceiling=share, over_seconds=over))
            else:
                others.append((name, threshold))
    limit = min((*limits, allowed or 1.0)) or 0.0001
    ceiling = max(limit, allowed)
    return (Bound(name="error_rate", limit=limit, ceiling=ceiling), *slow), tuple(others)
