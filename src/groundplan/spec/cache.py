"""`cache_layer`: the Redis that answers repeated questions."""

from typing import Literal

from groundplan.spec.section import Flag, Positive, Section, Text, Whole
from groundplan.units import Duration, TimeWindow, Version

Eviction = Literal[
    "noeviction",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
]


class Cluster(Section):
    """How many servers, and whether one takes over from another."""

    num_cache_clusters: Positive
    automatic_failover: Flag = False
    multi_az: Flag = False


class CacheBackup(Section):
    """Snapshots."""

    snapshot_retention_limit: Whole
    snapshot_window: TimeWindow | None = None


class Cache(Section):
    """The cache of each region."""

    engine: Literal["redis"]
    version: Version
    node_type: Text | None = None
    cluster: Cluster | None = None
    backup: CacheBackup | None = None
    role: Literal["cache", "store"] | None = None  # whether its data exists elsewhere too
    default_ttl: Duration | None = None
    eviction: Eviction = "allkeys-lru"
    at_rest_encryption: Flag = False
    transit_encryption: Flag = False
