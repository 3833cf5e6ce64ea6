"""DestinationRule: the sides of a service, and when a replica gets no more requests."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes import names
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make


def objects(workload: Workload) -> Iterator[Object]:
    """One object in a mesh. Argo Rollouts adds each side's hash to its labels."""
    if workload.mesh is None:
        return
    spec: dict[str, object] = {
        "host": names.host(workload),
        "trafficPolicy": {
            "loadBalancer": {"simple": "LEAST_REQUEST"},
            "outlierDetection": {
                "consecutive5xxErrors": 5,
                "interval": "10s",
                "baseEjectionTime": "30s",
                "maxEjectionPercent": 50,
            },
        },
    }
    if workload.splits_by_weight:
        spec["subsets"] = [
            {"name": side, "labels": dict(workload.selector)} for side in ("stable", "canary")
        ]
    yield make(
        ("networking.istio.io/v1", "DestinationRule"),
        workload.name,
        workload.namespace,
        labels=workload.labels,
        spec=spec,
    )


KIND = Kind(file="destination-rule.yaml", sections=("mesh",), objects=objects)
