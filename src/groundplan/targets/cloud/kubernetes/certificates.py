"""Certificates of the public name: cert-manager asks for them, through DNS, and renews them."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.kubernetes.access import INGRESS
from groundplan.targets.cloud.kubernetes.mesh import CERTIFICATE
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make

ISSUER = "letsencrypt"
SERVER = "https://acme-v02.api.letsencrypt.org/directory"


def objects(cluster: Cluster) -> Iterator[Object]:
    """None for a platform that is not served to outside."""
    if cluster.host is None or cluster.platform.mesh is None:
        return
    solver = {"dns01": {"route53": {"region": cluster.site.region}}}
    yield make(
        ("cert-manager.io/v1", "ClusterIssuer"),
        ISSUER,
        spec={
            "acme": {
                "server": SERVER,
                "privateKeySecretRef": {"name": f"{ISSUER}-account"},
                "solvers": [solver],
            }
        },
    )
    yield make(
        ("cert-manager.io/v1", "Certificate"),
        CERTIFICATE,
        INGRESS,
        spec={
            "secretName": CERTIFICATE,
            "dnsNames": [cluster.host],
            "issuerRef": {"kind": "ClusterIssuer", "name": ISSUER},
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        },
    )


KIND = Kind(file="certificates.yaml", sections=("cloud.domain",), objects=objects)
