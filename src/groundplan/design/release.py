"""Designs on the way from one version of a service to the next: what runs, and how much it gets.

The new version's replicas stand beside the stable ones, in every region, as the subset `canary`
with addresses of their own, until they are the stable ones or gone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from groundplan.design.design import Design, Job
from groundplan.design.parts import AnyPart, Gateway, Process, Service
from groundplan.design.routes import PLAIN, Route, Ways, Weight
from groundplan.design.scaling import REPLICAS_MAX
from groundplan.design.services import job_name
from groundplan.design.traffic import STABLE

CANARY = "canary"
BESIDE = 100  # a canary's address is its stable sibling's and so many more


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What replicas count themselves, as Prometheus names it: jobs that ended, and failed ones."""

    ended: str
    failed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A version of a service with everything that makes it: code, settings, schema."""

    service: str
    version: str
    replicas: tuple[Service, ...]  # as they will be when it is the stable version
    jobs: tuple[Job, ...] = ()  # its migrations: what adds, what takes away, and the way back
    ways: Ways = PLAIN  # how requests meet it, besides its weight
    counters: Counters | None = None  # of a service that has no requests
    left: Job | None = None  # of a way back: what takes back the schema of the version that is left

    def job(self, phase: str) -> Job | None:
        """Its migration of that phase."""
        name = job_name(self.service, phase)
        return next((job for job in self.jobs if job.name == name), None)

    @property
    def canaries(self) -> tuple[Service, ...]:
        """Its replicas beside the stable ones. Of a worker they take jobs from their start, and no
        gateway could take its share back: each works by a lease of its own."""
        leased = self.counters is not None
        return tuple(replace(_beside(replica), is_leased=leased) for replica in self.replicas)


def release_of(wanted: Design, service: str) -> Release:
    """The release that a design asks for; KeyError for a service that does not run there."""
    replicas = tuple(
        part for part in wanted.parts if isinstance(part, Service) and part.service == service
    )
    if not replicas:
        raise KeyError(service)
    jobs = jobs_of(wanted, service)
    return Release(service=service, version=replicas[0].version, replicas=replicas, jobs=jobs)


def jobs_of(design: Design, service: str) -> tuple[Job, ...]:
    """A service's migrations."""
    return tuple(job for job in design.jobs if job.service == service)


def has_same_schema(running: Design, release: Release) -> bool:
    """Whether the version that runs is the same, so that only settings change."""
    known = {job.name: job for job in jobs_of(running, release.service)}
    return len(known) == len(release.jobs) and all(
        job.name in known
        and known[job.name].version == job.version
        and known[job.name].process.command == job.process.command
        and known[job.name].process.workdir == job.process.workdir
        for job in release.jobs
    )


def running_of(design: Design, service: str) -> tuple[Service, ...]:
    """The stable replicas of a service."""
    return tuple(
        part
        for part in design.parts
        if isinstance(part, Service) and part.service == service and part.subset == STABLE
    )


def started(design: Design, release: Release, regions: Iterable[str]) -> Design:
    """With the new version's replicas in these regions too, without traffic."""
    chosen = frozenset(regions)
    new = [part for part in release.canaries if part.site in chosen]
    known = {part.name for part in design.parts}
    parts = [_knowing(part, release) for part in design.parts]
    fresh: list[AnyPart] = [part for part in new if part.name not in known]
    return replace(design, parts=(*parts, *fresh))


def standing(design: Design, release: Release, numbers: Mapping[str, int]) -> Design:
    """With exactly so many of the new version's replicas in these regions."""
    more = started(design, release, numbers)
    seen: dict[str, int] = {}
    parts: list[AnyPart] = []
    for part in more.parts:
        if isinstance(part, Service) and (part.service, part.subset) == (release.service, CANARY):
            seen[part.site] = seen.get(part.site, 0) + 1
            if seen[part.site] > numbers.get(part.site, seen[part.site]):
                continue
        parts.append(part)
    return replace(more, parts=tuple(parts))


def weighted(design: Design, service: str, weights: Mapping[str, int], *, until: float) -> Design:
    """With so many percent for the new version in each region, until that instant."""
    parts = tuple(
        _weighted(part, service, weights[part.site], until)
        if isinstance(part, Gateway) and part.site in weights
        else part
        for part in design.parts
    )
    return replace(design, parts=parts)


