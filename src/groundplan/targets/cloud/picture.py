"""topology/: a picture of each environment, from the design of its sites."""

from collections.abc import Iterator

from groundplan.design.picture import Box, Scene, svg
from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.stores import postgres
from groundplan.targets.cloud.files import File
from groundplan.targets.cloud.told import beyond, site

TOP = "topology"


def files(clusters: tuple[Cluster, ...], environment: str | None) -> Iterator[File]:
    """One for each environment."""
    for name in dict.fromkeys(cluster.site.environment for cluster in clusters):
        if environment in (None, name):
            text = svg(scene(clusters, name))
            yield File(path=f"{TOP}/{name}.svg", text=text, environment=name)


def scene(clusters: tuple[Cluster, ...], environment: str) -> Scene:
    """One environment; what is beside the clusters is the last one's, which has the users."""
    here = tuple(cluster for cluster in clusters if cluster.site.environment == environment)
    is_last = environment == clusters[-1].site.environment
    return Scene(
        title=f"{here[0].site.platform}, {environment}",
        boxes=tuple(
            Box(
                region=cluster.site.region,
                geography=cluster.site.geography,
                role=cluster.site.role,
                lines=site(cluster),
                follows=_follows(cluster),
            )
            for cluster in here
        ),
        outside=dict(beyond(clusters)) if is_last else {},
    )


def _follows(cluster: Cluster) -> str | None:
    server = postgres(cluster.platform, cluster.site, cluster.home)
    return server.replicates if server else None
