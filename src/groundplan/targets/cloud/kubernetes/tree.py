"""gitops/: a folder for each service at each site, one for each cluster, one to begin with."""

from collections.abc import Iterable, Iterator

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.files import File, header
from groundplan.targets.cloud.kubernetes import (
    access,
    account,
    alerts,
    analysis,
    apm,
    argo,
    autoscaler,
    azure_copies,
    balancer,
    budget,
    certificates,
    config,
    copies,
    dashboards,
    destination,
    edge_authority,
    exporters,
    logs,
    machines,
    mesh,
    migration,
    monitor,
    monitoring,
    namespace,
    notices,
    pages,
    recommender,
    rollout,
    route,
    secrets,
    service,
    store,
    tracing,
    watched,
    webhooks,
)
from groundplan.targets.cloud.kubernetes.objects import Kind, Subject
from groundplan.targets.cloud.kubernetes.version import KUSTOMIZATION, kustomization, version
from groundplan.targets.cloud.yaml_text import document, stream

# In the order in which a reader meets them.
OF_SERVICE: tuple[Kind[Workload], ...] = (
    rollout.KIND,
    service.KIND,
    account.KIND,
    config.KIND,
    secrets.KIND,
    migration.KIND,
    budget.KIND,
    autoscaler.KIND,
    recommender.KIND,
    access.KIND,
    route.KIND,
    destination.KIND,
    analysis.KIND,
    webhooks.KIND,
    monitor.KIND,
    alerts.KIND,
)
OF_CLUSTER: tuple[Kind[Cluster], ...] = (
    namespace.KIND,
    mesh.KIND,
    balancer.KIND,
    certificates.KIND,
    store.KIND,
    machines.KIND,
    copies.KIND,
    azure_copies.KIND,
    monitoring.KIND,
    exporters.KIND,
    pages.KIND,
    watched.KIND,
    tracing.KIND,
    apm.KIND,
    dashboards.KIND,
    logs.KIND,
    notices.KIND,
)
OF_ARGO: tuple[Kind[Cluster], ...] = (argo.PROJECT, argo.ADDONS, argo.OBJECTS, argo.SERVICES)


def files(cluster: Cluster) -> Iterator[File]:
    """Everything of one site."""
    site = cluster.site
    top = f"gitops/clusters/{site.name}"
    text = header("platform", "cloud.repository") + stream(argo.root(cluster))
    yield File(path=f"gitops/bootstrap/{site.name}.yaml", text=text, environment=site.environment)
    yield from _folder(top, OF_ARGO, cluster, site.environment)
    others = (edge_authority.FROM_OBJECTS,) if edge_authority.is_used(cluster) else ()
    yield from _folder(f"{top}/objects", OF_CLUSTER, cluster, site.environment, others=others)
    for workload in cluster.workloads:
        yield from _service(workload)


def _service(workload: Workload) -> Iterator[File]:
    folder = f"gitops/apps/{workload.name}/{workload.site.name}"
    yield version(workload, folder)
    yield from _folder(
        folder,
        OF_SERVICE,
        workload,
        workload.site.environment,
        patches_version=True,
    )


def _folder(
    folder: str,
    kinds: Iterable[Kind[Subject]],
    subject: Subject,
    environment: str,
    *,
    patches_version: bool = False,
    others: tuple[str, ...] = (),
) -> Iterator[File]:
    """A file for each kind that has objects, then the list of them."""
    names = list(others)
    for kind in kinds:
        objects = list(kind.objects(subject))
        if objects:
            names.append(kind.file)
            text = header(*kind.sections) + stream(objects)
            yield File(path=f"{folder}/{kind.file}", text=text, environment=environment)
    listed = document(kustomization(names, patches_version=patches_version))
    yield File(
        path=f"{folder}/{KUSTOMIZATION}",
        text=header("services" if patches_version else "platform") + listed,
        environment=environment,
    )
