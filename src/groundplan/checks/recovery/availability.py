"""Rules of the promised availability: what contracts of the parts add up to."""

from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.checks.facts import Facts, Sla
from groundplan.checks.numbers.availability import (
    WINDOW_DAYS,
    ErrorBudget,
    at_most,
    outage_minutes,
    parallel,
    serial,
)
from groundplan.checks.reading import products
from groundplan.checks.recovery.failover import survives_region
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.platform import Platform

TARGET = "kpis.availability.target"
BALANCER = "assuming an Application Load Balancer in front of the services"
NAMES = {"eks": "EKS", "alb": "ALB", "rds": "RDS", "elasticache": "ElastiCache", "aks": "AKS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something that has to be up, with the contract for it at its best."""

    path: str
    sla: Sla
    assumes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """For messages."""
        name = NAMES.get(self.sla.service, self.sla.service.replace("-", " "))
        return f"{name} {self.sla.monthly_percent}%"


def cloud_of(platform: Platform) -> str:
    providers = platform.providers
    named = providers.primary.casefold() if providers else ""
    return next((cloud for cloud in ("aws", "azure") if cloud in named), named)


def contracts(platform: Platform, facts: Facts) -> Iterator[Part]:
    """What every request needs. A cache whose data exists elsewhere too is not among it."""
    is_aws = cloud_of(platform) == "aws"
    cluster = next((path for _, path in products(platform, r"\b(eks|aks|kubernetes)\b")), None)
    cache = platform.cache_layer
    is_needed = cache is not None and cache.role != "cache"
    wanted: tuple[tuple[str, str | None, tuple[str, ...]], ...] = (
        ("eks" if is_aws else "aks", cluster if platform.services else None, ()),
        ("alb", "services" if platform.services and is_aws else None, (BALANCER,)),
        (
            "rds" if is_aws else "azure-postgres",
            "primary_database" if platform.primary_database else None,
            (),
        ),
        ("elasticache" if is_aws else "azure-redis", "cache_layer" if is_needed else None, ()),
    )
    for service, path, assumes in wanted:
        sla = facts.sla(service, "multi-az")
        if path and sla:
            yield Part(path=path, sla=sla, assumes=assumes)


@rule(
    "REC009",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="The contracts of everything that a request needs must multiply to the promised"
    " availability.",
    why="nobody pays for the difference: the promise is unproven, however good the days are",
    source="AWS service level agreements; Google SRE Workbook, chapter 2",
)
def contracts_reach_the_availability(subject: Subject) -> Iterator[Problem]:
    platform, kpis = subject.platform, subject.platform.kpis
    if kpis is None or kpis.availability is None or cloud_of(platform) not in ("aws", "azure"):
        return
    target, parts = kpis.availability.target, tuple(contracts(platform, subject.facts))
    ratio = serial(part.sla.ratio for part in parts)
    if survives_region(platform):
        ratio = parallel((ratio, ratio))
    if not parts or ratio >= target.percent / 100:
        return
    allowed = ErrorBudget(target_percent=target.percent).minutes
    yield Problem(
        path=TARGET,
        also=tuple(part.path for part in parts),
        message=f"{' x '.join(part.words for part in parts)} = {ratio * 100:.3f}%, even with every"
        f" part in several zones: {outage_minutes(ratio):.1f} min down in {WINDOW_DAYS} days, and"
        f" {target} allows {allowed.normalize():f}",
        try_=f'promise "{at_most(ratio * 100)}%", say cache_layer.role: cache if requests can do'
        " without it, or let another region take over with disaster_recovery.failover",
        assumes=tuple(text for part in parts for text in part.assumes),
        facts=tuple(str(part.sla.fact) for part in parts),
    )


@rule(
    "REC010",
    severity=Severity.CRITICAL,
    nature=Nature.UNBACKED,
    statement="A database on one server cannot back an availability above that of one server.",
    why="when its zone or its machine fails, everything waits for a restore",
    source="AWS Well-Architected REL10-BP01; RDS service level agreement",
)
def database_has_a_standby(subject: Subject) -> Iterator[Problem]:
    platform, kpis = subject.platform, subject.platform.kpis
    database = platform.primary_database
    if database is None or database.multi_az or kpis is None or kpis.availability is None:
        return
    service = "azure-postgres" if cloud_of(platform) == "azure" else "rds"
    single, target = subject.facts.sla(service, "single-az"), kpis.availability.target
    if single is None or target.percent <= single.monthly_percent:
        return
    others = (
        part.sla.ratio for part in contracts(platform, subject.facts) if part.sla.service != service
    )
    whole = serial((single.ratio, *others))
    yield Problem(
        path="primary_database",
        also=(TARGET,),
        message=f"the database has 1 server in 1 zone, for which contracts give"
        f" {single.monthly_percent}% ({whole * 100:.2f}% with the other parts); {target} is"
        " promised",
        try_="add primary_database.multi_az: true",
        facts=(str(single.fact),),
    )
