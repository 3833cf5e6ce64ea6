"""Velero schedules: copies of what the cluster holds, as often as the file says."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make

NAMESPACE = "velero"


def objects(cluster: Cluster) -> Iterator[Object]:
    """A schedule for each plan. Copies of volumes are incremental by themselves."""
    for plan in cluster.copies:
        yield make(
            ("velero.io/v1", "Schedule"),
            f"{cluster.site.platform}-{plan.name}",
            NAMESPACE,
            spec={
                "schedule": plan.cron,
                "useOwnerReferencesInBackup": False,
                "template": {
                    "includedNamespaces": [cluster.namespace],
                    "snapshotMoveData": True,
                    "storageLocation": "default",
                    "ttl": f"{plan.kept_hours}h0m0s",
                },
            },
        )


KIND = Kind(file="copies.yaml", sections=("backup.application_data",), objects=objects)
