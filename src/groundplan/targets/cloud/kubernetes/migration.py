"""Job: a service's migration, which Argo CD runs to its end before it touches the pods."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes.objects import BEFORE_PODS, Kind, Object, before, make
from groundplan.targets.cloud.kubernetes.pods import (
    VERSION_LABEL,
    container_security,
    environment,
    pod_security,
    resources,
)

# What checkov asks for and we do not do, with the reason.
SKIPPED = {
    "checkov.io/skip1": "CKV_K8S_43=the registry never changes a version, and git names it",
    "checkov.io/skip2": "CKV_K8S_35=the service reads its variables here as well as there",
    "checkov.io/skip3": "CKV_K8S_15=the registry never changes a version",
}


def objects(workload: Workload) -> Iterator[Object]:
    """One object for a service with `migrate`, in the region that writes."""
    if not workload.written.migrate or not workload.site.is_home:
        return
    labels = {**workload.labels, "app.kubernetes.io/component": "migration"}
    labels["app.kubernetes.io/name"] = f"{workload.name}-migration"
    yield make(
        ("batch/v1", "Job"),
        f"{workload.name}-migration",
        workload.namespace,
        labels=labels,
        annotations={
            "argocd.argoproj.io/hook": "Sync",
            **before(BEFORE_PODS),
            **SKIPPED,
            "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
        },
        spec={
            "backoffLimit": 2,
            "activeDeadlineSeconds": 1800,
            "template": {
                "metadata": {
                    "labels": {
                        **labels,
                        VERSION_LABEL: workload.version,
                        "sidecar.istio.io/inject": "false",
                    }
                },
                "spec": {
                    "restartPolicy": "Never",
                    "serviceAccountName": workload.account,
                    "automountServiceAccountToken": False,
                    "securityContext": pod_security(workload),
                    "containers": [_container(workload)],
                },
            },
        },
    )


def _container(workload: Workload) -> Object:
    return {
        "name": "migrate",
        "image": workload.image,
        "command": list(workload.written.migrate or ()),
        "env": environment(workload),
        "resources": resources(workload.written.resources),
        "securityContext": container_security(workload),
    }


KIND = Kind(file="migration.yaml", sections=("services",), objects=objects)
