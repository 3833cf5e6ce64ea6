"""What the file says of a rollout: who moves traffic, in which shares, between which versions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from groundplan.checks.numbers.gate import CanarySteps, canary_steps
from groundplan.spec.delivery import CanaryDeployment, DeploymentStrategy
from groundplan.spec.platform import Platform

STRATEGY = "deployment_strategy"
CANARY = "canary_deployment"
NEW = ("canary", "green", "new", "preview")  # what the side of a new version is called
STEPS_MAX = 1000
PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%")
SHIFT = re.compile(r"traffic|shift|weight|canary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """Something that decides how much traffic a new version gets, and the shares it names."""

    words: str
    home: str  # its section
    path: str  # its shares
    shares: tuple[float, ...]

    @property
    def shown(self) -> str:
        """For messages."""
        return f"{self.words} ({', '.join(f'{share:g}%' for share in self.shares)})"


def movers(platform: Platform) -> dict[str, tuple[Mover, ...]]:
    """Everything that moves the traffic of each service; by the routes when there are none."""
    fixed = _fixed(platform)
    names = tuple(platform.services) or tuple(fixed) or ("the platform",)
    found: dict[str, list[Mover]] = {name: [] for name in names}
    for mover, own in _strategies(platform):
        for name in own or names:
            if name in found:
                found[name].append(mover)
    return {name: (*each, *fixed.get(name, ())) for name, each in found.items()}


def _strategies(platform: Platform) -> Iterator[tuple[Mover, tuple[str, ...]]]:
    """The strategies of the file, each with the services that it names."""
    strategy, canary = platform.deployment_strategy, platform.canary_deployment
    if strategy:
        path, shares = shifts(strategy)
        if strategy.type != "canary" or (shares and not canary):
            words = f"the {strategy.type} strategy"
            mover = Mover(words=words, home=f"{STRATEGY}.type", path=path, shares=shares)
            yield mover, strategy.services
    if canary:
        path, shares = f"{CANARY}.initial_traffic", ladder(canary).weights
        yield Mover(words="the canary", home=CANARY, path=path, shares=shares), canary.services


def _fixed(platform: Platform) -> dict[str, list[Mover]]:
    """Routes that give two versions a share each, whatever a rollout does meanwhile; by service."""
    found: dict[str, list[Mover]] = {}
    for number, route in enumerate(platform.mesh.routes if platform.mesh else ()):
        for item, http in enumerate(route.http):
            hosts = {each.destination.host for each in http.route}
            split = [each.weight or 0 for each in http.route]
            if len(hosts) > 1 or sum(weight > 0 for weight in split) < 2:
                continue
            new = [n for n, each in enumerate(http.route) if each.destination.subset in NEW]
            last = new[0] if new else len(split) - 1
            path = f"mesh.routes[{number}].http[{item}].route[{last}].weight"
            words = f"the mesh's fixed {'/'.join(map(str, split))}"
            mover = Mover(words=words, home=path, path=path, shares=(float(split[last]),))
            found.setdefault(hosts.pop(), []).append(mover)
    return found


def shifts(strategy: DeploymentStrategy) -> tuple[str, tuple[float, ...]]:
    """The step of the rollout process that shifts traffic, and its shares."""
    for key, name, text in strategy.steps:
        shares = tuple(float(share) for share in PERCENT.findall(text))
        if shares and SHIFT.search(name):
            return step_path(key), shares
    return f"{STRATEGY}.type", ()


def step_path(key: str | int) -> str:
    """The place of a step of the rollout process."""
    process = f"{STRATEGY}.rollout_process"
    return f"{process}[{key}]" if isinstance(key, int) else f"{process}.{key}"


def ladder(canary: CanaryDeployment) -> CanarySteps:
    """The steps of a canary; of one with absurdly small steps, as many as anybody could want."""
    first, top = float(canary.initial_traffic.percent), float(canary.max_traffic.percent)
    return canary_steps(
        first,
        increment=max(float(canary.increment.percent), (top - first) / STEPS_MAX),
        maximum=top,
        interval_seconds=canary.interval.seconds,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorGate:
    """A bound on failed requests, as a share of them."""

    path: str
    percent: Decimal

    @property
    def ratio(self) -> float:
        """As a fraction of one."""
        return float(self.percent / 100)


def error_gates(canary: CanaryDeployment) -> tuple[ErrorGate, ...]:
    """The success threshold and the bounds on the error rate."""
    whole = Decimal(100) - canary.success_threshold.percent
    found = [ErrorGate(path=f"{CANARY}.success_threshold", percent=whole)]
    for index, gate in enumerate(canary.metrics):
        limit = getattr(gate.error_rate, "limit", None)
        percent = getattr(limit, "percent", None)
        if isinstance(percent, Decimal):
            path = f"{CANARY}.metrics[{index}].error_rate"
            found.append(ErrorGate(path=path, percent=percent))
    return tuple(found)
