"""Rules of the other region: what it holds, how it takes over, whether it can carry the load."""

from collections.abc import Iterator

from groundplan.checks.reading import counted, home, listed, partner, region_paths
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.design.disasters import disasters
from groundplan.errors import Nature, Severity
from groundplan.spec.platform import Platform
from groundplan.spec.recovery import Failover

RTO = "disaster_recovery.rto"
RPO = "disaster_recovery.rpo"
REPLICAS = "primary_database.read_replicas"
CROSS = "backup.database.cross_region"


def mechanism(platform: Platform) -> tuple[str, ...]:
    """The parts of an automatic failover that the file leaves out."""
    recovery = platform.disaster_recovery
    declared = recovery.failover if recovery else None
    return tuple(part for part in Failover.model_fields if getattr(declared, part, None) is None)


def holders(platform: Platform) -> tuple[str, ...]:
    """The regions with a replica or a copy of the database that can be restored there."""
    database, backup = platform.primary_database, platform.backup
    replicas = database.read_replicas if database else None
    copies = backup.database if backup else None
    return (
        *(replicas.regions if replicas and replicas.count else ()),
        *(copies.regions if copies and copies.cross_region else ()),
    )


def survives_region(platform: Platform) -> bool:
    """Whether another region has the data and everything that makes it take over."""
    target, held = partner(platform), set(holders(platform)) - {home(platform)}
    return not mechanism(platform) and (target in held if target else bool(held))


@rule(
    "REC003",
    severity=Severity.CRITICAL,
    nature=Nature.CONTRADICTION,
    statement="The region that takes over must hold a replica or a restorable copy of the"
    " database.",
    why="services that start there find no data, and the region that had it is gone",
    source="AWS whitepaper, Disaster Recovery of Workloads on AWS",
)
def target_of_failover_has_the_data(subject: Subject) -> Iterator[Problem]:
    platform = subject.platform
    held, here, target = holders(platform), home(platform), partner(platform)
    if platform.primary_database is None or target in held or (not target and set(held) - {here}):
        return
    where = f"they are in {listed(dict.fromkeys(held))}" if held else "there are none"
    named = target or "another region"
    for disaster in disasters(platform):
        if not disaster.fails_over:
            continue
        yield Problem(
            path=f"{disaster.path}.action",
            also=(region_paths(platform)[target or here], *_written(platform)),
            message=f'"{disaster.scenario.name}" fails over from {here} to {named}, which holds 0'
            f" copies of the database; {where}",
            try_=f"add {target} to {REPLICAS}.regions"
            if target
            else f"add {REPLICAS} in a second region, and name it in regions",
        )


def _written(platform: Platform) -> Iterator[str]:
    """The keys that say where the data is."""
    database, backup = platform.primary_database, platform.backup
    yield f"{REPLICAS}.regions" if database and database.read_replicas else "primary_database"
    if backup and backup.database:
        yield CROSS


@rule(
    "REC004",
    severity=Severity.HIGH,
    nature=Nature.UNBACKED,
    statement="An automatic failover must have a health signal, a time that it waits, a promoter, a"
    " traffic switch and fencing.",
    why="a provider promotes no replica in another region by itself; without a mechanism a person"
    " is woken, and without fencing there may be two primaries",
    source="Google SRE book, chapter 26; RDS user guide, promoting a read replica",
)
def automatic_failover_has_a_mechanism(subject: Subject) -> Iterator[Problem]:
    missing = mechanism(subject.platform)
    total = len(Failover.model_fields)
    for disaster in disasters(subject.platform):
        scenario = disaster.scenario
        if not missing or scenario.automation != "automatic" or not disaster.fails_over:
            continue
        yield Problem(
            path=f"{disaster.path}.automation",
            also=(f"{disaster.path}.trigger", RTO),
            message=f'"{scenario.name}" is automatic, and the file has {total - len(missing)} of'
            f" the {total} parts of a failover: no {listed(_words(missing))}",
            try_=f"add disaster_recovery.failover with {', '.join(missing)}, or write"
            " automation: manual_approval with an approval_timeout",
        )


def _words(parts: tuple[str, ...]) -> list[str]:
    named = {"after": "time that it waits"}
    return [named.get(part, part.replace("_", " ")) for part in parts]


@rule(
    "REC005",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="A replica that is promoted must be as large as the primary that it replaces.",
    why="it gets the whole load at the worst moment, and falls as well",
    source="AWS Well-Architected REL11-BP05, static stability",
)
def promoted_replica_carries_the_load(subject: Subject) -> Iterator[Problem]:
    database = subject.platform.primary_database
    replicas = database.read_replicas if database else None
    if database is None or replicas is None or not replicas.instance_class:
        return
    large = subject.facts.instance(database.instance_class or "")
    small = subject.facts.instance(replicas.instance_class)
    if large is None or small is None:
        return
    if small.vcpu >= large.vcpu and small.memory_gib >= large.memory_gib:
        return
    failover = next((it for it in disasters(subject.platform) if it.fails_over), None)
    if failover is None:
        return
    yield Problem(
        path=f"{REPLICAS}.instance_class",
        also=("primary_database.instance_class", f"{failover.path}.action"),
        message=f"{small.name} has {small.vcpu} vCPU and {small.memory_gib} GiB, and is to replace"
        f" {large.name} with {large.vcpu} vCPU and {large.memory_gib} GiB"
        f' in "{failover.scenario.name}"',
        try_=f"write instance_class: {large.name} for the replicas",
        facts=(str(small.fact), str(large.fact)),
    )


@rule(
    "REC023",
    severity=Severity.HIGH,
    nature=Nature.UNBACKED,
    statement="People must be told when an asynchronous replica is further behind than the"
    " recovery point.",
    why="a replica that fell behind looks healthy until it is promoted, and then the gap is lost",
    source="PostgreSQL documentation, monitoring of replication",
)
def lag_is_watched(subject: Subject) -> Iterator[Problem]:
    database, recovery = subject.platform.primary_database, subject.platform.disaster_recovery
    replicas = database.read_replicas if database else None
    if recovery is None or replicas is None or not replicas.count or replicas.synchronous:
        return
    prometheus, limit = subject.platform.prometheus, replicas.lag_max
    alerts = prometheus.alerts if prometheus else ()
    if limit and limit > recovery.rpo:
        yield Problem(
            path=f"{REPLICAS}.lag_max",
            also=(RPO,),
            message=f"replicas may be {limit} behind before people are told, and a loss of at most"
            f" {recovery.rpo} is promised",
            try_=f'write lag_max: "{recovery.rpo}" or less',
        )
    if not any(alert.watches == "replication_lag" for alert in alerts):
        yield Problem(
            path=f"{REPLICAS}.count",
            also=(RPO, *(("prometheus",) if prometheus else ())),
            message=f"0 alerts watch how far {counted(replicas.count, 'replica')} may be behind,"
            f" and a loss of at most {recovery.rpo} is promised",
            try_="add to prometheus.alerts: {watches: replication_lag, notify: <who>}",
        )
