"""Jaeger 2: a collector of OpenTelemetry with Jaeger's storage behind it; and who is traced."""

from collections.abc import Iterator
from typing import Any

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.vendors import vendors
from groundplan.targets.cloud.design.workload import STORES_SECRET
from groundplan.targets.cloud.kubernetes import apm
from groundplan.targets.cloud.kubernetes.objects import (
    Kind,
    Object,
    filled,
)
from groundplan.targets.cloud.kubernetes.pods import resources
from groundplan.targets.cloud.kubernetes.secrets import Remote, environment_secret, fetched

NAMESPACE = "tracing"
TRACES = "traces"
ADDRESS, SECRET = "SEARCH_URL", "trace-store"


def values(cluster: Cluster) -> dict[str, Any]:
    """As many collectors as the file says, with its store. The chart takes its configuration as
    `userconfig`, and calls its service by the release's name."""
    written = cluster.platform.jaeger
    assert written is not None
    return {
        "jaeger": filled(
            replicas=written.collector.replicas,
            resources=resources(written.collector.resources),
            extraEnv=[_address()] if _is_ours(cluster) else [],
        ),
        "userconfig": _configuration(cluster),
    }


def _configuration(cluster: Cluster) -> dict[str, Any]:
    own: dict[str, Any] = {"jaeger_storage_exporter": {"trace_storage": TRACES}}
    exporters = own | (apm.handed_on() if any(vendors(cluster.platform)) else {})
    pipeline = {"receivers": ["otlp"], "processors": ["batch"], "exporters": list(exporters)}
    endpoints = {"grpc": {"endpoint": "0.0.0.0:4317"}, "http": {"endpoint": "0.0.0.0:4318"}}
    return {
        "service": {
            "extensions": ["jaeger_storage", "jaeger_query", "healthcheckv2"],
            "pipelines": {"traces": pipeline},
        },
        "extensions": {
            "healthcheckv2": {"use_v2": True, "http": {"endpoint": "0.0.0.0:13133"}},
            "jaeger_query": {"storage": {"traces": TRACES}},
            "jaeger_storage": {"backends": {TRACES: _backend(cluster)}},
        },
        "receivers": {"otlp": {"protocols": endpoints}},
        "processors": {"batch": {}},
        "exporters": exporters,
    }


def objects(cluster: Cluster) -> Iterator[Object]:
    """Where the site's own store is; nobody else knows before it is made."""
    if not _is_ours(cluster):
        return
    remote = Remote(secret=environment_secret(cluster.site, STORES_SECRET), value="search-url")
    yield fetched(SECRET, NAMESPACE, {ADDRESS: remote})


def _is_ours(cluster: Cluster) -> bool:
    """Whether traces go to the search that is rendered with the site."""
    platform = cluster.platform
    storage = platform.jaeger.storage if platform.jaeger else None
    is_search = storage is not None and storage.type in ("elasticsearch", "opensearch")
    return is_search and platform.logging is not None and platform.logging.elasticsearch is not None


def _address() -> Object:
    reference = {"name": SECRET, "key": ADDRESS}
    return {"name": ADDRESS, "valueFrom": {"secretKeyRef": reference}}


def _backend(cluster: Cluster) -> dict[str, Any]:
    """The site's own OpenSearch, or the servers that the file names."""
    written = cluster.platform.jaeger
    storage = written.storage if written else None
    search = storage.elasticsearch if storage else None
    prefix = filled(index_prefix=search.index_prefix if search else None)
    if _is_ours(cluster):
        return {"opensearch": filled(server_urls=[f"${{env:{ADDRESS}}}"], indices=prefix or None)}
    if storage and search and storage.type in ("elasticsearch", "opensearch"):
        servers = [f"https://{node}" for node in search.nodes]
        return {storage.type: {"server_urls": servers, "indices": prefix}}
    return {"memory": {"max_traces": 100_000}}


def percents(cluster: Cluster) -> Iterator[tuple[str | None, float]]:
    """How many of a hundred requests are traced: for all services (None), and for single ones.
    The mesh decides and knows no rate: so many a second are a share of the promised requests."""
    written = cluster.platform.jaeger
    found = written.sampling if written else None
    default = found.default_strategy if found else None
    if default and default.type == "probabilistic":
        yield None, _percent(default.param)
    kpis = cluster.platform.kpis
    promised = kpis.scalability.requests_per_second if kpis else None
    for each in found.per_service_strategies if found else ():
        if each.type == "probabilistic" and each.param is not None:
            yield each.service, _percent(each.param)
        elif each.max_traces_per_second and promised:
            yield each.service, _percent(each.max_traces_per_second / promised.value)


def _percent(share: float) -> float:
    return round(min(1, share) * 100, 4)


KIND = Kind(file="traces.yaml", sections=("jaeger.storage",), objects=objects)
