"""NodePools and their class: the machines that Karpenter starts, on spot and on demand.

Karpenter knows no percentage. So machines are labelled with the pieces that they stand for, spot
with the first ones and on demand with the rest, and replicas are spread over the pieces: with 3 of
5 pieces on spot, 60% of the replicas are.
"""

from collections.abc import Iterator

from groundplan.targets.cloud.design.cluster import Cluster, Machines
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, filled, make
from groundplan.targets.cloud.kubernetes.pods import SPREAD

CLASS = "default"
CAPACITY = "karpenter.sh/capacity-type"


def objects(cluster: Cluster) -> Iterator[Object]:
    """A pool for each kind of capacity that the file wants."""
    machines = cluster.machines
    pieces = [str(number) for number in range(1, machines.pieces + 1)]
    grown = max(0, machines.most - machines.base)
    if machines.spot:
        on_spot = max(1, round(grown * machines.spot / machines.pieces)) if grown else 0
        yield _pool(cluster, "spot", pieces[: machines.spot], on_spot)
        grown -= on_spot
    if machines.spot < machines.pieces and grown > 0:
        yield _pool(cluster, "on-demand", pieces[machines.spot :], grown)
    yield _class(cluster)


def _pool(cluster: Cluster, capacity: str, pieces: list[str], most: int) -> Object:
    machines = cluster.machines
    return make(
        ("karpenter.sh/v1", "NodePool"),
        capacity,
        spec={
            "limits": {"cpu": str(most * machines.processors)},
            "disruption": {
                "consolidationPolicy": "WhenEmptyOrUnderutilized",
                "consolidateAfter": "5m",
                "budgets": [{"nodes": "1"}],  # one at a time
            },
            "template": {
                "metadata": {"labels": {"groundplan/pool": capacity}},
                "spec": filled(
                    nodeClassRef={
                        "group": "karpenter.k8s.aws",
                        "kind": "EC2NodeClass",
                        "name": CLASS,
                    },
                    expireAfter="720h",
                    terminationGracePeriod=_seconds(machines),
                    requirements=_requirements(machines, capacity, pieces),
                ),
            },
        },
    )


def _seconds(machines: Machines) -> str:
    return f"{machines.drain_seconds}s" if machines.drain_seconds else ""


def _requirements(machines: Machines, capacity: str, pieces: list[str]) -> list[Object]:
    wanted = {
        CAPACITY: [capacity],
        "node.kubernetes.io/instance-type": list(machines.types),
        "topology.kubernetes.io/zone": list(machines.zones),
        SPREAD: pieces,
    }
    return [{"key": key, "operator": "In", "values": values} for key, values in wanted.items()]


def _class(cluster: Cluster) -> Object:
    found = {"tags": {"karpenter.sh/discovery": cluster.site.cluster}}
    return make(
        ("karpenter.k8s.aws/v1", "EC2NodeClass"),
        CLASS,
        spec={
            "role": f"{cluster.site.cluster}-node",
            "amiSelectorTerms": [{"alias": "bottlerocket@latest"}],
            "subnetSelectorTerms": [found],
            "securityGroupSelectorTerms": [found],
            "blockDeviceMappings": [
                {
                    "deviceName": "/dev/xvdb",
                    "ebs": {"volumeSize": "50Gi", "volumeType": "gp3", "encrypted": True},
                }
            ],
            "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
            "tags": dict(cluster.tags),
        },
    )


KIND = Kind(file="machines.yaml", sections=("environments", "spot_instances"), objects=objects)
