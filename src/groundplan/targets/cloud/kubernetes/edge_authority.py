"""Who signs the edge's certificate: the same for every cluster, and the team's to make.

It is public, so that it may stand in git. Until somebody has written it there, nobody is let in.
"""

from collections.abc import Iterator

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.edge import checks_origin
from groundplan.targets.cloud.files import File, header
from groundplan.targets.cloud.kubernetes.access import INGRESS
from groundplan.targets.cloud.kubernetes.objects import make
from groundplan.targets.cloud.yaml_text import document

NAME = "edge-authority"
FOLDER = f"gitops/{NAME}"
FROM_OBJECTS = f"../../../{NAME}"
SECTIONS = ("vpc_security.origin_check",)


def files(clusters: tuple[Cluster, ...]) -> Iterator[File]:
    """A folder that the clusters' own objects refer to."""
    if not any(is_used(cluster) for cluster in clusters):
        return
    more = "The certificate of the authority that signs the edge's; written once, then yours."
    empty = make(("v1", "ConfigMap"), NAME, INGRESS, data={"ca.crt": ""})
    yield File(
        path=f"{FOLDER}/authority.yaml",
        text=header(*SECTIONS, more=more) + document(empty),
        is_kept=True,
    )
    listed = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["authority.yaml"],
    }
    yield File(path=f"{FOLDER}/kustomization.yaml", text=header(*SECTIONS) + document(listed))


def is_used(cluster: Cluster) -> bool:
    """Whether the cluster's gateway asks for it."""
    return cluster.host is not None and checks_origin(cluster.platform)
