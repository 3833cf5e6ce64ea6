"""The balancer in front of the gateway. A network balancer, which keeps the client's address;
where the region has a firewall, an application balancer, because AWS joins one to no other.
"""

from collections.abc import Iterator
from typing import Any

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.edge import has_region_firewall
from groundplan.targets.cloud.kubernetes.access import INGRESS
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make

NETWORK = "service.beta.kubernetes.io/aws-load-balancer"
APPLICATION = "alb.ingress.kubernetes.io"
TLS = "ELBSecurityPolicy-TLS13-1-2-2021-06"


def service(cluster: Cluster) -> dict[str, Any]:
    """The gateway's service, among the values of its chart."""
    if has_region_firewall(cluster.platform):
        return {"type": "ClusterIP"}
    return {
        "type": "LoadBalancer",
        "loadBalancerClass": "service.k8s.aws/nlb",
        "externalTrafficPolicy": "Local",
        "annotations": {
            f"{NETWORK}-nlb-target-type": "ip",
            f"{NETWORK}-scheme": "internet-facing",
            f"{NETWORK}-target-group-attributes": "preserve_client_ip.enabled=true",
        },
    }


def objects(cluster: Cluster) -> Iterator[Object]:
    """The application balancer. It has a certificate of AWS, found by the name, and the firewall;
    it speaks TLS to the gateway, and asks it on the port of its own health."""
    if cluster.host is None or not has_region_firewall(cluster.platform):
        return
    annotations = {
        "scheme": "internet-facing",
        "target-type": "ip",
        "listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]',
        "ssl-redirect": "443",
        "ssl-policy": TLS,
        "backend-protocol": "HTTPS",
        "healthcheck-protocol": "HTTP",
        "healthcheck-port": "15021",
        "healthcheck-path": "/healthz/ready",
        "wafv2-acl-name": cluster.site.cluster,
    }
    backend = {"service": {"name": INGRESS, "port": {"number": 443}}}
    yield make(
        ("networking.k8s.io/v1", "Ingress"),
        "public",
        INGRESS,
        annotations={f"{APPLICATION}/{key}": value for key, value in annotations.items()},
        spec={
            "ingressClassName": "alb",
            "tls": [{"hosts": [cluster.host]}],
            "rules": [
                {
                    "host": cluster.host,
                    "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
                }
            ],
        },
    )


KIND = Kind(file="balancer.yaml", sections=("waf", "cloud.domain"), objects=objects)
