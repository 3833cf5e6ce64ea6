"""ConfigMap: what a service is told and everybody may read."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes.objects import FIRST, Kind, Object, before, make


def objects(workload: Workload) -> Iterator[Object]:
    """One object, or none when the file has no config."""
    if workload.config:
        yield make(
            ("v1", "ConfigMap"),
            workload.config_name,
            workload.namespace,
            labels=workload.labels,
            annotations=before(FIRST),
            data=dict(workload.config),
        )


KIND = Kind(file="config.yaml", sections=("services",), objects=objects)
