"""The cluster of a site: its machines, what is installed in it, and what is copied out of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from groundplan.design.notifications import Receiver, receivers
from groundplan.design.regions import regions
from groundplan.spec.load import Source
from groundplan.spec.platform import Platform
from groundplan.targets.cloud.design.log_plan import LogPlan, log_plan
from groundplan.targets.cloud.design.sites import Atlas, Site, environment_of
from groundplan.targets.cloud.design.stores import DATABASE_CLASS, DAY_SECONDS
from groundplan.targets.cloud.design.workload import Workload, public_host, workloads

MACHINE = "m6i.large"  # where the file names no size
MACHINES_MIN, MACHINES_MAX = 3, 6  # a machine in each zone, and room for a release
SHARE_PIECES_MAX = 10
STORAGE_CLASS = "gp3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """The machines of a cluster. Of `pieces` equal pieces of the replicas, `spot` may be on spot.

    `base` machines always run on demand; the others come and go up to `most` in all.
    """

    types: tuple[str, ...]
    zones: tuple[str, ...]
    most: int
    base: int
    processors: int  # of one
    spot: int
    pieces: int
    drain_seconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPlan:
    """A schedule of copies of what the cluster holds."""

    name: str
    cron: str
    every_seconds: float
    kept_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """What the cluster follows."""

    repository: str
    branch: str
    path: str  # of the rendered folder; "" for the repository's own root


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Everything of one site that is not one service's."""

    site: Site
    platform: Platform
    git: Git
    machines: Machines
    workloads: tuple[Workload, ...]
    copies: tuple[CopyPlan, ...]
    host: str | None
    home: str  # the region that writes
    logs: LogPlan | None
    server_processors: int  # of the database
    tags: tuple[tuple[str, str], ...]
    has_users: bool  # the last environment's
    receivers: tuple[Receiver, ...] = ()

    @property
    def namespace(self) -> str:
        """The services' namespace."""
        return self.site.platform

    @property
    def pod_security(self) -> str:
        """The level of Kubernetes' pod security standards that every service keeps."""
        written = [workload.written.security for workload in self.workloads]
        is_strict = all(
            s is not None and s.run_as_non_root and s.seccomp == "RuntimeDefault" for s in written
        )
        return "restricted" if is_strict else "baseline"


def cluster(source: Source, site: Site, atlas: Atlas, *, has_users: bool = True) -> Cluster:
    """The cluster of one site."""
    platform = source.platform
    written = platform.cloud
    return Cluster(
        site=site,
        platform=platform,
        git=Git(
            repository=written.repository or "",
            branch=written.branch,
            path="" if written.path == "." else written.path.strip("/") + "/",
        ),
        machines=machines(source, site, atlas),
        workloads=tuple(workloads(source, site)),
        copies=tuple(copies(platform)),
        host=public_host(written.domain, site),
        home=regions(source)[0].name,
        logs=log_plan(source),
        server_processors=_server_processors(platform, atlas),
        tags=tuple(tags(source)),
        has_users=has_users,
        receivers=receivers(source),
    )


def _server_processors(platform: Platform, atlas: Atlas) -> int:
    written = platform.primary_database
    return atlas.processors((written and written.instance_class) or DATABASE_CLASS) or 2


def machines(source: Source, site: Site, atlas: Atlas) -> Machines:
    """The environment's machines, and how many of them may be taken away."""
    platform = source.platform
    written = platform.environments.get(environment_of(source))
    spot = platform.spot_instances
    named = spot.diversification.instance_types if spot else ()
    own = written.instance_type if written else MACHINE
    types = tuple(dict.fromkeys((*named, own))) if spot else (own,)
    least = max(1, written.min_capacity) if written else MACHINES_MIN
    share = Fraction(0)
    if spot:
        share = Fraction(str(spot.percentage.ratio)).limit_denominator(SHARE_PIECES_MAX)
    interruption = spot.interruption_handling if spot else None
    chosen = spot.diversification.availability_zones if spot else ()
    zones = tuple(zone.name for zone in site.zones)
    return Machines(
        types=types,
        zones=tuple(zone for zone in zones if zone in chosen) or zones,
        most=written.max_capacity if written else MACHINES_MAX,
        base=max(1, spot.on_demand_base) if spot else least,
        processors=max(filter(None, map(atlas.processors, types)), default=2),
        spot=share.numerator,
        pieces=share.denominator,
        drain_seconds=round(interruption.draining_timeout.seconds) if interruption else None,
    )


def copies(platform: Platform) -> Iterator[CopyPlan]:
    """The copies of application data: the frequent ones, and the full ones they begin with."""
    written = platform.backup.application_data if platform.backup else None
    if written is None:
        return
    hours = max(1, round(written.retention.seconds / 3600))
    every = written.frequency.seconds or DAY_SECONDS
    yield CopyPlan(name="application-data", cron=cron(every), every_seconds=every, kept_hours=hours)
    if written.full_backup and written.full_backup.seconds:
        yield CopyPlan(
            name="application-data-full",
            cron=cron(written.full_backup.seconds),
            every_seconds=written.full_backup.seconds,
            kept_hours=hours,
        )


def cron(seconds: float) -> str:
    """An interval as cron says it, rounded down to what cron can say."""
    minutes = max(1, int(seconds // 60))
    if minutes < 60:
        return f"*/{max(m for m in range(1, minutes + 1) if 60 % m == 0)} * * * *"
    hours = minutes // 60
    if hours < 24:
        return f"7 */{max(h for h in range(1, hours + 1) if 24 % h == 0)} * * *"
    if hours < 168:
        return "7 2 * * *"
    return "7 1 * * 0" if hours < 672 else "7 1 1 * *"


def tags(source: Source) -> Iterator[tuple[str, str]]:
    """What every resource is given: the file's tags, and one for each key that costs are told
    apart by."""
    platform = source.platform
    written = platform.cost_monitoring
    environment = environment_of(source)
    known = {
        "Environment": environment,
        "Project": platform.platform,
        "Service": platform.platform,
        "Team": platform.platform,
    }
    given = dict(written.tags) if written else {}
    keys = written.cost_allocation_tags if written else ()
    yield from {
        **{key: known.get(key, platform.platform) for key in keys},
        **given,
        "Environment": environment,
        "Platform": platform.platform,
        "ManagedBy": "groundplan",
    }.items()