def leased(design: Design, service: str, *, until: float) -> Design:
    """With the weights that it has, until another instant."""
    shares = {part.site: share(part, service) for part in design.parts if isinstance(part, Gateway)}
    return weighted(design, service, shares, until=until)


def renewed(design: Design, *, until: float) -> Design:
    """With every lease of a weight until another instant, whoever's it is."""
    return replace(design, parts=tuple(_renewed(part, until) for part in design.parts))


def settled(design: Design, release: Release) -> Design:
    """With the stable replicas of the new version, as many as it has; the canaries still have the
    traffic."""
    new = {part.name: part for part in release.replicas}
    stand = {part.name: part.site for part in running_of(design, release.service)}
    covered = {part.site for part in release.replicas}
    parts = [
        new.get(part.name, part)
        for part in design.parts
        if part.name in new or stand.get(part.name) not in covered
    ]
    sites = frozenset(stand.values())
    fresh = [part for name, part in new.items() if name not in stand and part.site in sites]
    others = tuple(job for job in design.jobs if job.service != release.service)
    return replace(design, parts=(*parts, *fresh), jobs=(*others, *release.jobs))


def without_canary(design: Design, service: str) -> Design:
    """With the stable version alone."""
    parts = tuple(
        _forgetting(part, service)
        for part in design.parts
        if not (isinstance(part, Service) and part.service == service and part.subset == CANARY)
    )
    return replace(design, parts=parts)


def share(gateway: Gateway, service: str) -> int:
    """The percent that a gateway gives the new version."""
    return max(
        (
            weight.percent
            for route in gateway.routes
            for weight in route.weights
            if route.service == service and weight.subset == CANARY
        ),
        default=0,
    )


def _beside(replica: Service) -> Service:
    region, _, short = replica.name.partition("/")
    stem, _, number = short.rpartition("-")
    assert int(number) <= REPLICAS_MAX, replica.name
    place = str(IPv4Address(replica.address) + BESIDE)
    process = moved(replica.process, replica.address, place)
    return replace(
        replica,
        name=f"{region}/{stem}-{CANARY}-{number}",
        address=place,
        subset=CANARY,
        process=process,
        needs=(),
    )


def moved(process: Process, old: str, new: str) -> Process:
    """For another address: its own address stands wherever the file said {address}."""
    return replace(
        process,
        command=tuple(word.replace(old, new) for word in process.command),
        environment=tuple((key, value.replace(old, new)) for key, value in process.environment),
    )


def _knowing(part: AnyPart, release: Release) -> AnyPart:
    """A gateway that has a subset for the new version, and knows how requests meet it."""
    if not isinstance(part, Gateway):
        return part
    upstreams = tuple(
        replace(each, subsets=(STABLE, CANARY), ways=release.ways)
        if each.service == release.service
        else each
        for each in part.upstreams
    )
    return replace(part, upstreams=upstreams)


def _forgetting(part: AnyPart, service: str) -> AnyPart:
    if not isinstance(part, Gateway):
        return part
    upstreams = tuple(
        replace(each, subsets=(STABLE,), ways=PLAIN) if each.service == service else each
        for each in part.upstreams
    )
    return replace(
        part, upstreams=upstreams, routes=tuple(_all_stable(each, service) for each in part.routes)
    )


def _all_stable(route: Route, service: str) -> Route:
    if route.service != service:
        return route
    weights = (Weight(subset=STABLE, percent=100),)
    return replace(route, weights=weights, lease_until=None, ways=PLAIN)


def _renewed(part: AnyPart, until: float) -> AnyPart:
    if not isinstance(part, Gateway) or all(each.lease_until is None for each in part.routes):
        return part
    routes = tuple(
        each if each.lease_until is None else replace(each, lease_until=int(until))
        for each in part.routes
    )
    return replace(part, routes=routes)


def _weighted(gateway: Gateway, service: str, percent: int, until: float) -> Gateway:
    if percent == 0:
        routes = tuple(_all_stable(each, service) for each in gateway.routes)
        return replace(gateway, routes=routes)
    weights = (
        Weight(subset=STABLE, percent=100 - percent),
        Weight(subset=CANARY, percent=percent),
    )
    ways = next((each.ways for each in gateway.upstreams if each.service == service), PLAIN)
    if percent > ways.mirror_up_to:
        ways = replace(ways, mirror=0)
    routes = tuple(
        replace(each, weights=weights, lease_until=int(until), ways=ways)
        if each.service == service
        else each
        for each in gateway.routes
    )
    return replace(gateway, routes=routes)
