"""Services: the one that others call, and those of the two sides of a release."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.release import BlueGreen, Canary
from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes import names
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make
from groundplan.targets.cloud.kubernetes.pods import PORT

SIDE = "groundplan/side"  # of a release: the same pods behind another name


def objects(workload: Workload) -> Iterator[Object]:
    """The service's own name first."""
    for name in (workload.name, *_sides(workload)):
        yield make(
            ("v1", "Service"),
            name,
            workload.namespace,
            labels={**workload.labels, **({SIDE: name} if name != workload.name else {})},
            spec={
                "type": "ClusterIP",
                "selector": workload.selector,
                "ports": [
                    {
                        "name": PORT,
                        "port": workload.written.port,
                        "targetPort": PORT,
                        "appProtocol": "http",
                    }
                ],
            },
        )


def _sides(workload: Workload) -> tuple[str, ...]:
    match workload.release:
        case BlueGreen(weights=()):
            return (names.preview(workload),)
        case Canary() | BlueGreen():
            return (names.stable(workload), names.canary(workload))
    return ()


KIND = Kind(file="service.yaml", sections=("services",), objects=objects)
