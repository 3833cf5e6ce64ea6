"""Pages that are asked for from outside, as a client asks: what they take is counted.

Nothing is drawn, so that a page takes at least as long for a person.
"""

from collections.abc import Iterator

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.kubernetes.objects import OTHERS_IMAGE, Kind, Object, make, skipped
from groundplan.targets.cloud.kubernetes.pods import LOCKED, ordinary

NAMESPACE = "monitoring"
NAME = "page-prober"
IMAGE = "quay.io/prometheus/blackbox-exporter:v0.27.0"
PORT, USER = 9115, 65534
LABELS = {"app.kubernetes.io/name": NAME}


def targets(cluster: Cluster) -> tuple[str, ...]:
    """The pages of the file at the public name, where this region is one that probes."""
    kpis, written = cluster.platform.kpis, cluster.platform.prometheus
    chosen = written.probes_from if written else ()
    if kpis is None or cluster.host is None or (chosen and cluster.site.region not in chosen):
        return ()
    return tuple(f"https://{cluster.host}{path}" for path in kpis.pages)


def objects(cluster: Cluster) -> Iterator[Object]:
    """The prober and what it is asked."""
    found = targets(cluster)
    if not found:
        return
    yield make(
        ("apps/v1", "Deployment"),
        NAME,
        NAMESPACE,
        labels=LABELS,
        annotations=skipped(**OTHERS_IMAGE),
        spec={
            "replicas": 1,
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": _pod()},
        },
    )
    yield make(
        ("v1", "Service"),
        NAME,
        NAMESPACE,
        labels=LABELS,
        spec={
            "selector": LABELS,
            "ports": [{"name": "metrics", "port": PORT, "targetPort": "metrics"}],
        },
    )
    yield make(
        ("monitoring.coreos.com/v1", "Probe"),
        "pages",
        NAMESPACE,
        spec={
            "jobName": "pages",
            "interval": "60s",
            "scrapeTimeout": "30s",
            "module": "http_2xx",
            "prober": {"url": f"{NAME}.{NAMESPACE}.svc:{PORT}"},
            "targets": {"staticConfig": {"static": list(found)}},
        },
    )


def _pod() -> Object:
    probe = {"httpGet": {"path": "/-/healthy", "port": "metrics"}}
    return {
        "automountServiceAccountToken": False,
        "securityContext": ordinary(USER),
        "containers": [
            {
                "name": NAME,
                "image": IMAGE,
                "ports": [{"name": "metrics", "containerPort": PORT}],
                "readinessProbe": probe,
                "livenessProbe": probe,
                "resources": {
                    "requests": {"cpu": "20m", "memory": "32Mi"},
                    "limits": {"cpu": "200m", "memory": "128Mi"},
                },
                "securityContext": LOCKED,
            }
        ],
    }


KIND = Kind(file="pages.yaml", sections=("kpis.pages", "prometheus.probes_from"), objects=objects)
