"""What a rollout may ask of a target: counts, replicas and weights per region, and work once.

`None` is "not seen", which is neither zero nor fine. Weights are a lease: a gateway that hears
nothing until `until` serves the stable version alone, whoever is still alive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Counts:
    """What one side got since the last look; `bad` holds one number for each bound."""

    requests: int
    bad: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """Both sides in one region, over the same seconds."""

    canary: Counts
    stable: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the replicas of both sides use in one region: means, as shares of their limits."""

    canary: Mapping[str, float]  # by the gate's name: cpu_usage, memory_usage
    stable: Mapping[str, float]
    canary_replicas: int
    stable_replicas: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is seen at one instant, by region."""

    looks: Mapping[str, Look | None] = field(default_factory=dict)
    ready: Mapping[str, int | None] = field(default_factory=dict)  # replicas of the new version
    serving: Mapping[str, int | None] = field(default_factory=dict)  # percent, asked of gateways
    usage: Mapping[str, Usage | None] = field(default_factory=dict)
    old_running: bool = True  # whether any replica of the old version lives
    failing_over: frozenset[str] = frozenset()
    unmonitored: frozenset[str] = frozenset()  # regions whose Prometheus does not answer


class Releases(Protocol):
    """A service with two versions side by side, in some regions."""

    def see(self) -> Sight:
        """What is to be seen now; it always answers."""

    def serve(self, weights: Mapping[str, int], *, until: float) -> None:
        """Give the new version so many percent in each region, and no longer than that."""

    def work(self, name: str, regions: tuple[str, ...]) -> str:
        """Do one of the works of a rollout, harmless when repeated; why it failed, or nothing."""


class Contraction(Protocol):
    """A service whose schema may lose what no version that runs needs any more."""

    def refusal(self) -> str:
        """Why nothing may go now: another version runs, beside it or in its place. Else nothing."""

    def contract(self) -> str:
        """Takes it away, harmless when repeated; why it failed, or nothing."""
