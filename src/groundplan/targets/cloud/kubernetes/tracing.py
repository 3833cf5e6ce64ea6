"""The values of Jaeger 2: a collector of OpenTelemetry with Jaeger's storage behind it."""

import json
from typing import Any

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.kubernetes.objects import filled
from groundplan.targets.cloud.kubernetes.pods import resources

STORE = "traces"


def values(cluster: Cluster) -> dict[str, Any]:
    """As many collectors as the file says, with its store and its sampling."""
    written = cluster.platform.jaeger
    assert written is not None
    return {
        "jaeger": filled(
            replicas=written.collector.replicas,
            resources=resources(written.collector.resources),
            samplingConfig=json.dumps(sampling(cluster), indent=1) + "\n",
        ),
        "config": {
            "service": {
                "extensions": ["jaeger_storage", "jaeger_query", "healthcheckv2"],
                "pipelines": {
                    "traces": {
                        "receivers": ["otlp"],
                        "processors": ["batch"],
                        "exporters": ["jaeger_storage_exporter"],
                    }
                },
            },
            "extensions": {
                "healthcheckv2": {"use_v2": True, "http": {"endpoint": "0.0.0.0:13133"}},
                "jaeger_query": {"storage": {"traces": STORE}},
                "jaeger_storage": {"backends": {STORE: _backend(cluster)}},
            },
            "receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}},
            "processors": {"batch": {}},
            "exporters": {"jaeger_storage_exporter": {"trace_storage": STORE}},
        },
    }


def _backend(cluster: Cluster) -> dict[str, Any]:
    written = cluster.platform.jaeger
    storage = written.storage if written else None
    if storage and storage.elasticsearch and storage.type in ("elasticsearch", "opensearch"):
        search = storage.elasticsearch
        servers = [f"https://{node}" for node in search.nodes]
        found = {"server_urls": servers, "indices": {"index_prefix": search.index_prefix}}
        return {storage.type: found}
    return {"memory": {"max_traces": 100_000}}


def sampling(cluster: Cluster) -> dict[str, Any]:
    """Strategies as the collector reads them from a file. It knows no `adaptive` beside a file:
    so many traces a second are shared out to the replicas, of which each counts for itself."""
    written = cluster.platform.jaeger
    found = written.sampling if written else None
    default = found.default_strategy if found else None
    replicas = {workload.name: workload.written.replicas for workload in cluster.workloads}
    strategies = []
    for each in found.per_service_strategies if found else ():
        if each.max_traces_per_second:
            share = each.max_traces_per_second / max(1, replicas.get(each.service, 1))
            strategies.append(
                {"service": each.service, "type": "ratelimiting", "param": round(share, 2)}
            )
        elif each.param is not None:
            strategies.append({"service": each.service, "type": each.type, "param": each.param})
    return filled(
        default_strategy={"type": default.type, "param": default.param} if default else None,
        service_strategies=strategies,
    )
