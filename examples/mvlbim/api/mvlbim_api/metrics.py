"""The figures Prometheus reads: requests, their time, database queries, the cache.

Every series carries version and region, so that a rollout can compare two versions.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from mvlbim_api.environment import Environment

# 0.1, 0.2 and 0.5 are the document's promises (queries, API p95, canary); quantiles
# are only exact at a bucket's edge.
_REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0)
_QUERY_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)


_HERE = ("version", "region")


class Metrics:
    def __init__(self, environment: Environment) -> None:
        # A third of all series, and nobody asks for them.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._here = (environment.service_version, environment.region)
        self._requests = self._counter(
            "http_requests_total", "Requests answered.", "method", "route", "status"
        )
        self._request_seconds = self._histogram(
            "http_request_duration_seconds",
            "Time from a request's arrival to the end of its answer.",
            *("method", "route"),
            buckets=_REQUEST_BUCKETS,
        )
        self._query_seconds = self._histogram(
            "db_query_duration_seconds",
            "Time of one database operation, without the wait for a connection.",
            "operation",
            buckets=_QUERY_BUCKETS,
        )
        cache_requests = self._counter(
            "cache_requests_total",
            "Reads that asked the cache: hit, miss, or off while it cannot be reached.",
            "result",
        )
        in_flight = Gauge(
            "http_requests_in_flight", "Requests being answered.", _HERE, registry=self.registry
        )
        self.in_flight = in_flight.labels(*self._here)
        self._bound: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._bound_queries: dict[str, Histogram] = {}
        self._bound_cache = {
            result: cache_requests.labels(result, *self._here) for result in ("hit", "miss", "off")
        }

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(name, says, (*labels, *_HERE), registry=self.registry)

    def _histogram(
        self, name: str, says: str, *labels: str, buckets: tuple[float, ...]
    ) -> Histogram:
        return Histogram(name, says, (*labels, *_HERE), buckets=buckets, registry=self.registry)

    def request(
        self, method: str, route: str, status: int, seconds: float, *, trace_id: str = ""
    ) -> None:
        """`trace_id`: a trace that is kept, which shows what such a request did."""
        key = (method, route, status // 100)
        if key not in self._bound:
            # Looking labels up costs more than counting; the set of keys is small and closed.
            self._bound[key] = (
                self._requests.labels(method, route, f"{key[2]}xx", *self._here),
                self._request_seconds.labels(method, route, *self._here),
            )
        count, duration = self._bound[key]
        count.inc()
        duration.observe(seconds, {"trace_id": trace_id} if trace_id else None)

    def count_dropped_lines(self, dropped: Callable[[], int]) -> None:
        gauge = Gauge(
            "log_lines_dropped", "Log lines that found no reader.", registry=self.registry
        )
        gauge.set_function(dropped)

    @contextmanager
    def query(self, operation: str) -> Iterator[None]:
        if operation not in self._bound_queries:
            self._bound_queries[operation] = self._query_seconds.labels(operation, *self._here)
        started = time.perf_counter()
        try:
            yield
        finally:
            self._bound_queries[operation].observe(time.perf_counter() - started)

    def cache(self, result: str) -> None:
        self._bound_cache[result].inc()
