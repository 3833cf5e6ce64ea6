"""Traces for Datadog and New Relic, where the file's stack names them: a collector of OpenTelemetry
that Jaeger hands its spans on to.

Without a key it is off: spans end in an exporter that drops them, and nothing is sent. With one the
operator of secrets sets a variable that names the vendor's own exporter.
"""

import json
from collections.abc import Iterator
from typing import Any

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.vendors import DATADOG, NEW_RELIC, Vendor, vendors
from groundplan.targets.cloud.kubernetes.objects import (
    OTHERS_IMAGE,
    Kind,
    Object,
    make,
    skipped,
)
from groundplan.targets.cloud.kubernetes.pods import LOCKED, ordinary
from groundplan.targets.cloud.kubernetes.secrets import environment_secret, external

NAMESPACE, NAME = "tracing", "apm"
IMAGE = "docker.io/otel/opentelemetry-collector-contrib:0.140.0"
EXPORTER = "otlp/apm"  # Jaeger's, that leads here
GRPC, HEALTH, USER = 4317, 13133, 10001
LABELS = {"app.kubernetes.io/name": NAME}
OFF = "nop"
# An exporter has to have a key even where no pipeline uses it.
EXPORTERS: dict[str, dict[str, Any]] = {
    DATADOG.name: {
        "datadog": {
            "api": {
                "key": "${env:DATADOG_KEY:-none}",
                "site": "${env:DATADOG_SITE:-datadoghq.com}",
            }
        }
    },
    NEW_RELIC.name: {
        "otlp/new-relic": {
            "endpoint": "${env:NEW_RELIC_ENDPOINT:-otlp.nr-data.net:4317}",
            "headers": {"api-key": "${env:NEW_RELIC_KEY:-none}"},
        }
    },
}


def handed_on() -> dict[str, Any]:
    """Jaeger's exporter. What does not answer is not waited for: Jaeger's own store comes first."""
    return {
        EXPORTER: {
            "endpoint": f"{NAME}.{NAMESPACE}.svc.cluster.local:{GRPC}",
            "tls": {"insecure": True},
            "retry_on_failure": {"enabled": False},
            "sending_queue": {"queue_size": 100},
        }
    }


def objects(cluster: Cluster) -> Iterator[Object]:
    """The collector, and a secret of each vendor."""
    named = tuple(vendors(cluster.platform))
    if not named or cluster.platform.jaeger is None:
        return
    for vendor in named:
        yield _secret(cluster, vendor)
    text = json.dumps(configuration(named), indent=1) + "\n"
    yield make(("v1", "ConfigMap"), NAME, NAMESPACE, labels=LABELS, data={"collector.json": text})
    yield make(
        ("apps/v1", "Deployment"),
        NAME,
        NAMESPACE,
        labels=LABELS,
        annotations=skipped(**OTHERS_IMAGE, CKV_K8S_35="its configuration reads variables"),
        spec={
            "replicas": 2,
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": _pod(named)},
        },
    )
    yield make(
        ("v1", "Service"),
        NAME,
        NAMESPACE,
        labels=LABELS,
        spec={
            "selector": LABELS,
            "ports": [{"name": "grpc-otlp", "port": GRPC, "targetPort": "otlp"}],
        },
    )


def configuration(named: tuple[Vendor, ...]) -> dict[str, Any]:
    """A pipeline of each vendor, whose exporter a variable chooses."""
    exporters: dict[str, Any] = {OFF: {}}
    pipelines = {}
    for vendor in named:
        exporters |= EXPORTERS[vendor.name]
        chosen = f"${{env:{_variable(vendor)}:-{OFF}}}"
        pipelines[f"traces/{vendor.name}"] = {
            "receivers": ["otlp"],
            "processors": ["memory_limiter", "batch"],
            "exporters": [chosen],
        }
    return {
        "extensions": {"health_check": {"endpoint": f"0.0.0.0:{HEALTH}"}},
        "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": f"0.0.0.0:{GRPC}"}}}},
        "processors": {
            "memory_limiter": {"check_interval": "1s", "limit_percentage": 80},
            "batch": {},
        },
        "exporters": exporters,
        "service": {"extensions": ["health_check"], "pipelines": pipelines},
    }


def _variable(vendor: Vendor) -> str:
    return f"{vendor.name.upper().replace('-', '_')}_EXPORTER"


def _secret(cluster: Cluster, vendor: Vendor) -> Object:
    """Every value of it is a variable: its key, and its address where that is another. It is made
    when there is a key, and the collector is started again then."""
    chosen = next(iter(EXPORTERS[vendor.name]))
    target = {
        "name": vendor.secret,
        "creationPolicy": "Owner",
        "template": {"mergePolicy": "Merge", "data": {_variable(vendor): chosen}},
    }
    whole = [{"extract": {"key": environment_secret(cluster.site, vendor.secret)}}]
    return external(vendor.secret, NAMESPACE, target, dataFrom=whole)


def _pod(named: tuple[Vendor, ...]) -> dict[str, Any]:
    probe = {"httpGet": {"path": "/", "port": "health"}}
    return {
        "automountServiceAccountToken": False,
        "securityContext": ordinary(USER),
        "containers": [
            {
                "name": NAME,
                "image": IMAGE,
                "args": ["--config=/etc/apm/collector.json"],
                "envFrom": [{"secretRef": {"name": v.secret, "optional": True}} for v in named],
                "ports": [
                    {"name": "otlp", "containerPort": GRPC},
                    {"name": "health", "containerPort": HEALTH},
                ],
                "readinessProbe": probe,
                "livenessProbe": probe,
                "resources": {
                    "requests": {"cpu": "100m", "memory": "256Mi"},
                    "limits": {"cpu": "500m", "memory": "512Mi"},
                },
                "securityContext": LOCKED,
                "volumeMounts": [{"name": "config", "mountPath": "/etc/apm", "readOnly": True}],
            }
        ],
        "volumes": [{"name": "config", "configMap": {"name": NAME}}],
    }


KIND = Kind(file="apm.yaml", sections=("technology_stack", "jaeger"), objects=objects)
