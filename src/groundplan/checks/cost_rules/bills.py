"""Rules that hold a month's estimate against its budget, and price what nobody counted."""

import math
from collections.abc import Iterator
from decimal import Decimal

from groundplan.checks.capacity.demand import RATE
from groundplan.checks.capacity.machines import environment, split
from groundplan.checks.cost import CostLine, Kind, Scale, estimate, main_environment
from groundplan.checks.cost_rules.scope import Numbered, budgets, infrastructure, limit, transfer
from groundplan.checks.numbers.billing import gb_per_month
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.platform import Platform

SHOWN = 3  # of the largest components
QUERIED_WORDS = ("analytic", "processed", "curated", "report", "query")


def _lines(subject: Subject, scale: Scale) -> tuple[CostLine, ...]:
    name = subject.source.environment
    return estimate(subject.platform, subject.facts, scale=scale, environment=name).lines


def _others(subject: Subject, chosen: tuple[Numbered, ...]) -> tuple[CostLine, ...]:
    """What the other environments cost, where the budget is for them too."""
    platform, main = subject.platform, main_environment(subject.platform)
    is_counted = any("environments" in each.budget.covers for each in chosen)
    if not is_counted or subject.source.environment:
        return ()
    names = [name for name in platform.environments if name != main]
    bills = (estimate(platform, subject.facts, scale=Scale.MAX, environment=n) for n in names)
    return tuple(line for bill in bills for line in bill.lines)


def _hundreds(usd: Decimal) -> int:
    """Rounded up, for limits."""
    return math.ceil(usd / 100) * 100


def _sum(lines: tuple[CostLine, ...]) -> Decimal:
    return sum((line.usd for line in lines if line.usd is not None), start=Decimal(0))


@rule(
    "CST001",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="What may run at its largest must not cost more than its budget.",
    why="the autoscaler spends what nobody allowed, or the budget stops what users need",
    source="AWS Well-Architected COST05; price lists",
)
def month_fits_the_budget(subject: Subject) -> Iterator[Problem]:
    platform, chosen = subject.platform, infrastructure(subject.platform)
    if not chosen:
        return
    kinds = (Kind.CAPACITY, Kind.STORAGE) if transfer(platform) else tuple(Kind)
    every = (*_lines(subject, Scale.MAX), *_others(subject, chosen))
    lines = tuple(line for line in every if line.kind in kinds)
    usd, allowed = _sum(lines), limit(chosen)
    if usd <= allowed:
        return
    unknown = [line for line in lines if line.usd is None]
    more = f", without {len(unknown)} of {len(lines)} items of unknown price" if unknown else ""
    largest = _largest(lines)
    parts = "; ".join(f"{name} ${_sum(part):,.0f}" for name, part in largest.items())
    regions = len({line.region for line in lines})
    yield Problem(
        path=f"{chosen[0].path}.limit",
        also=_asked_by(subject, largest),
        message=f"at its largest, in {regions} regions, a month costs ${usd:,.0f} ({parts}; ...)"
        f"{more}; ${allowed:,.0f} may be spent",
        try_=f"run fewer or smaller machines (max_capacity), run in fewer regions, or allow"
        f" ${_hundreds(usd):,}",
        assumes=tuple(dict.fromkeys(text for line in lines for text in line.assumes)),
        facts=_facts(largest),
    )


def _largest(lines: tuple[CostLine, ...]) -> dict[str, tuple[CostLine, ...]]:
    names = dict.fromkeys(line.component for line in lines)
    parts = {name: tuple(line for line in lines if line.component == name) for name in names}
    ordered = sorted(parts.items(), key=lambda item: -_sum(item[1]))
    return dict(ordered[:SHOWN])


def _asked_by(subject: Subject, parts: dict[str, tuple[CostLine, ...]]) -> tuple[str, ...]:
    found = environment(subject)
    ceiling = (f"environments.{found[0]}.max_capacity",) if found else ()
    return (*ceiling, *dict.fromkeys(part[0].path for part in parts.values()))


def _facts(parts: dict[str, tuple[CostLine, ...]]) -> tuple[str, ...]:
    prices = (part[0].price for part in parts.values())
    return tuple(dict.fromkeys(str(price.fact) for price in prices if price))


@rule(
    "CST002",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="What the promised requests send out must fit into the budget for traffic.",
    why="traffic costs more than the machines that make it, and no machine can be turned off",
    source="AWS price list, data transfer",
)
def traffic_fits_its_budget(subject: Subject) -> Iterator[Problem]:
    chosen, size = transfer(subject.platform), subject.figures.response_bytes
    if not chosen:
        return
    half, full = (
        tuple(line for line in _lines(subject, scale) if line.sku.startswith("egress:internet"))
        for scale in (Scale.NORMAL, Scale.MAX)
    )
    usd, allowed = _sum(half), limit(chosen)
    if usd <= allowed:
        return
    tb = sum((line.quantity for line in half), start=Decimal(0)) / 1024
    yield Problem(
        path=f"{chosen[0].path}.limit",
        also=(RATE,),
        message=f"with {size.value / 1000:g} KB for each response, {tb:,.0f} TB go out in an"
        f" ordinary month and cost ${usd:,.0f}, ${_sum(full):,.0f} at the promised rate all month;"
        f" ${allowed:,.0f} may be spent",
        try_=f"allow ${_hundreds(usd):,}, let the edge answer more, or say"
        " assumptions.response_bytes",
        assumes=size.assumes,
        facts=tuple(dict.fromkeys(str(line.price.fact) for line in half[:1] if line.price)),
    )


