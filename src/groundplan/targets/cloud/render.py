"""From the file, read for each of its environments, to a tree of files: the whole cloud target."""

from collections.abc import Iterator, Sequence

from groundplan.errors import SpecError
from groundplan.spec.load import Source
from groundplan.targets.cloud import picture
from groundplan.targets.cloud.design.cluster import Cluster, cluster
from groundplan.targets.cloud.design.fits import findings
from groundplan.targets.cloud.design.sites import Atlas, sites
from groundplan.targets.cloud.files import File
from groundplan.targets.cloud.kubernetes import edge_authority
from groundplan.targets.cloud.kubernetes import tree as kubernetes
from groundplan.targets.cloud.pipelines import tree as pipelines
from groundplan.targets.cloud.terraform import tree as terraform


def clusters(sources: Sequence[Source], atlas: Atlas) -> Iterator[Cluster]:
    """Every site of every environment, in the order of the file. SpecError if one cannot be."""
    refuse(sources, atlas)
    return _clusters(sources, atlas)


def render(
    sources: Sequence[Source], atlas: Atlas, environment: str | None = None
) -> Iterator[File]:
    """Every file, one at a time; for one environment: its own files and those of all.

    What does not fit is refused here, before the first file.
    """
    refuse(sources, atlas)
    return _files(sources, atlas, environment)


def refuse(sources: Sequence[Source], atlas: Atlas) -> None:
    """SpecError with everything that does not fit."""
    found = tuple(findings(sources, atlas))
    if found:
        raise SpecError(found)


def _clusters(sources: Sequence[Source], atlas: Atlas) -> Iterator[Cluster]:
    for number, source in enumerate(sources):
        for site in sites(source, number, atlas):
            yield cluster(source, site, atlas, has_users=number == len(sources) - 1)


def _files(sources: Sequence[Source], atlas: Atlas, environment: str | None) -> Iterator[File]:
    for place in _clusters(sources, atlas):
        if environment in (None, place.site.environment):
            yield from kubernetes.files(place)
    every = tuple(_clusters(sources, atlas))
    yield from edge_authority.files(every)
    yield from terraform.files(every, environment)
    yield from pipelines.files(every)
    yield from picture.files(every, environment)
