"""The lines of each component: machines, network, database, cache, search, lake, traffic."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from groundplan.checks.assumptions import Figures
from groundplan.checks.cost.lines import CostLine, Kind
from groundplan.checks.cost.rates import Rates, provisioned_gb
from groundplan.checks.facts import Facts
from groundplan.checks.numbers.billing import GB, HOURS_PER_MONTH, SECONDS_PER_MONTH
from groundplan.checks.numbers.capacity import SpotSplit, spot_split
from groundplan.spec.platform import Platform
from groundplan.spec.waf import Waf

NODE_DISK_GB = 20  # what EKS gives a node
ZONES = 3
UNNAMED = "(type not named)"  # has no price, so the line is unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One region at a scale: how many machines, and which share of the traffic."""

    rates: Rates
    path: str  # the environment's key
    instance_type: str
    nodes: int
    requests_per_second: Decimal
    has_users: bool = True


def machines(platform: Platform, site: Site) -> Iterator[CostLine]:
    """Nodes, on demand and spot, their disks, the cluster that they belong to."""
    rates, type_path = site.rates, f"{site.path}.instance_type"
    split = _split(platform, site.nodes)
    on_demand, spot = (
        f"ec2:{site.instance_type or UNNAMED}:linux:{way}" for way in ("ondemand", "spot")
    )
    yield rates.hourly("cluster control plane", "eks:control-plane", 1, path="services")
    if split.on_demand:
        yield rates.hourly("nodes, on demand", on_demand, split.on_demand, path=type_path)
    if split.spot:
        # Nobody pays more for spot than on demand, so that price is a safe stand-in.
        is_known = rates.price(spot) is not None
        yield rates.line(
            "nodes, spot",
            spot if is_known else on_demand,
            split.spot * HOURS_PER_MONTH,
            path="spot_instances.percentage",
            note="" if is_known else f"no price of {spot}: counted as if on demand",
        )
    yield rates.line(
        "node disks",
        "ebs:gp3",
        site.nodes * NODE_DISK_GB,
        path=type_path,
        assumes=(f"assuming {NODE_DISK_GB} GB of disk per node",),
    )


def _split(platform: Platform, nodes: int) -> SpotSplit:
    spot = platform.spot_instances
    if spot is None:
        return spot_split(nodes, Decimal(0))
    free = max(0, nodes - spot.on_demand_base)
    exact = spot_split(free, spot.percentage.percent).exact
    return SpotSplit(total=nodes, exact=exact)


def network(platform: Platform, site: Site) -> Iterator[CostLine]:
    """What stands at a region's edge, and what its traffic costs."""
    rates = site.rates
    yield rates.hourly("NAT gateways", "nat:hour", ZONES if site.has_users else 1, path="regions")
    yield rates.hourly("load balancer", "alb:hour", 1, path="regions")
    waf = _regional_waf(platform)
    if waf:
        yield rates.line("WAF", "waf:webacl", 1, path="waf")
        yield rates.line("WAF rules", "waf:rule", len(waf.rules), path="waf.rules")
    secrets = _secrets(platform)
    if secrets:
        yield rates.line("secrets", "secrets:secret", secrets, path="services")


def traffic(platform: Platform, site: Site, figures: Figures) -> Iterator[CostLine]:
    """What requests cost: bytes out, the firewall, the load balancer's units."""
    rates, path = site.rates, "kpis.scalability.requests_per_second"
    if not site.requests_per_second:
        return
    size = Decimal(str(figures.response_bytes.value))
    assumes = figures.response_bytes.assumes
    gb = site.requests_per_second * size * SECONDS_PER_MONTH / GB
    for sku, part in rates.egress(gb):
        yield rates.line(
            "traffic to the internet", sku, part, path=path, kind=Kind.TRAFFIC, assumes=assumes
        )
    # A unit is 1 GB an hour, or 25 new connections a second; requests share connections.
    yield rates.line(
        "load balancer units", "alb:lcu", gb, path=path, kind=Kind.TRAFFIC, assumes=assumes
    )
    if _regional_waf(platform):
        millions = site.requests_per_second * SECONDS_PER_MONTH / 10**6
        yield rates.line("WAF requests", "waf:requests", millions, path=path, kind=Kind.TRAFFIC)


