"""What is installed in a cluster besides the services: charts at one version each, and values.

A version here is a promise to have read its values. To add one, add a function and list it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.targets.cloud.design.cluster import STORAGE_CLASS, Cluster
from groundplan.targets.cloud.kubernetes import istio, monitoring, notices, tracing

ARGO = "https://argoproj.github.io/argo-helm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addon:
    """A chart. `wave` is when it comes: others need what an earlier one brings."""

    name: str
    repository: str
    chart: str
    version: str
    namespace: str
    wave: int
    values: Mapping[str, Any]


def addons(cluster: Cluster) -> tuple[Addon, ...]:
    """In the order in which they are installed."""
    found = [_certificates(), _secrets(), _karpenter(cluster), _prometheus(cluster)]
    if cluster.platform.mesh:
        found += [_balancers(cluster), *_istio(cluster)]
    if any(workload.is_rollout for workload in cluster.workloads):
        found.append(_rollouts(cluster))
    if any(workload.bounds for workload in cluster.workloads):
        found.append(_recommender())
    if cluster.platform.jaeger:
        found.append(_jaeger(cluster))
    if cluster.copies:
        found.append(_velero(cluster))
    return tuple(sorted(found, key=lambda addon: addon.wave))


def _certificates() -> Addon:
    return Addon(
        name="cert-manager",
        repository="https://charts.jetstack.io",
        chart="cert-manager",
        version="v1.21.1",
        namespace="cert-manager",
        wave=0,
        values={"crds": {"enabled": True}, "replicaCount": 2},
    )


def _secrets() -> Addon:
    return Addon(
        name="external-secrets",
        repository="https://charts.external-secrets.io",
        chart="external-secrets",
        version="2.9.0",
        namespace="external-secrets",
        wave=0,
        values={"installCRDs": True, "replicaCount": 2},
    )


def _karpenter(cluster: Cluster) -> Addon:
    name = cluster.site.cluster
    return Addon(
        name="karpenter",
        repository="public.ecr.aws/karpenter",
        chart="karpenter",
        version="1.14.1",
        namespace="kube-system",
        wave=0,
        values={"settings": {"clusterName": name, "interruptionQueue": f"{name}-interruptions"}},
    )


def _prometheus(cluster: Cluster) -> Addon:
    return Addon(
        name="kube-prometheus-stack",
        repository="https://prometheus-community.github.io/helm-charts",
        chart="kube-prometheus-stack",
        version="88.2.0",
        namespace="monitoring",
        wave=0,
        values=monitoring.values(cluster, STORAGE_CLASS),
    )


def _balancers(cluster: Cluster) -> Addon:
    """It makes what services and ingresses ask for; its own address is no help to find the VPC."""
    name = cluster.site.cluster
    return Addon(
        name="aws-load-balancer-controller",
        repository="https://aws.github.io/eks-charts",
        chart="aws-load-balancer-controller",
        version="3.4.1",
        namespace="kube-system",
        wave=1,
        values={
            "clusterName": name,
            "region": cluster.site.region,
            "vpcTags": {"Name": name},
            "replicaCount": 2,
            "enableServiceMutatorWebhook": False,
            "serviceAccount": {"create": True, "name": "aws-load-balancer-controller"},
        },
    )


def _istio(cluster: Cluster) -> list[Addon]:
    charts: tuple[tuple[str, str, str, int, Mapping[str, Any]], ...] = (
        ("istio-base", "base", "istio-system", 0, {}),
        ("istio-cni", "cni", "istio-system", 1, {}),
        ("istiod", "istiod", "istio-system", 2, istio.control_plane(cluster)),
        ("istio-ingress", "gateway", "istio-ingress", 3, istio.gateway(cluster)),
    )
    return [
        Addon(
            name=name,
            repository="https://istio-release.storage.googleapis.com/charts",
            chart=chart,
            version="1.30.3",
            namespace=namespace,
            wave=wave,
            values=values,
        )
        for name, chart, namespace, wave, values in charts
    ]


def _rollouts(cluster: Cluster) -> Addon:
    return Addon(
        name="argo-rollouts",
        repository=ARGO,
        chart="argo-rollouts",
        version="2.41.0",
        namespace="argo-rollouts",
        wave=1,
        values={
            "controller": {"replicas": 2, "metrics": {"enabled": True}},
            **notices.values(cluster),
        },
    )


def _recommender() -> Addon:
    """Only what recommends: nothing here changes a running pod."""
    return Addon(
        name="vpa",
        repository="https://charts.fairwinds.com/stable",
        chart="vpa",
        version="4.7.1",
        namespace="vpa",
        wave=1,
        values={
            "recommender": {"enabled": True},
            "updater": {"enabled": False},
            "admissionController": {"enabled": False},
        },
    )


def _jaeger(cluster: Cluster) -> Addon:
    return Addon(
        name="jaeger",
        repository="https://jaegertracing.github.io/helm-charts",
        chart="jaeger",
        version="4.6.0",
        namespace="tracing",
        wave=2,
        values=tracing.values(cluster),
    )


def _velero(cluster: Cluster) -> Addon:
    site = cluster.site
    location = {
        "name": "default",
        "provider": "aws",
        "bucket": f"{site.cluster}-copies",
        "config": {"region": site.region},
    }
    return Addon(
        name="velero",
        repository="https://vmware-tanzu.github.io/helm-charts",
        chart="velero",
        version="12.1.0",
        namespace="velero",
        wave=1,
        values={
            "configuration": {
                "backupStorageLocation": [location],
                "volumeSnapshotLocation": [
                    {"name": "default", "provider": "aws", "config": {"region": site.region}}
                ],
                "features": "EnableCSI",
            },
            "credentials": {"useSecret": False},
            "deployNodeAgent": True,
            "metrics": {"serviceMonitor": {"enabled": True}},
        },
    )
