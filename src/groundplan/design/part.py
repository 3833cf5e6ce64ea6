"""What every part is: its kind, its name, where it runs and whom it needs."""

from dataclasses import dataclass, field
from enum import StrEnum


class PartKind(StrEnum):
    """What a part is; the word used in status, plans and logs."""

    EDGE = "edge"
    GATEWAY = "gateway"
    SERVICE = "service"
    POSTGRES = "postgres"
    REDIS = "redis"
    SENTINEL = "sentinel"
    PROMETHEUS = "prometheus"
    ALERTMANAGER = "alertmanager"
    POSTGRES_EXPORTER = "postgres-exporter"
    REDIS_EXPORTER = "redis-exporter"
    COLLECTOR = "collector"
    TRACER = "tracer"
    LAKE = "lake"
    AGENT = "agent"


class Role(StrEnum):
    """The role a data store is built with. A failover may move it later: ask the store."""

    PRIMARY = "primary"
    STANDBY = "standby"  # same region, synchronous
    REPLICA = "replica"  # asynchronous


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One supervised process. `name` is `<site>/<short>`, for example `us-east-1/postgres-1`."""

    name: str
    site: str  # a region's name, or "global" for what stands in front of the regions
    address: str  # a loopback address of its own, except the edge
    # Names of parts that must be ready first. Only the order of a start, so no difference to it.
    needs: tuple[str, ...] = field(default=(), compare=False)

    @property
    def directory(self) -> str:
        """Where its files are, relative to the platform's folder."""
        return f"parts/{self.name}"