@rule(
    "CST007",
    severity=Severity.LOW,
    nature=Nature.RISK,
    statement="What goes from region to region to keep copies must be counted.",
    why="replication is billed by the gigabyte and is in no estimate of machines",
    source="AWS price list, data transfer between regions",
)
def copies_are_counted(subject: Subject) -> Iterator[Problem]:
    platform, all_budgets = subject.platform, budgets(subject.platform)
    home = next(iter(platform.regions.values())).primary
    path, regions = _copies(platform, home)
    price = subject.facts.price("egress:other-region", home)
    if not all_budgets or not regions or price is None:
        return
    chosen = (*transfer(platform), *all_budgets)[0]
    rate = platform.assumptions.write_throughput
    each = f"${price.usd.normalize():f} a GB to each of {regions} other regions"
    if rate is None or rate.of != "bytes":
        cost, try_ = "nobody says how many it writes", 'say assumptions.write_throughput: "1MB/s"'
    else:
        usd = gb_per_month(rate.per_second) * regions * price.usd
        if usd <= chosen.budget.limit.amount:
            return
        cost = f"{rate} make ${usd:,.0f} a month, and {chosen.budget.limit} may be spent"
        try_ = f"allow ${_hundreds(usd):,}, or keep fewer copies"
    yield Problem(
        path=path,
        also=(f"{chosen.path}.limit",),
        message=f"what the database writes in {home} costs {each}; {cost}",
        try_=try_,
        facts=(str(price.fact),),
    )


def _copies(platform: Platform, home: str) -> tuple[str, int]:
    """Who sends what is written to other regions, and to how many."""
    database, copied = platform.primary_database, platform.backup
    replicas = database.read_replicas if database else None
    far = [name for name in (replicas.regions if replicas else ()) if name != home]
    if far:
        return "primary_database.read_replicas.regions", len(far)
    is_copied = copied is not None and copied.database is not None and copied.database.cross_region
    return "backup.database.cross_region", int(is_copied)


@rule(
    "CST008",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="Files that are read must not move to storage that cannot be read at once.",
    why="queries fail on old files or wait for hours, and to fetch them costs more than was saved",
    source="S3 user guide, storage classes",
)
def read_files_stay_readable(subject: Subject) -> Iterator[Problem]:
    lake = subject.platform.data_lake
    cold, cool = (subject.facts.storage("s3", kind) for kind in ("glacier", "standard-ia"))
    for index, policy in enumerate(lake.lifecycle_policies if lake else ()):
        path = f"data_lake.lifecycle_policies[{index}]"
        days, early = policy.transition_to_glacier, policy.transition_to_ia
        read = [name for name in _buckets(subject, policy.buckets) if _is_read(name)]
        if days is not None and read and cold:
            yield Problem(
                path=f"{path}.transition_to_glacier",
                also=tuple(f"data_lake.buckets.{name}" for name in read),
                message=f"after {days} days files of {' and '.join(read)} go where reading takes"
                f" {cold.retrieval}, and are billed for {cold.days_min} days at least",
                try_=f"add buckets: [{', '.join(_unread(subject))}] to the policy",
                facts=(str(cold.fact),),
            )
        if early is not None and cool and cool.days_min and early < cool.days_min:
            yield Problem(
                path=f"{path}.transition_to_ia",
                also=("data_lake.buckets",),
                message=f"files may move to infrequent access after {cool.days_min} days at the"
                f" earliest, not after {early}",
                try_=f"write transition_to_ia: {cool.days_min}",
                facts=(str(cool.fact),),
            )


def _buckets(subject: Subject, chosen: tuple[str, ...]) -> tuple[str, ...]:
    lake = subject.platform.data_lake
    return tuple(name for name in (lake.buckets if lake else ()) if not chosen or name in chosen)


def _is_read(bucket: str) -> bool:
    return any(word in bucket.casefold() for word in QUERIED_WORDS)


def _unread(subject: Subject) -> tuple[str, ...]:
    return tuple(name for name in _buckets(subject, ()) if not _is_read(name))


@rule(
    "CST009",
    severity=Severity.LOW,
    nature=Nature.RISK,
    statement="Machines are paid for in advance only as far as they always run on demand.",
    why="what is reserved and then replaced by spot, or scaled in, is paid for twice",
    source="AWS Well-Architected COST07",
)
def reservations_match_the_floor(subject: Subject) -> Iterator[Problem]:
    costs, spot, found = (
        subject.platform.cost_monitoring,
        subject.platform.spot_instances,
        environment(subject),
    )
    if costs is None or spot is None or found is None or spot.percentage.percent == 0:
        return
    advice = [i for i, text in enumerate(costs.optimization_recommendations) if _reserves(text)]
    name, wanted = found
    floor, reserved = split(subject.platform, wanted.min_capacity).on_demand, costs.reserved_nodes
    is_fine = not advice if reserved is None else reserved <= floor
    if is_fine:
        return
    said = (
        f"{reserved} are reserved" if reserved is not None else "nothing says how many to reserve"
    )
    index = f".optimization_recommendations[{advice[0]}]" if advice else ".reserved_nodes"
    yield Problem(
        path=f"cost_monitoring{index}",
        also=("spot_instances.percentage", f"environments.{name}.min_capacity"),
        message=f"of {wanted.min_capacity} to {wanted.max_capacity} machines in a region {floor}"
        f" always run on demand; {said}",
        try_=f"write cost_monitoring.reserved_nodes: {floor}",
    )


def _reserves(text: str) -> bool:
    return any(word in text.casefold() for word in ("reserv", "savings plan"))
