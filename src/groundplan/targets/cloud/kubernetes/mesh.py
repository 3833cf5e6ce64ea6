"""The mesh of a cluster: who is believed, how requests come in, which of them are traced."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.edge import has_region_firewall
from groundplan.targets.cloud.kubernetes import edge_authority
from groundplan.targets.cloud.kubernetes.access import INGRESS
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make
from groundplan.targets.cloud.kubernetes.route import GATEWAY
from groundplan.targets.cloud.kubernetes.tracing import percents

CERTIFICATE = "public-certificate"
TRACER = "jaeger"


def objects(cluster: Cluster) -> Iterator[Object]:
    """None for a platform without a mesh."""
    mesh = cluster.platform.mesh
    if mesh is None:
        return
    yield make(
        ("security.istio.io/v1", "PeerAuthentication"),
        "default",
        "istio-system",  # of the whole mesh
        spec={"mtls": {"mode": mesh.mtls or "STRICT"}},
    )
    if cluster.host:
        yield _gateway(cluster, cluster.host)
    for service, percent in percents(cluster):
        yield _telemetry(cluster, service, percent)


def _telemetry(cluster: Cluster, service: str | None, percent: float) -> Object:
    """Of the whole mesh, or of one service's pods."""
    selector = {"matchLabels": {"app.kubernetes.io/name": service}}
    tracing = {"providers": [{"name": TRACER}], "randomSamplingPercentage": percent}
    return make(
        ("telemetry.istio.io/v1", "Telemetry"),
        f"traces-{service}" if service else "traces",
        cluster.namespace if service else "istio-system",
        spec={**({"selector": selector} if service else {}), "tracing": [tracing]},
    )


def _gateway(cluster: Cluster, host: str) -> Object:
    """TLS ends here; plain HTTP is sent away to it. A balancer that speaks TLS itself names no
    host when it does."""
    is_named = not has_region_firewall(cluster.platform)
    checked = {"mode": "MUTUAL", "caCertCredentialName": edge_authority.NAME}
    return make(
        ("networking.istio.io/v1", "Gateway"),
        GATEWAY,
        cluster.namespace,
        spec={
            "selector": {"istio": INGRESS.removeprefix("istio-")},
            "servers": [
                {
                    "port": {"number": 443, "name": "https", "protocol": "HTTPS"},
                    "hosts": [host if is_named else "*"],
                    "tls": {
                        "mode": "SIMPLE",
                        **(checked if edge_authority.is_used(cluster) else {}),
                        "credentialName": CERTIFICATE,
                        "minProtocolVersion": "TLSV1_2",
                    },
                },
                {
                    "port": {"number": 80, "name": "http", "protocol": "HTTP"},
                    "hosts": [host],
                    "tls": {"httpsRedirect": True},
                },
            ],
        },
    )


KIND = Kind(
    file="mesh.yaml",
    sections=("mesh", "cloud.domain", "vpc_security.origin_check", "jaeger.sampling"),
    objects=objects,
)
