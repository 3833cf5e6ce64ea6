"""PodDisruptionBudget: how many replicas stay while machines are emptied."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make


def objects(workload: Workload) -> Iterator[Object]:
    """What the file says; else one at a time. Never more than leaves a machine free to go."""
    least, count = workload.written.min_available, workload.written.replicas
    is_free = least is not None and least < count
    yield make(
        ("policy/v1", "PodDisruptionBudget"),
        workload.name,
        workload.namespace,
        labels=workload.labels,
        spec={
            **({"minAvailable": least} if is_free else {"maxUnavailable": 1}),
            "selector": {"matchLabels": workload.selector},
        },
    )


KIND = Kind(file="disruption-budget.yaml", sections=("services",), objects=objects)
