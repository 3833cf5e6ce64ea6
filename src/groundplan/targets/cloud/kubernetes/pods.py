"""The pods of a service: container, probes, resources, rights, and what keeps them apart."""

import json
from typing import Any

from groundplan.spec.services import Amounts, Resources
from groundplan.targets.cloud.design.workload import ADDRESS, RELEASE, Workload, sidecar_of
from groundplan.targets.cloud.kubernetes.objects import Object, filled

VERSION_LABEL = "app.kubernetes.io/version"
SPREAD = "groundplan/piece"  # the label of machines that tells spot from on demand in pieces
ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
PORT = "http"
SETTLE_SECONDS = 5  # until every proxy has heard that a pod leaves
ISTIO_BUCKETS = (1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000)  # ms
USER = 10001  # the Dockerfile's


# The rights of a container of ours that serves something beside the services.
LOCKED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def ordinary(user: int) -> dict[str, Any]:
    """The rights of its pod: those of an ordinary user."""
    return {
        "runAsNonRoot": True,
        "runAsUser": user,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def template(workload: Workload) -> dict[str, Any]:
    """The pod template."""
    written = workload.written
    wait = SETTLE_SECONDS + round(written.drain.seconds) + 5
    return {
        "metadata": {
            "labels": {**workload.labels, VERSION_LABEL: workload.version},
            "annotations": _annotations(workload),
        },
        "spec": {
            "serviceAccountName": workload.account,
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": wait,
            "securityContext": pod_security(workload),
            "topologySpreadConstraints": _apart(workload),
            "containers": [_container(workload)],
            "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}}],
        },
    }


def _annotations(workload: Workload) -> dict[str, str]:
    side = sidecar_of(workload)
    pairs = {
        "groundplan/config": workload.config_digest,
        "sidecar.istio.io/proxyCPU": _text(side.requests.cpu),
        "sidecar.istio.io/proxyMemory": _text(side.requests.memory),
        "sidecar.istio.io/proxyCPULimit": _text(side.limits.cpu),
        "sidecar.istio.io/proxyMemoryLimit": _text(side.limits.memory),
    }
    if workload.mesh:
        pairs["proxy.istio.io/config"] = "holdApplicationUntilProxyStarts: true"
        pairs["sidecar.istio.io/statsHistogramBuckets"] = buckets(workload)
    return filled(**pairs)


def buckets(workload: Workload) -> str:
    """Istio's own, and what was promised: only at an edge of a bucket is nothing guessed."""
    if workload.slow is None:
        return ""
    edges = sorted({*ISTIO_BUCKETS, workload.slow[0] * 1000})
    return json.dumps({"istiocustom": [round(e) if e == round(e) else e for e in edges]})


def pod_security(workload: Workload) -> dict[str, Any]:
    """What the file allows, and never root's groups."""
    written = workload.written.security
    if written is None:
        return {"seccompProfile": {"type": "RuntimeDefault"}}
    return filled(
        runAsNonRoot=written.run_as_non_root,
        runAsUser=USER if written.run_as_non_root else None,
        runAsGroup=USER if written.run_as_non_root else None,
        seccompProfile={"type": written.seccomp},
    )


def container_security(workload: Workload) -> dict[str, Any]:
    """No more rights than the process begins with."""
    written = workload.written.security
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": bool(written and written.read_only_root),
        "capabilities": {"drop": ["ALL"]},
    }


def _apart(workload: Workload) -> list[Object]:
    """Across zones as well as can be; across machines where the file says so; by spot pieces."""
    chosen = workload.written.topology_spread
    selector = {"matchLabels": workload.selector}
    rules = [
        (ZONE, "DoNotSchedule" if chosen == "zone" else "ScheduleAnyway"),
        (HOST, "DoNotSchedule" if chosen == "node" else "ScheduleAnyway"),
        (SPREAD, "ScheduleAnyway"),
    ]
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": otherwise,
            "labelSelector": selector,
        }
        for key, otherwise in rules
    ]


def _container(workload: Workload) -> Object:
    written = workload.written
    ready, live = written.health.ready, written.health.live
    sources = [{"configMapRef": {"name": workload.config_name}}] if workload.config else []
    return {
        "name": workload.container,
        "image": workload.image,
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"name": PORT, "containerPort": written.port}],
        "env": environment(workload),
        **filled(envFrom=sources),
        "startupProbe": _probe(live, period=2, failures=60),
        "livenessProbe": _probe(live, period=10, failures=3),
        "readinessProbe": _probe(ready, period=5, failures=2),
        "lifecycle": {"preStop": {"sleep": {"seconds": SETTLE_SECONDS}}},
        **filled(resources=resources(written.resources)),
        "securityContext": container_security(workload),
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }


def _probe(path: str, *, period: int, failures: int) -> Object:
    return {
        "httpGet": {"path": path, "port": PORT},
        "periodSeconds": period,
        "timeoutSeconds": 2,
        "failureThreshold": failures,
    }


def environment(workload: Workload) -> list[Object]:
    """Variables: what the pod knows of itself first, because others refer to it."""
    label = f"metadata.labels['{VERSION_LABEL}']"
    own = [
        {"name": ADDRESS, "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": RELEASE, "valueFrom": {"fieldRef": {"fieldPath": label}}},
    ]
    plain = [{"name": name, "value": value} for name, value in workload.variables]
    secret = [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": ref.secret, "key": ref.key}}}
        for name, ref in workload.secrets
    ]
    return [*own, *plain, *secret]


def resources(written: Resources) -> dict[str, Any]:
    """Requests and limits, as the file writes them."""
    return filled(requests=amounts(written.requests), limits=amounts(written.limits))


def amounts(written: Amounts) -> dict[str, str]:
    """Processor and memory in Kubernetes' words."""
    return filled(cpu=_text(written.cpu), memory=_text(written.memory))


def _text(amount: object) -> str:
    return "" if amount is None else str(amount)
