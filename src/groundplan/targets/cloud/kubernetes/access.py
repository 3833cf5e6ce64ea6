"""NetworkPolicy: who may speak to a service, and to whom it may speak."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.workload import STORES_PORTS, Workload
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make

PROXY_METRICS = 15020
INGRESS, METRICS = "istio-ingress", "monitoring"


def objects(workload: Workload) -> Iterator[Object]:
    """Callers are the platform's own pods, the gateway and Prometheus."""
    port = workload.written.port
    gateway = [namespace(INGRESS)] if workload.mesh else []
    proxy = [_tcp(PROXY_METRICS)] if workload.mesh else []
    yield make(
        ("networking.k8s.io/v1", "NetworkPolicy"),
        workload.name,
        workload.namespace,
        labels=workload.labels,
        spec={
            "podSelector": {
                "matchExpressions": [
                    {
                        "key": "app.kubernetes.io/name",
                        "operator": "In",
                        "values": [workload.name, f"{workload.name}-migration"],
                    }
                ]
            },
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {"from": [{"podSelector": {}}, *gateway], "ports": [_tcp(port)]},
                {"from": [namespace(METRICS)], "ports": [_tcp(port), *proxy]},
            ],
            "egress": _egress(workload),
        },
    )


def _egress(workload: Workload) -> list[Object]:
    stores = [_tcp(STORES_PORTS[name]) for name in workload.stores]
    found: list[Object] = [
        {"to": [{"podSelector": {}}]},
        {
            "to": [namespace("kube-system")],
            "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
        },
    ]
    if stores:
        found.append({"to": [{"ipBlock": {"cidr": workload.site.network}}], "ports": stores})
    if workload.mesh:
        found.append({"to": [namespace("istio-system")], "ports": [_tcp(15012), _tcp(15017)]})
    if workload.is_traced:
        found.append({"to": [namespace("tracing")], "ports": [_tcp(4317), _tcp(4318)]})
    return found


def namespace(name: str) -> Object:
    """The pods of another namespace."""
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _tcp(port: int) -> Object:
    return {"port": port, "protocol": "TCP"}


KIND = Kind(file="network-policy.yaml", sections=("services", "vpc_security"), objects=objects)
