"""Two versions of a service in some regions, made of arithmetic: traffic, weights, leases, faults.

A gateway of the twin keeps its lease as the real one does: past its end, stable serves everybody.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from groundplan.design.routes import PLAIN, Ways
from groundplan.ports.releases import Counts, Look, Sight, Usage
from groundplan.twin.clock import VirtualClock
from groundplan.twin.traffic import Bursts, Version, binomial, poisson


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How a version behaves; functions of the virtual time since the rollout's beginning."""

    failing: Callable[[float], float] = lambda now: 0.0
    slow: float = 0.0  # share of requests over the limit
    bursty: float | None = None  # mean share of failures that come in bursts
    starts: bool = True
    memory: Callable[[float], float] = lambda now: 0.4  # share of its limit

    @classmethod
    def steady(cls, mean: float, *, bursty: bool = False) -> "Behaviour":
        """Failures with a mean that does not change."""
        return cls(bursty=mean) if bursty else cls(failing=lambda now: mean)

    def with_slow(self, share: float) -> "Behaviour":
        """The same, with so many requests over the limit."""
        return replace(self, slow=share)


@dataclass(slots=True)
class _Region:
    canary: Version
    stable: Version
    weight: int = 0
    until: float = 0.0


@dataclass(slots=True, kw_only=True)
class TwinReleases:
    """The port, on a virtual clock. Faults are set from outside, by the instant or by hand."""

    regions: tuple[str, ...]
    requests_per_second: float  # in each region
    canary: Behaviour
    stable: Behaviour
    seed: int = 1
    bounds: int = 1
    clock: VirtualClock = field(default_factory=VirtualClock)
    unseen: set[str] = field(default_factory=set)  # regions whose gateway tells nothing
    stuck: set[str] = field(default_factory=set)  # regions whose gateway takes no weight
    failing_over: set[str] = field(default_factory=set)
    unmonitored: set[str] = field(default_factory=set)  # regions whose Prometheus is away
    crashed: bool = False  # the new version's replicas, after they were ready
    refuses: dict[str, str] = field(default_factory=dict)  # work -> why it fails
    ways: Ways = PLAIN  # of which the copies of reads count here; all requests are reads
    only_in: str | None = None  # the region in which alone the new version is bad
    failed: int = 0  # requests of users that the new version failed
    answered: int = 0  # requests that the new version got
    works: list[str] = field(default_factory=list)
    old_running: bool = True
    started: bool = False
    exposed_seconds: float | None = None  # from the first request of users until none is given
    _served: float | None = None
    _looked: float = 0.0
    _began: float = 0.0
    _regions: dict[str, _Region] = field(default_factory=dict)
    _chance: Random = field(default_factory=Random)

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)
        self._began = self._looked = self.clock.now
        good = Behaviour.steady(0.0)
        for name in self.regions:
            is_bad = self.only_in in (None, name)
            self._regions[name] = _Region(
                canary=self._version(self.canary if is_bad else good),
                stable=self._version(self.stable),
            )

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return self.clock.now - self._began

    def see(self) -> Sight:
        """What has happened since the last look."""
        seconds = self.clock.now - self._looked
        self._looked = self.clock.now
        return Sight(
            looks={name: self._look(name, region, seconds) for name, region in self._all()},
            ready=dict.fromkeys(self.regions, self._ready()),
            serving={
                name: None if name in self.unseen else self.weight(name) for name in self.regions
            },
            usage=dict.fromkeys(self.regions, self._usage()),
            old_running=self.old_running,
            failing_over=frozenset(self.failing_over),
            unmonitored=frozenset(self.unmonitored),
        )

    def serve(self, weights: Mapping[str, int], *, until: float) -> None:
        """Takes weights, unless a gateway is stuck."""
        if any(weights.values()):
            self._served = self.clock.now if self._served is None else self._served
        elif self._served is not None and self.exposed_seconds is None:
            self.exposed_seconds = self.clock.now - self._served
        for name, percent in weights.items():
            if name not in self.stuck:
                self._regions[name].weight = percent
                self._regions[name].until = until

    def work(self, name: str, regions: tuple[str, ...]) -> str:
        """Does it, or fails as it was told to."""
        self.works.append(name)
        if name in self.refuses:
            return self.refuses[name]
        if name.startswith("start"):
            self.started = self.canary.starts
        if name.startswith("make"):
            self.old_running = False
        if name.startswith("remove"):
            self.started = False
        return ""

    def weight(self, name: str) -> int:
        """What the region's gateway really serves of the new version."""
        region = self._regions[name]
        return region.weight if self.clock.now < region.until else 0

    def _all(self) -> tuple[tuple[str, _Region], ...]:
        return tuple(self._regions.items())

    def _ready(self) -> int:
        return 1 if self.started and not self.crashed else 0

    def _usage(self) -> Usage:
        return Usage(
            canary={"memory_usage": self.canary.memory(self.seconds)},
            stable={"memory_usage": self.stable.memory(self.seconds)},
            canary_replicas=1,
            stable_replicas=1,
        )

    def _look(self, name: str, region: _Region, seconds: float) -> Look | None:
        share = self.weight(name) / 100 if self._ready() else 0.0
        rate = self.requests_per_second * seconds
        sides = tuple(
            self._counts(version, poisson(self._chance, rate * part), seconds, behaviour.slow)
            for version, part, behaviour in (
                (region.canary, share, self.canary),
                (region.stable, 1 - share, self.stable),
            )
        )
        self.answered += sides[0].requests
        self.failed += sides[0].bad[0]
        if 0 < region.weight <= self.ways.mirror_up_to and share:
            number = poisson(self._chance, rate * self.ways.mirror / 100)
            copies = self._counts(region.canary, number, seconds, self.canary.slow)
            sides = (_together(sides[0], copies), sides[1])
        return None if name in self.unseen else Look(*sides)

    def _counts(self, version: Version, requests: int, seconds: float, slow: float) -> Counts:
        failures = version.failures(requests, self.seconds, seconds)
        late = binomial(self._chance, requests, slow) if self.bounds > 1 else 0
        return Counts(requests, (failures, *(late for _ in range(self.bounds - 1))))

    def _version(self, behaviour: Behaviour) -> Version:
        bursts = Bursts(self._chance, behaviour.bursty) if behaviour.bursty is not None else None
        return Version(self._chance, behaviour.failing, bursts)


def _together(users: Counts, copies: Counts) -> Counts:
    bad = tuple(one + other for one, other in zip(users.bad, copies.bad, strict=True))
    return Counts(users.requests + copies.requests, bad)
