"""Exporters: Prometheus asks them, and they ask the site's stores, with the stores' own secret."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from groundplan.spec.prometheus import Prometheus, ScrapeJob
from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.stores import postgres
from groundplan.targets.cloud.design.workload import STORES_SECRET
from groundplan.targets.cloud.kubernetes.objects import (
    OTHERS_IMAGE,
    Kind,
    Object,
    make,
    skipped,
)
from groundplan.targets.cloud.kubernetes.pods import LOCKED, ordinary
from groundplan.targets.cloud.kubernetes.secrets import Remote, environment_secret, fetched

NAMESPACE = "monitoring"
USER = 65534


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    """An exporter: what tells its job in the file, its image and port, where its store is told."""

    name: str
    word: str
    image: str
    port: int
    variable: str
    key: str


EXPORTERS = (
    Exporter(
        name="postgres-exporter",
        word="postgres",
        image="quay.io/prometheuscommunity/postgres-exporter:v0.18.1",
        port=9187,
        variable="DATA_SOURCE_NAME",
        key="database-url",
    ),
    Exporter(
        name="redis-exporter",
        word="redis",
        image="docker.io/oliver006/redis_exporter:v1.69.0",
        port=9121,
        variable="REDIS_ADDR",
        key="redis-url",
    ),
)


def objects(cluster: Cluster) -> Iterator[Object]:
    """Those whose job the file has, for stores that it has."""
    written = cluster.platform.prometheus or Prometheus()
    for exporter in EXPORTERS:
        job = _job(cluster, exporter)
        if job:
            every = job.scrape_interval or written.global_.scrape_interval
            yield from _objects(cluster, exporter, job.metrics_path, f"{round(every.seconds)}s")


def has_postgres(cluster: Cluster) -> bool:
    """Whether the site's database is asked."""
    return _job(cluster, EXPORTERS[0]) is not None


def _job(cluster: Cluster, exporter: Exporter) -> ScrapeJob | None:
    written = cluster.platform.prometheus or Prometheus()
    stores = {"postgres": cluster.platform.primary_database, "redis": cluster.platform.cache_layer}
    jobs = (job for job in written.scrape_configs if exporter.word in job.job_name)
    return next(jobs, None) if stores[exporter.word] else None


def _objects(cluster: Cluster, exporter: Exporter, path: str, interval: str) -> Iterator[Object]:
    labels = {"app.kubernetes.io/name": exporter.name}
    yield fetched(exporter.name, NAMESPACE, {exporter.variable: _remote(cluster, exporter)})
    yield make(
        ("apps/v1", "Deployment"),
        exporter.name,
        NAMESPACE,
        labels=labels,
        annotations=skipped(**OTHERS_IMAGE, CKV_K8S_35="it reads its address from a variable"),
        spec={
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": _pod(exporter)},
        },
    )
    yield make(
        ("monitoring.coreos.com/v1", "PodMonitor"),
        exporter.name,
        NAMESPACE,
        labels=labels,
        spec={
            "selector": {"matchLabels": labels},
            "podMetricsEndpoints": [{"port": "metrics", "path": path, "interval": interval}],
        },
    )


def _remote(cluster: Cluster, exporter: Exporter) -> Remote:
    """A replica is asked itself: how far it is behind, only it knows."""
    site, key = cluster.site, exporter.key
    is_replica = not site.is_home and postgres(cluster.platform, site, cluster.home) is not None
    if exporter.word == "postgres" and is_replica:
        key = "database-read-url"
    return Remote(secret=environment_secret(site, STORES_SECRET), value=key)


def _pod(exporter: Exporter) -> dict[str, Any]:
    return {
        "automountServiceAccountToken": False,
        "securityContext": ordinary(USER),
        "containers": [
            {
                "name": exporter.name,
                "image": exporter.image,
                "envFrom": [{"secretRef": {"name": exporter.name}}],
                "ports": [{"name": "metrics", "containerPort": exporter.port}],
                "readinessProbe": {"httpGet": {"path": "/", "port": "metrics"}},
                "livenessProbe": {"httpGet": {"path": "/", "port": "metrics"}},
                "resources": {
                    "requests": {"cpu": "20m", "memory": "32Mi"},
                    "limits": {"cpu": "200m", "memory": "128Mi"},
                },
                "securityContext": LOCKED,
            }
        ],
    }


KIND = Kind(file="exporters.yaml", sections=("prometheus.scrape_configs",), objects=objects)
