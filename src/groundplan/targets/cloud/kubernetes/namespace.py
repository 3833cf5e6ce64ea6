"""The services' namespace: what pods may do in it, and that nobody speaks there by default."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.kubernetes.objects import FIRST, Kind, Object, before, make


def objects(cluster: Cluster) -> Iterator[Object]:
    """Namespace, and a policy that denies what no other policy allows."""
    level = cluster.pod_security
    labels = {f"pod-security.kubernetes.io/{mode}": level for mode in ("enforce", "audit", "warn")}
    if cluster.platform.mesh:
        labels["istio-injection"] = "enabled"
    yield make(("v1", "Namespace"), cluster.namespace, labels=labels, annotations=before(FIRST))
    yield make(
        ("networking.k8s.io/v1", "NetworkPolicy"),
        "deny-by-default",
        cluster.namespace,
        spec={"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    )


KIND = Kind(file="namespace.yaml", sections=("platform", "services"), objects=objects)
