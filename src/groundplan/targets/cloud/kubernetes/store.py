"""ClusterSecretStore: where secrets are fetched from; the store of the site's own region."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.standby import COPIES_NAMESPACE
from groundplan.targets.cloud.kubernetes import notices
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make
from groundplan.targets.cloud.kubernetes.secrets import STORE

NAMESPACES = ("monitoring", "logging", "tracing", COPIES_NAMESPACE)


def objects(cluster: Cluster) -> Iterator[Object]:
    """One object. The operator's own identity may read the environment's secrets, nothing else."""
    provider = {"service": "SecretsManager", "region": cluster.site.region}
    yield make(
        ("external-secrets.io/v1", "ClusterSecretStore"),
        STORE,
        spec={
            "provider": {"aws": provider},
            "conditions": [{"namespaces": [cluster.namespace, *NAMESPACES, *_told(cluster)]}],
        },
    )


def _told(cluster: Cluster) -> tuple[str, ...]:
    """Where the addresses of those who are told of releases are read."""
    return (notices.NAMESPACE,) if any(notices.objects(cluster)) else ()


KIND = Kind(file="secret-store.yaml", sections=("technology_stack",), objects=objects)
