"""What one look at a running platform finds. Whatever did not answer is there as Away."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Upper bound of a bucket -> how many were at most that; the last bound is infinity.
Buckets = Mapping[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """Somebody who was asked and did not answer, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Yes-or-no samples: requests, probes."""

    good: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionMetrics:
    """What a region's Prometheus says of its gateways and services."""

    region: str
    requests: Share
    api_times: Buckets
    query_times: Buckets
    served_per_second: float
    connections: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A PostgreSQL server's position in the log of all changes, in bytes from its beginning."""

    name: str
    is_primary: bool
    position: int
    applied_seconds_ago: float | None = None  # age of the newest transaction that a replica has


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where the primary was at a moment."""

    at: float
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """Where the primary was, oldest first, since it has been the primary."""

    primary: str = ""
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One look. Probes are those that the agent sent through the edge."""

    at: float
    regions: tuple[RegionMetrics | Away, ...] = ()
    probes: Share = Share()  # over the window of availability
    probes_lately: int = 0  # over the window of response times
    servers: tuple[Server | Away, ...] = ()
    trail: Trail = field(default_factory=Trail)
