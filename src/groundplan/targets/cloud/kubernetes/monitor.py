"""ServiceMonitor and PodMonitor: what Prometheus asks of a service and of the proxies beside it."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes.names import HASH_LABEL
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make
from groundplan.targets.cloud.kubernetes.pods import PORT, VERSION_LABEL
from groundplan.targets.cloud.kubernetes.service import SIDE


def objects(workload: Workload) -> Iterator[Object]:
    """Every replica is asked by itself and once, and its numbers carry its version."""
    path = workload.written.metrics_path
    own = [HASH_LABEL, VERSION_LABEL] if workload.is_rollout else [VERSION_LABEL]
    if path:
        yield make(
            ("monitoring.coreos.com/v1", "ServiceMonitor"),
            workload.name,
            workload.namespace,
            labels=workload.labels,
            spec={
                "selector": {
                    "matchLabels": workload.selector,
                    "matchExpressions": [{"key": SIDE, "operator": "DoesNotExist"}],
                },
                "podTargetLabels": own,
                "endpoints": [{"port": PORT, "path": path, "interval": workload.scrape_interval}],
            },
        )
    if workload.mesh:
        yield make(
            ("monitoring.coreos.com/v1", "PodMonitor"),
            f"{workload.name}-proxy",
            workload.namespace,
            labels=workload.labels,
            spec={
                "selector": {"matchLabels": workload.selector},
                "podTargetLabels": own,
                "podMetricsEndpoints": [
                    {
                        "portNumber": 15090,
                        "path": "/stats/prometheus",
                        "interval": workload.scrape_interval,
                    }
                ],
            },
        )


KIND = Kind(file="monitor.yaml", sections=("prometheus", "services"), objects=objects)
