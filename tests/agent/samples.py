"""Promises and looks at a platform, for tests."""

from dataclasses import replace

from groundplan.agent.sampling.seen import Buckets, RegionMetrics, Seen, Share
from groundplan.promise.promise import Bound, Promise

NOW = 1_000_000.0
INF = float("inf")


def promise(id_: str, target: str, limit: float, bound: Bound, unit: str) -> Promise:
    return Promise(
        id=id_,
        section=id_.split(".")[0],
        statement="",
        target=target,
        limit=limit,
        bound=bound,
        unit=unit,
        file="platform.yaml",
        line=1,
        column=1,
    )


AVAILABILITY = promise("kpis.availability.target", "99.9%", 0.999, Bound.AT_LEAST, "ratio")
API_TIME = promise("kpis.performance.api_response_time", "< 200ms (p95)", 0.2, Bound.AT_MOST, "s")
QUERY_TIME = promise(
    "kpis.performance.database_query_time", "< 100ms (p95)", 0.1, Bound.AT_MOST, "s"
)
PAGE_LOAD = promise("kpis.performance.page_load_time", "< 3s", 3, Bound.AT_MOST, "s")
RATE = promise("kpis.scalability.requests_per_second", "5,000", 5000, Bound.AT_LEAST, "1/s")
USERS = promise("kpis.scalability.concurrent_users", "10,000", 10_000, Bound.AT_LEAST, "users")
LAG = promise("disaster_recovery.rpo.replication_lag", "1 hour", 3600, Bound.AT_MOST, "s")


def region(
    name: str = "north",
    *,
    good: int = 0,
    total: int = 0,
    api: Buckets | None = None,
    queries: Buckets | None = None,
    rate: float = 0,
    connections: float = 0,
) -> RegionMetrics:
    return RegionMetrics(
        region=name,
        requests=Share(good=good, total=total),
        api_times=api or {},
        query_times=queries or {},
        served_per_second=rate,
        connections=connections,
    )


def seen(*regions: RegionMetrics, good_probes: int = 0, probes: int = 0) -> Seen:
    return replace(Seen(at=NOW, regions=regions), probes=Share(good=good_probes, total=probes))
