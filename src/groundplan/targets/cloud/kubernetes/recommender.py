"""VerticalPodAutoscaler: recommends sizes, and changes none: the horizontal one owns the metric."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, filled, make
from groundplan.targets.cloud.kubernetes.pods import amounts


def objects(workload: Workload) -> Iterator[Object]:
    """One object for a service whose container the file bounds."""
    bounds = workload.bounds
    if bounds is None:
        return
    version, kind = workload.kind
    policy = filled(
        containerName=bounds.container_name,
        minAllowed=amounts(bounds.min_allowed),
        maxAllowed=amounts(bounds.max_allowed),
        controlledResources=list(bounds.controlled_resources),
    )
    yield make(
        ("autoscaling.k8s.io/v1", "VerticalPodAutoscaler"),
        workload.name,
        workload.namespace,
        labels=workload.labels,
        spec={
            "targetRef": {"apiVersion": version, "kind": kind, "name": workload.name},
            "updatePolicy": {"updateMode": "Off"},
            "resourcePolicy": {"containerPolicies": [policy]},
        },
    )


KIND = Kind(file="recommender.yaml", sections=("autoscaling",), objects=objects)
