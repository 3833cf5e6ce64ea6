"""The mesh of a cluster: who is believed, how requests come in, which of them are traced."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.kubernetes.access import INGRESS
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make
from groundplan.targets.cloud.kubernetes.route import GATEWAY

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
    sampling = cluster.platform.jaeger.sampling if cluster.platform.jaeger else None
    default = sampling.default_strategy if sampling else None
    if default and default.type == "probabilistic":
        yield make(
            ("telemetry.istio.io/v1", "Telemetry"),
            "traces",
            "istio-system",
            spec={
                "tracing": [
                    {
                        "providers": [{"name": TRACER}],
                        "randomSamplingPercentage": round(default.param * 100, 4),
                    }
                ]
            },
        )


def _gateway(cluster: Cluster, host: str) -> Object:
    """TLS ends here; plain HTTP is sent away to it."""
    return make(
        ("networking.istio.io/v1", "Gateway"),
        GATEWAY,
        cluster.namespace,
        spec={
            "selector": {"istio": INGRESS.removeprefix("istio-")},
            "servers": [
                {
                    "port": {"number": 443, "name": "https", "protocol": "HTTPS"},
                    "hosts": [host],
                    "tls": {
                        "mode": "SIMPLE",
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


KIND = Kind(file="mesh.yaml", sections=("mesh", "cloud.domain", "jaeger.sampling"), objects=objects)
