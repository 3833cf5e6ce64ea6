"""Argo CD: the project of a cluster, and the applications that follow git.

Each cluster runs its own Argo CD and reads its own folders, so none needs another region. Add-ons
come first, then the objects of the cluster, then the services. Argo CD does not wait for what an
application brings, so whoever comes too early is tried again until it is there.
"""

from collections.abc import Iterator

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.kubernetes import store
from groundplan.targets.cloud.kubernetes.addons import addons
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, before, filled, make

NAMESPACE = "argocd"
HERE = "https://kubernetes.default.svc"
APPLICATION = ("argoproj.io/v1alpha1", "Application")
SYNC = {
    "automated": {"prune": True, "selfHeal": True},
    "syncOptions": ["ServerSideApply=true", "CreateNamespace=true"],
    "retry": {"limit": -1, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "5m"}},
}
OBJECTS_WAVE, SERVICES_WAVE = 5, 10  # behind the add-ons


def project(cluster: Cluster) -> Iterator[Object]:
    """What the applications of this cluster may read, and where they may write."""
    found = addons(cluster)
    repositories = dict.fromkeys((cluster.git.repository, *(a.repository for a in found)))
    namespaces = dict.fromkeys((cluster.namespace, NAMESPACE, *(a.namespace for a in found)))
    more = ("kube-system", *store.namespaces(cluster))
    yield make(
        ("argoproj.io/v1alpha1", "AppProject"),
        cluster.site.platform,
        NAMESPACE,
        spec={
            "description": f"{cluster.site.platform} ({cluster.site.name})",
            "sourceRepos": list(repositories),
            "destinations": [
                {"server": HERE, "namespace": name} for name in dict.fromkeys((*namespaces, *more))
            ],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
        },
    )


def applications(cluster: Cluster) -> Iterator[Object]:
    """One for each add-on, with its chart at one version and its values."""
    for addon in addons(cluster):
        yield make(
            APPLICATION,
            addon.name,
            NAMESPACE,
            annotations=before(addon.wave),
            spec={
                "project": cluster.site.platform,
                "source": {
                    "repoURL": addon.repository,
                    "chart": addon.chart,
                    "targetRevision": addon.version,
                    "helm": {"releaseName": addon.name, "valuesObject": addon.values},
                },
                "destination": {"server": HERE, "namespace": addon.namespace},
                "syncPolicy": SYNC,
            },
        )


def objects(cluster: Cluster) -> Iterator[Object]:
    """The application of the cluster's own objects, which need the add-ons' kinds."""
    yield _follows(
        cluster,
        "cluster-objects",
        f"gitops/clusters/{cluster.site.name}/objects",
        project=cluster.site.platform,
        wave=OBJECTS_WAVE,
    )


def services(cluster: Cluster) -> Iterator[Object]:
    """An ApplicationSet that makes an Application of each service's folder for this site."""
    path = f"{cluster.git.path}gitops/apps/*/{cluster.site.name}"
    yield make(
        ("argoproj.io/v1alpha1", "ApplicationSet"),
        "services",
        NAMESPACE,
        annotations=before(SERVICES_WAVE),
        spec={
            "goTemplate": True,
            "goTemplateOptions": ["missingkey=error"],
            "generators": [
                {
                    "git": {
                        "repoURL": cluster.git.repository,
                        "revision": cluster.git.branch,
                        "directories": [{"path": path}],
                    }
                }
            ],
            "template": {
                "metadata": {"name": f"{{{{ index .path.segments {_depth(path)} }}}}"},
                "spec": {
                    "project": cluster.site.platform,
                    "source": {
                        "repoURL": cluster.git.repository,
                        "targetRevision": cluster.git.branch,
                        "path": "{{ .path.path }}",
                    },
                    "destination": {"server": HERE, "namespace": cluster.namespace},
                    "syncPolicy": SYNC,
                    **filled(ignoreDifferences=_left_to_rollouts(cluster)),
                },
            },
        },
    )


def _depth(path: str) -> int:
    """Where in the path the service's name stands."""
    return path.split("/").index("*")


def _left_to_rollouts(cluster: Cluster) -> list[Object]:
    """What a release moves in the mesh is not put back while it runs."""
    if cluster.platform.mesh is None:
        return []
    group = "networking.istio.io"
    return [
        {
            "group": group,
            "kind": "VirtualService",
            "jqPathExpressions": [".spec.http[].route[].weight"],
        },
        {
            "group": group,
            "kind": "DestinationRule",
            "jqPathExpressions": ['.spec.subsets[].labels["rollouts-pod-template-hash"]'],
        },
    ]


def root(cluster: Cluster) -> Iterator[Object]:
    """The one object that is applied by hand: from it everything else follows."""
    path = f"gitops/clusters/{cluster.site.name}"
    yield _follows(cluster, "cluster", path, project="default", wave=0)


def _follows(cluster: Cluster, name: str, path: str, *, project: str, wave: int) -> Object:
    """An application that follows a folder of git."""
    return make(
        APPLICATION,
        name,
        NAMESPACE,
        annotations=before(wave),
        spec={
            "project": project,
            "source": {
                "repoURL": cluster.git.repository,
                "targetRevision": cluster.git.branch,
                "path": f"{cluster.git.path}{path}",
            },
            "destination": {"server": HERE, "namespace": NAMESPACE},
            "syncPolicy": SYNC,
        },
    )


PROJECT = Kind(file="project.yaml", sections=("platform", "cloud.repository"), objects=project)
ADDONS = Kind(
    file="addons.yaml",
    sections=("technology_stack", "mesh", "prometheus", "jaeger", "backup"),
    objects=applications,
)
SERVICES = Kind(file="services.yaml", sections=("services", "cloud.repository"), objects=services)
OBJECTS = Kind(file="objects.yaml", sections=("platform", "cloud.repository"), objects=objects)
