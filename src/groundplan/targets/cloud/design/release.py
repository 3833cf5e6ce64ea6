"""How a new version takes over in a cluster: the steps and gates of Argo Rollouts, from the file.

Where the file names two ways for one service, `deployment_strategy.type` decides.
"""

import re
from dataclasses import dataclass, replace

from groundplan.design.meeting import ways_for
from groundplan.design.routes import PLAIN, Ways
from groundplan.spec.delivery import CanaryDeployment, DeploymentStrategy
from groundplan.spec.platform import Platform
from groundplan.spec.rollout import Webhook
from groundplan.units import Duration, Percent, Threshold

MONITOR = "monitor"
SHIFT = "traffic_shift"
_SHARE = re.compile(r"([0-9]+) ?%")
_TIME = re.compile(r"[0-9]+ ?(?:seconds?|minutes?|hours?|[smh]\b)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A metric that the new version must keep: below `keeps` it is good, above `breaks` bad."""

    metric: str  # error_rate, response_time, cpu_usage, memory_usage
    keeps: float
    breaks: float
    quantile: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Who has a word in it: a person at its start or before everybody has it, and webhooks."""

    start: bool = False
    promote: bool = False
    hooks: tuple[Webhook, ...] = ()

    def at(self, moment: str) -> tuple[Webhook, ...]:
        """Who is asked before a step, or after one."""
        return tuple(hook for hook in self.hooks if hook.when == moment)


NOBODY = Words()


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """Growing shares of the traffic. `requests`: how many the canary must have had by each step."""

    weights: tuple[int, ...]
    pause_seconds: int
    gates: tuple[Gate, ...]
    min_requests: int | None
    keep_old_seconds: int
    pauses: tuple[int, ...] = ()  # steps, from 0, after which a person has to say go on
    ways: Ways = PLAIN
    words: Words = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueGreen:
    """A whole second side, then the traffic: at once, or in the shares that the file names."""

    weights: tuple[int, ...]
    gates: tuple[Gate, ...]
    monitor_seconds: int
    preview_replicas: int | None
    keep_old_seconds: int
    pauses: tuple[int, ...] = ()
    words: Words = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolling:
    """Replica by replica."""


Release = Canary | BlueGreen | Rolling
KEEP_OLD_SECONDS = 600  # the old version stays, so that going back is a change of weights


def release_of(platform: Platform, service: str) -> Release:
    """How a service's versions change."""
    canary, strategy = platform.canary_deployment, platform.deployment_strategy
    is_canaried = canary is not None and service in (canary.services or (service,))
    is_shifted = strategy is not None and service in (strategy.services or (service,))
    if strategy and is_shifted and strategy.type == "blue-green":
        sides = _blue_green(strategy, canary)
        return replace(sides, words=_words(strategy), pauses=_pauses(strategy, sides.weights))
    if canary and is_canaried and not (strategy and is_shifted and strategy.type == "rolling"):
        return replace(
            _canary(canary),
            pauses=_pauses(strategy if is_shifted else None, weights(canary)),
            ways=ways_for(platform, service, weights(canary)),
            words=_words(strategy if is_shifted else None),
        )
    return Rolling()


def _words(strategy: DeploymentStrategy | None) -> Words:
    if strategy is None:
        return NOBODY
    asked = strategy.approvals
    return Words(start="start" in asked, promote="promote" in asked, hooks=strategy.webhooks)


def _pauses(strategy: DeploymentStrategy | None, steps: tuple[int, ...]) -> tuple[int, ...]:
    """The first step with so much; what is above all of them is when everybody has it."""
    return tuple(
        next(step for step, weight in enumerate(steps) if weight >= share.percent)
        for share in (strategy.pause_at if strategy else ())
        if steps and share.percent <= steps[-1]
    )


def _canary(written: CanaryDeployment) -> Canary:
    return Canary(
        weights=weights(written),
        pause_seconds=round(written.interval.seconds),
        gates=gates(written),
        min_requests=written.min_requests,
        keep_old_seconds=KEEP_OLD_SECONDS,
    )


def weights(written: CanaryDeployment) -> tuple[int, ...]:
    """From the initial share by increments to the largest, never above it."""
    first, step, most = (
        float(share.percent)
        for share in (written.initial_traffic, written.increment, written.max_traffic)
    )
    found = [first]
    while found[-1] < most:
        found.append(min(found[-1] + step, most))
    return tuple(dict.fromkeys(round(weight) for weight in found))


def gates(written: CanaryDeployment) -> tuple[Gate, ...]:
    """The file's metrics. `success_threshold` is where errors are bad beyond doubt."""
    allowed = float((100 - written.success_threshold.percent) / 100)
    found = []
    for metric, bound in (pair for gate in written.metrics for pair in gate.bounds):
        keeps = limit_of(bound)
        breaks = max(keeps, allowed) if metric == "error_rate" else keeps
        quantile = bound.quantile or 0.95
        found.append(Gate(metric=metric, keeps=keeps, breaks=breaks, quantile=quantile))
    return tuple(found)


def limit_of(bound: Threshold) -> float:
    """A bound as Prometheus counts: seconds, or a share of one."""
    match bound.limit:
        case Duration(seconds=seconds):
            return seconds
        case Percent() as share:
            return share.ratio
        case count:
            return float(count.value)


def _blue_green(written: DeploymentStrategy, canary: CanaryDeployment | None) -> BlueGreen:
    told = {name: text for _, name, text in written.steps}
    time = _TIME.search(told.get(MONITOR, ""))
    seconds = round(Duration.parse(time[0]).seconds) if time else 0
    green = written.green_environment
    return BlueGreen(
        weights=tuple(int(share) for share in _SHARE.findall(told.get(SHIFT, ""))),
        gates=gates(canary) if canary else (),
        monitor_seconds=seconds,
        preview_replicas=green.replicas if green and not green.match_live else None,
        keep_old_seconds=max(KEEP_OLD_SECONDS, seconds + 300),
    )
