"""The roots of a rendered folder, in the order in which one needs the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from groundplan.targets.cloud.design.cluster import Cluster

LIVE = "terraform/live"
STATE, GLOBAL, EDGE, AZURE = "state", "global", "edge", "azure"
PROVIDERS = {EDGE: "cloudflare", AZURE: "azurerm"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A folder with a state of its own. `name` is its place: "production/us-east-1"."""

    name: str
    folder: Path

    @property
    def provider(self) -> str:
        """Whose credentials it needs."""
        return PROVIDERS.get(self.name, "aws")


def roots(
    folder: Path, clusters: tuple[Cluster, ...], environment: str | None = None
) -> tuple[Root, ...]:
    """The bucket of the states, what belongs to no site, then each environment with the region that
    writes first, because a replica needs its primary; then what stands before them, and what
    stands in for them. For one environment: its sites alone."""
    return tuple(
        Root(name=name, folder=folder / LIVE / name)
        for name in _names(clusters, environment)
        if (folder / LIVE / name / "settings.tf").is_file()
    )


def _names(clusters: tuple[Cluster, ...], environment: str | None) -> Iterator[str]:
    if environment is None:
        yield from (STATE, GLOBAL)
    for cluster in clusters:
        if environment in (None, cluster.site.environment):
            yield f"{cluster.site.environment}/{cluster.site.region}"
    if environment is None:
        yield from (EDGE, AZURE)
