"""How many replicas and nodes a load needs. Rates are requests per second, processors cores."""

import math
from dataclasses import dataclass
from decimal import Decimal


def cpu_seconds_per_request(replicas: int, cores: float, utilisation: float, rate: float) -> float:
    """Processor time that each request may take: 20 x 0.25 cores at 70% and 5,000/s: 0.7 ms."""
    return replicas * cores * utilisation / rate


def replicas_for(rate: float, *, cpu_seconds: float, cores: float, utilisation: float) -> int:
    """Replicas that serve a rate when each request takes so much processor time."""
    return math.ceil(round(rate * cpu_seconds / (cores * utilisation), 9))


def desired_replicas(ready: int, usage: float, *, target: float, tolerance: float = 0.1) -> int:
    """What Kubernetes' horizontal autoscaler asks for, in its own order of floating point:
    3 replicas at 77% with a target of 70% give 4."""
    ratio = usage / target
    return ready if abs(1 - ratio) <= tolerance else math.ceil(ratio * ready)


def pods_on(cores_free: float, bytes_free: float, *, cores: float, memory_bytes: float) -> int:
    """Pods of one size that fit on a node."""
    by_cores = cores_free / cores if cores else math.inf
    by_memory = bytes_free / memory_bytes if memory_bytes else math.inf
    fitting = min(by_cores, by_memory)
    return math.floor(round(fitting, 9)) if math.isfinite(fitting) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotSplit:
    """Nodes when a percentage of them is spot. On demand rounds up, as EC2 groups do."""

    total: int
    exact: Decimal  # what the percentage says: 60% of 3 is 1.8

    @property
    def spot(self) -> int:
        """Nodes that can be taken away at two minutes' notice."""
        return math.floor(self.exact)

    @property
    def on_demand(self) -> int:
        """Nodes that stay."""
        return self.total - self.spot

    @property
    def is_whole(self) -> bool:
        """Whether the percentage gives whole nodes."""
        return self.exact == self.exact.to_integral_value()

    @property
    def left(self) -> Decimal:
        """The share of nodes that is left when all spot nodes go at once."""
        return Decimal(self.on_demand) / self.total if self.total else Decimal(0)


def spot_split(total: int, percent: Decimal) -> SpotSplit:
    """How many of `total` nodes are spot."""
    return SpotSplit(total=total, exact=total * percent / 100)


def drain_margin_seconds(notice: float, *, drain: float, detect: float = 0) -> float:
    """Seconds left of a notice after it was seen and the node drained; below zero is too late."""
    return notice - detect - drain
