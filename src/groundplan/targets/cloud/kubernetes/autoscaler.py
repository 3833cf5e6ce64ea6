"""HorizontalPodAutoscaler: more replicas when the ones that run are busy."""

from collections.abc import Iterator

from groundplan.design.scaling import GROW_AFTER_SECONDS, SHRINK_AFTER_SECONDS
from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make


def objects(workload: Workload) -> Iterator[Object]:
    """One object where the file autoscales. It grows at once and shrinks after five minutes.

    Memory is left out where two versions share the traffic: each has its own with or without load,
    and Kubernetes, which sums up both, would go to the maximum in each release (decision 0039).
    """
    written = workload.scaling
    if written is None:
        return
    by_cpu, by_memory = written.target_cpu_utilization, written.target_memory_utilization
    if by_cpu and workload.splits_by_weight:
        by_memory = None
    targets = {"cpu": by_cpu, "memory": by_memory}
    version, kind = workload.kind
    yield make(
        ("autoscaling/v2", "HorizontalPodAutoscaler"),
        workload.name,
        workload.namespace,
        labels=workload.labels,
        spec={
            "scaleTargetRef": {"apiVersion": version, "kind": kind, "name": workload.name},
            "minReplicas": written.min_replicas,
            "maxReplicas": written.max_replicas,
            "metrics": [_metric(name, float(t.percent)) for name, t in targets.items() if t],
            "behavior": {
                "scaleUp": {"stabilizationWindowSeconds": GROW_AFTER_SECONDS},
                "scaleDown": {"stabilizationWindowSeconds": SHRINK_AFTER_SECONDS},
            },
        },
    )


def _metric(name: str, percent: float) -> Object:
    target = {"type": "Utilization", "averageUtilization": round(percent)}
    return {"type": "Resource", "resource": {"name": name, "target": target}}


KIND = Kind(file="autoscaler.yaml", sections=("autoscaling",), objects=objects)
