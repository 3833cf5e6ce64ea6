"""Rules of the database's size: a disk that is for sale, processors, connections."""

from collections.abc import Iterator
from decimal import Decimal

from groundplan.checks.capacity.demand import RATE, Demand, demand, fleets
from groundplan.checks.capacity.machines import is_on_aws
from groundplan.checks.cost.rates import provisioned_gb
from groundplan.checks.facts import InstanceType
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.platform import Platform

DATABASE = "primary_database"
BUSY_MAX = 0.5  # the other half does vacuum, checkpoints, backups and the reads of a lost replica


@rule(
    "CAP016",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="The disk of the database must be one that the provider sells.",
    why="the provider refuses it, and the first day of the platform ends with an error",
    source="RDS user guide, storage types",
)
def disk_is_for_sale(subject: Subject) -> Iterator[Problem]:
    database = subject.platform.primary_database
    disk = database.storage if database else None
    if disk is None or disk.iops is None or not is_on_aws(subject.platform):
        return
    size = float(provisioned_gb(disk.size))
    known = subject.facts.storage("rds-postgres", disk.type, size)
    if known is None or known.iops_baseline is None:
        return
    if not known.is_settable and disk.iops != known.iops_baseline:
        what = f"cannot be set; it has {known.iops_baseline:,}"
    elif disk.iops < known.iops_baseline:
        what = f"are fewer than the {known.iops_baseline:,} that it starts with"
    elif known.iops_max and disk.iops > known.iops_max:
        what = f"are more than the {known.iops_max:,} that it can have"
    else:
        return
    yield Problem(
        path=f"{DATABASE}.storage.iops",
        also=(f"{DATABASE}.storage.size", f"{DATABASE}.storage.type"),
        message=f"{disk.iops:,} IOPS of {disk.size} {disk.type} {what}",
        try_=f"remove iops, or write iops: {known.iops_baseline}",
        facts=(str(known.fact),),
    )


@rule(
    "CAP017",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="The database must have the processors and connections that the load asks for.",
    why="at the promised load the database is what everything waits for",
    source="PostgreSQL documentation, max_connections; RDS best practices",
)
def database_carries_the_load(subject: Subject) -> Iterator[Problem]:
    database, wanted = subject.platform.primary_database, demand(subject)
    size = database.instance_class if database else None
    kind = subject.facts.instance(size) if size else None
    if wanted is None or kind is None:
        return
    yield from _processors(subject, wanted, kind)
    yield from _connections(subject, kind)


def _processors(subject: Subject, wanted: Demand, kind: InstanceType) -> Iterator[Problem]:
    figures = subject.figures
    reads_elsewhere = share_with_replicas(subject.platform) * (1 - figures.write_share.value)
    queries = wanted.platform * (1 - reads_elsewhere) * figures.queries_per_request.value
    busy = queries * figures.database_time_per_query.value / kind.vcpu
    if busy <= BUSY_MAX:
        return
    yield Problem(
        path=f"{DATABASE}.instance_class",
        also=(RATE,),
        message=f"{queries:,.0f} queries/s reach the primary at the promised"
        f" {wanted.platform:,.0f} requests/s and keep {busy:.0%} of its {kind.vcpu} processors"
        f" busy; {BUSY_MAX:.0%} leave room for vacuum, backups and lost replicas",
        try_="take a larger instance_class, read from replicas in every region, or say"
        " assumptions.queries_per_request and database_time_per_query",
        assumes=(
            *figures.queries_per_request.assumes,
            *figures.database_time_per_query.assumes,
            *(figures.write_share.assumes if reads_elsewhere else ()),
        ),
        facts=(str(kind.fact),),
    )


def share_with_replicas(platform: Platform) -> float:
    """The share of the load in regions that read from a replica of their own."""
    database = platform.primary_database
    replicas = database.read_replicas if database else None
    homes = [pair.primary for pair in platform.regions.values()]
    return sum(home in (replicas.regions if replicas else ()) for home in homes) / len(homes)


def _connections(subject: Subject, kind: InstanceType) -> Iterator[Problem]:
    each = subject.figures.connections_per_replica
    per_gib = subject.facts.limit("rds.postgres.connections.per.gib")
    most = subject.facts.limit("rds.postgres.connections.max")
    scaled = fleets(subject.platform)
    if per_gib is None or most is None or not scaled:
        return
    regions = sum(len(pair.names) for pair in subject.platform.regions.values())
    replicas = regions * sum(fleet.high for fleet in scaled)
    allowed = min(most.value, Decimal(kind.memory_gib) * per_gib.value)
    if replicas * each.value > allowed:
        yield Problem(
            path=f"{DATABASE}.instance_class",
            also=(scaled[0].high_path,),
            message=f"{replicas} replicas in {regions} regions open {replicas * each.value:,.0f}"
            f" connections, and {kind.name} takes {allowed:,.0f}",
            try_="put a pooler in front and say assumptions.connections_per_replica, or allow"
            " fewer replicas",
            assumes=each.assumes,
            facts=(str(per_gib.fact),),
        )