def database(platform: Platform, facts: Facts, home: str) -> Iterator[CostLine]:
    """The primary with its standby, and the backups that leave the region."""
    wanted = platform.primary_database
    if wanted is None:
        return
    rates, path = Rates(facts=facts, region=home), "primary_database"
    copies = 2 if wanted.multi_az else 1
    sku = f"rds:{wanted.instance_class or UNNAMED}:postgresql:single-az"
    name = "database, primary and standby" if wanted.multi_az else "database, primary"
    yield rates.hourly(name, sku, copies, path=f"{path}.instance_class")
    if wanted.storage is None:
        return
    size = provisioned_gb(wanted.storage.size)
    yield rates.line(
        "database storage",
        f"rds:{wanted.storage.type}:storage",
        size * copies,
        path=f"{path}.storage",
    )
    yield from _extra_iops(platform, rates, size, copies)
    copied = platform.backup.database if platform.backup else None
    if copied and copied.cross_region:
        for region in copied.regions or (home,):
            yield Rates(facts=facts, region=region).line(
                "database backup, other region",
                "rds:backup",
                size,
                path="backup.database.cross_region",
                kind=Kind.STORAGE,
                assumes=("assuming that all copies together take the size of the database",),
            )


def _extra_iops(platform: Platform, rates: Rates, size: Decimal, copies: int) -> Iterator[CostLine]:
    storage = platform.primary_database.storage if platform.primary_database else None
    if storage is None or storage.iops is None:
        return
    rule = rates.facts.storage("rds-postgres", storage.type, float(size))
    extra = storage.iops - (rule.iops_baseline or 0) if rule else 0
    if extra > 0:
        yield rates.line(
            "database IOPS",
            f"rds:{storage.type}:iops",
            extra * copies,
            path="primary_database.storage.iops",
        )


def replicas(platform: Platform, facts: Facts, home: str) -> Iterator[CostLine]:
    """Read replicas, dealt out to their regions in turn."""
    wanted = platform.primary_database
    replicas = wanted.read_replicas if wanted else None
    if wanted is None or replicas is None:
        return
    path = "primary_database.read_replicas"
    size = replicas.instance_class or wanted.instance_class or UNNAMED
    regions = replicas.regions or (home,)
    each, more = divmod(replicas.count, len(regions))
    for number, region in enumerate(regions[: replicas.count]):
        rates, count = Rates(facts=facts, region=region), each + (number < more)
        yield rates.hourly("database replica", f"rds:{size}:postgresql:single-az", count, path=path)
        if wanted.storage:
            yield rates.line(
                "database replica storage",
                f"rds:{wanted.storage.type}:storage",
                provisioned_gb(wanted.storage.size) * count,
                path=path,
            )


def cache(platform: Platform, site: Site) -> Iterator[CostLine]:
    """The cache of a region."""
    wanted = platform.cache_layer
    if wanted is None:
        return
    count = wanted.cluster.num_cache_clusters if wanted.cluster else 1
    sku = f"elasticache:{wanted.node_type or UNNAMED}:redis"
    yield site.rates.hourly("cache", sku, count, path="cache_layer.node_type")


def search(platform: Platform, facts: Facts, home: str) -> Iterator[CostLine]:
    """The servers that hold the logs: one cluster for the platform."""
    wanted = platform.logging.elasticsearch if platform.logging else None
    if wanted is None:
        return
    rates, path = Rates(facts=facts, region=home), "logging.elasticsearch"
    name = (wanted.instance_type or UNNAMED).replace(".elasticsearch", ".search")
    yield rates.hourly("log servers", f"opensearch:{name}", wanted.cluster_size, path=path)
    if wanted.storage:
        gb = provisioned_gb(wanted.storage) * wanted.cluster_size
        yield rates.line("log storage", "opensearch:gp3", gb, path=f"{path}.storage")


def lake(platform: Platform, facts: Facts, home: str, age_days: int) -> Iterator[CostLine]:
    """What has piled up in the data lake after so many days, class by class."""
    rate = platform.kpis.scalability.data_throughput if platform.kpis else None
    if platform.data_lake is None or rate is None or rate.of != "bytes":
        return
    rates = Rates(facts=facts, region=home)
    daily = Decimal(str(rate.per_second)) * 86_400 / GB
    policies = platform.data_lake.lifecycle_policies
    limits = [
        min((value for value in values if value is not None), default=None)
        for values in (
            [policy.transition_to_ia for policy in policies],
            [policy.transition_to_glacier for policy in policies],
            [policy.expiration for policy in policies],
        )
    ]
    end = min(age_days, limits[2]) if limits[2] is not None else age_days
    begin = 0
    classes = ("s3:standard", "s3:standard-ia", "s3:glacier-flexible")
    for sku, until in zip(classes, (limits[0], limits[1], None), strict=True):
        stop = end if until is None else min(until, end)
        if stop > begin:
            gb = daily * (stop - begin)
            yield rates.line("data lake", sku, gb, path="data_lake", kind=Kind.STORAGE)
            begin = stop


def _regional_waf(platform: Platform) -> Waf | None:
    """The cloud's own firewall; one at the edge is on the edge's bill."""
    return platform.waf if platform.waf and platform.waf.runs_at != "edge" else None


def _secrets(platform: Platform) -> int:
    """Named secrets of the services."""
    values = (value for service in platform.services.values() for value in service.env.values())
    return len({value.secret for value in values if not isinstance(value, str)})
