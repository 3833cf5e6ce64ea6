"""The values of Istio's charts: what the document gives its operator, which Istio has no more."""

from typing import Any

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.kubernetes import balancer
from groundplan.targets.cloud.kubernetes.mesh import TRACER
from groundplan.targets.cloud.kubernetes.objects import filled

COLLECTOR = "jaeger.tracing.svc.cluster.local"
OTLP = 4317


def control_plane(cluster: Cluster) -> dict[str, Any]:
    """istiod: the mesh's name, the network, its variables, and who gets the traces."""
    mesh = cluster.platform.mesh
    assert mesh is not None
    variables = {each.name: _text(each.value) for each in mesh.pilot.env}
    providers = []
    if cluster.platform.jaeger:
        providers.append({"name": TRACER, "opentelemetry": {"service": COLLECTOR, "port": OTLP}})
    return filled(
        autoscaleMin=2,
        env=variables,
        pilot={"cni": {"enabled": True}},
        meshConfig=filled(enableTracing=bool(providers) or None, extensionProviders=providers),
        **{
            "global": filled(
                meshID=mesh.mesh_id or cluster.site.platform,
                network=mesh.network,
                multiCluster={"clusterName": cluster.site.cluster},
            )
        },
    )


def gateway(cluster: Cluster) -> dict[str, Any]:
    """The gateway behind a balancer in every zone."""
    return {
        "autoscaling": {"enabled": True, "minReplicas": 3, "maxReplicas": 10},
        "service": balancer.service(cluster),
    }


def _text(value: object) -> str:
    """Variables of a container are text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
