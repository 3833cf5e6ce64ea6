"""ServiceAccount: who the pods are. They get no token of the cluster."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes.objects import FIRST, Kind, Object, before, make


def objects(workload: Workload) -> Iterator[Object]:
    """One object."""
    yield make(
        ("v1", "ServiceAccount"),
        workload.account,
        workload.namespace,
        labels=workload.labels,
        annotations=before(FIRST),
        automountServiceAccountToken=False,
    )


KIND = Kind(file="service-account.yaml", sections=("services",), objects=objects)
