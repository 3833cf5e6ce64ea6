"""VirtualService: which requests a service gets, from the mesh and from the gateway."""

from collections.abc import Iterator
from typing import Any

from groundplan.spec.mesh import HttpRule
from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes import names
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make

GATEWAY = "public"


def objects(workload: Workload) -> Iterator[Object]:
    """One object in a mesh. While a release runs its weights are Argo Rollouts', else 100/0."""
    if workload.mesh is None:
        return
    rules = workload.rules or (HttpRule(),)
    outside = [GATEWAY] if workload.is_public else []
    yield make(
        ("networking.istio.io/v1", "VirtualService"),
        workload.name,
        workload.namespace,
        labels=workload.labels,
        spec={
            "hosts": _hosts(workload),
            "gateways": [*outside, "mesh"],
            "http": [
                _http(workload, rule, name)
                for rule, name in zip(rules, names.routes(workload), strict=True)
            ],
        },
    )


def _hosts(workload: Workload) -> list[str]:
    """The file's hosts: a service's own name is written out, so that every namespace finds it."""
    written = [host for host in workload.hosts if host != workload.name]
    outside = [workload.public_host] if workload.public_host else []
    return list(dict.fromkeys((names.host(workload), *written, *outside)))


def _http(workload: Workload, rule: HttpRule, name: str) -> Object:
    found: dict[str, Any] = {"name": name}
    if rule.match:
        found["match"] = [{"uri": item.uri.model_dump(exclude_none=True)} for item in rule.match]
    found["route"] = _sides(workload)
    found["retries"] = {"attempts": 2, "retryOn": "connect-failure,refused-stream,unavailable"}
    return found


def _sides(workload: Workload) -> list[Object]:
    host, port = names.host(workload), {"number": workload.written.port}
    if not workload.splits_by_weight:
        return [{"destination": {"host": host, "port": port}}]
    return [
        {"destination": {"host": host, "subset": side, "port": port}, "weight": weight}
        for side, weight in (("stable", 100), ("canary", 0))
    ]


KIND = Kind(file="virtual-service.yaml", sections=("mesh",), objects=objects)
