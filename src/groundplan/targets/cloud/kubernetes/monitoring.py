"""The values of the Prometheus stack: how often it asks, how long it keeps, whom it calls."""

import math
from collections.abc import Iterator
from typing import Any

from groundplan.spec.prometheus import Prometheus
from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.stores import GRAFANA_SECRET, PAGER_SECRET, has_pager
from groundplan.targets.cloud.kubernetes.objects import Kind, Object
from groundplan.targets.cloud.kubernetes.secrets import Remote, environment_secret, fetched

NAMESPACE = "monitoring"
PAGER_KEY = "routing-key"
DISK = "50Gi"


def values(cluster: Cluster, storage_class: str) -> dict[str, Any]:
    """Prometheus takes the monitors and rules of every namespace."""
    written = cluster.platform.prometheus or Prometheus()
    days = max(1, math.ceil(written.retention.seconds / 86_400))
    site = cluster.site
    everything = {
        f"{name}SelectorNilUsesHelmValues": False
        for name in ("serviceMonitor", "podMonitor", "rule", "probe")
    }
    return {
        "prometheus": {
            "prometheusSpec": {
                "replicas": 2,
                "retention": f"{days}d",
                "scrapeInterval": _seconds(written.global_.scrape_interval.seconds),
                "evaluationInterval": _seconds(written.global_.evaluation_interval.seconds),
                "externalLabels": {
                    "platform": site.platform,
                    "environment": site.environment,
                    "region": site.region,
                },
                **everything,
                "storageSpec": {"volumeClaimTemplate": {"spec": _disk(storage_class)}},
            }
        },
        "alertmanager": _alertmanager(has_pager(cluster.platform)),
        "grafana": {"admin": {"existingSecret": GRAFANA_SECRET}},
    }


def objects(cluster: Cluster) -> Iterator[Object]:
    """What the chart's pods read: who may look at dashboards, and how the pager is reached."""
    yield _secret(cluster, GRAFANA_SECRET, ("admin-user", "admin-password"))
    if has_pager(cluster.platform):
        yield _secret(cluster, PAGER_SECRET, (PAGER_KEY,))


def _secret(cluster: Cluster, name: str, keys: tuple[str, ...]) -> Object:
    remote = environment_secret(cluster.site, name)
    return fetched(name, NAMESPACE, {key: Remote(secret=remote, value=key) for key in keys})


def _alertmanager(is_paged: bool) -> dict[str, Any]:
    """Pages go to PagerDuty where the file says so; its key is a file that a secret brings."""
    route: dict[str, Any] = {
        "receiver": "nobody",
        "group_by": ["alertname", "region", "service"],
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "4h",
    }
    receivers: list[dict[str, Any]] = [{"name": "nobody"}]
    spec: dict[str, Any] = {"replicas": 2}
    if is_paged:
        route["routes"] = [{"receiver": "pager", "matchers": ['severity="page"']}]
        key = f"/etc/alertmanager/secrets/{PAGER_SECRET}/{PAGER_KEY}"
        receivers.append({"name": "pager", "pagerduty_configs": [{"routing_key_file": key}]})
        spec["secrets"] = [PAGER_SECRET]
    return {"alertmanagerSpec": spec, "config": {"route": route, "receivers": receivers}}


def _disk(storage_class: str) -> dict[str, Any]:
    return {
        "storageClassName": storage_class,
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": DISK}},
    }


def _seconds(seconds: float) -> str:
    return f"{round(seconds)}s"


KIND = Kind(file="monitoring.yaml", sections=("prometheus.alerts",), objects=objects)
