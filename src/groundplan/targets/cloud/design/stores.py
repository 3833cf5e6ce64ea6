"""The stores of a site as AWS sells them: who is primary, how large, when it may be worked on."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.spec.database import Database
from groundplan.spec.platform import Platform
from groundplan.targets.cloud.design.sites import Site, moved
from groundplan.targets.cloud.design.vendors import vendors
from groundplan.units import Bytes

DATABASE_CLASS, CACHE_TYPE, SEARCH_TYPE = "db.m6g.large", "cache.t4g.small", "m6g.large.search"
STORAGE_GIB = 100
GRAFANA_SECRET, PAGER_SECRET = "grafana-admin", "alertmanager-pager"
OF_A_SITE = ("stores",)
LAG_SECONDS_MAX = 300
DAY_SECONDS = 86_400
# RDS takes no operations a second for smaller gp3 disks (RDS user guide; checks/facts: storage).
IOPS_FROM_GIB = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """The server of a site. `replicates` is the region of its primary; None: it is the primary."""

    written: Database
    replicates: str | None
    instance_class: str
    database: str
    storage_gib: int
    storage_type: str
    iops: int | None
    multi_az: bool
    backup_days: int
    lag_seconds_max: int


def postgres(platform: Platform, site: Site, home: str) -> PostgresServer | None:
    """The primary in the home region, a replica where the file puts one; none elsewhere."""
    written = platform.primary_database
    if written is None:
        return None
    replicas = written.read_replicas
    turns = itertools.cycle(replicas.regions) if replicas and replicas.regions else iter(())
    seats = set(itertools.islice(turns, replicas.count if replicas else 0))
    if not site.is_home and site.region not in seats:
        return None
    storage = written.storage
    size = gib(storage.size) if storage else STORAGE_GIB
    own_class = None if site.is_home or replicas is None else replicas.instance_class
    lag = replicas.lag_max if replicas else None
    recovery = platform.disaster_recovery
    allowed = lag or (recovery.rpo if recovery else None)
    return PostgresServer(
        written=written,
        replicates=None if site.is_home else home,
        instance_class=own_class or written.instance_class or DATABASE_CLASS,
        database=platform.database_names[0],
        storage_gib=size,
        storage_type=storage.type if storage else "gp3",
        iops=storage.iops if storage and size >= IOPS_FROM_GIB else None,
        multi_az=written.multi_az and site.is_home,
        backup_days=written.backup.retention_days if written.backup else 7,
        lag_seconds_max=round(allowed.seconds) if allowed else LAG_SECONDS_MAX,
    )


def gib(size: Bytes) -> int:
    """What is bought for a size: AWS calls a GiB a GB, so 500GB are 500 of them."""
    return max(1, math.ceil(size.bytes / (1024**3 if "i" in str(size) else 1000**3)))


def days(seconds: float) -> int:
    """Whole days, not fewer than was promised."""
    return max(1, math.ceil(seconds / DAY_SECONDS))


def access_lists(platform: Platform, site: Site) -> dict[str, list[dict[str, object]]]:
    """The file's lists by subnet, with ranges of the first block moved to the site's own."""
    written = platform.vpc_security
    lists: dict[str, list[dict[str, object]]] = {}
    for name, nacl in (written.nacls if written else {}).items():
        kind = name.removesuffix("_subnet")
        if kind in ("public", "private"):
            pairs = [
                *((rule, False, rule.source) for rule in nacl.inbound),
                *((rule, True, rule.destination) for rule in nacl.outbound),
            ]
            lists[kind] = [
                {
                    "number": rule.rule,
                    "egress": egress,
                    "protocol": rule.protocol,
                    **({"ports": rule.port_range} if rule.port_range else {}),
                    "cidr": moved(cidr, platform.cloud.network, site.network),
                    "action": rule.action,
                }
                for rule, egress, cidr in pairs
            ]
    return lists


def secret_names(platform: Platform) -> tuple[str, ...]:
    """Every secret that somebody fetches, without what its name begins with."""
    named: dict[str, None] = {}
    for service in platform.services.values():
        for value in service.env.values():
            if not isinstance(value, str):
                named[value.secret] = None
    if platform.primary_database or platform.cache_layer:
        named["stores"] = None
    named[GRAFANA_SECRET] = None
    if has_pager(platform):
        named[PAGER_SECRET] = None
    for vendor in vendors(platform):
        named[vendor.secret] = None
    return tuple(named)


def has_pager(platform: Platform) -> bool:
    """Whether somebody is called by PagerDuty."""
    alerts = platform.prometheus.alerts if platform.prometheus else ()
    return any("pagerduty" in alert.notify.casefold() for alert in alerts)


def secret_copies(platform: Platform, site: Site) -> dict[str, tuple[str, ...]]:
    """The secrets that are made at a site, and where copies of them go: the addresses of a site's
    own stores are its own, and other secrets are the home region's where they are copied."""
    names, copies = secret_names(platform), copies_of(platform, "secrets")
    if site.is_home:
        return {name: () if name in OF_A_SITE else copies for name in names}
    is_copied = site.region in copies
    return {name: () for name in names if name in OF_A_SITE or not is_copied}


def image_names(platform: Platform) -> Iterator[str]:
    """The images of the account's own registry, without registry and version."""
    for service in platform.services.values():
        host, slash, rest = (service.image or "").partition("/")
        if slash and ".dkr.ecr." in host:
            yield rest.partition(":")[0]


def copies_of(platform: Platform, store: str) -> tuple[str, ...]:
    """The regions that a store is copied to."""
    recovery = platform.disaster_recovery
    plan = recovery.stores.get(store) if recovery else None  # type: ignore[call-overload]
    return plan.regions if plan and plan.recovery == "replicate" else ()


def backup_regions(platform: Platform, home: str) -> tuple[str, ...]:
    """The regions of the platform that get a copy of each backup of the database."""
    written = platform.backup.database if platform.backup else None
    if written is None or not written.cross_region:
        return ()
    known = {name for pair in platform.regions.values() for name in pair.names}
    return tuple(name for name in written.regions if name in known and name != home)
