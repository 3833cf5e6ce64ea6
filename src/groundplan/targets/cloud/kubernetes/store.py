"""ClusterSecretStore: where secrets are fetched from; the store of the site's own region."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.standby import COPIES_NAMESPACE, copied_to
from groundplan.targets.cloud.kubernetes import notices
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make
from groundplan.targets.cloud.kubernetes.secrets import STORE


def namespaces(cluster: Cluster) -> tuple[str, ...]:
    """Those of the cluster's own objects that need secrets."""
    found = {
        "monitoring": True,
        "logging": cluster.logs is not None,
        "tracing": cluster.platform.jaeger is not None,
        COPIES_NAMESPACE: copied_to(cluster) is not None,
        notices.NAMESPACE: any(notices.objects(cluster)),
    }
    return tuple(name for name, is_there in found.items() if is_there)


def objects(cluster: Cluster) -> Iterator[Object]:
    """One object. The operator's own identity may read the environment's secrets, nothing else."""
    provider = {"service": "SecretsManager", "region": cluster.site.region}
    yield make(
        ("external-secrets.io/v1", "ClusterSecretStore"),
        STORE,
        spec={
            "provider": {"aws": provider},
            "conditions": [{"namespaces": [cluster.namespace, *namespaces(cluster)]}],
        },
    )


KIND = Kind(file="secret-store.yaml", sections=("technology_stack",), objects=objects)
