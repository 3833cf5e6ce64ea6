"""Rules of what the plan covers: each provider, its own means, the order in which it is built."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.checks.reading import counted, listed, region_paths
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.design.disasters import disasters
from groundplan.errors import Nature, Severity
from groundplan.spec.platform import Platform

PLUGINS = {"aws": r"aws", "azure": r"azurerm|azuread", "gcp": r"google", "google": r"google"}
PROTECTS = r"disaster recovery|\bdr\b|security hardening|hardening"
GOES_LIVE = r"multi-region|production|go.?live|launch|general availability"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something that is built, with the month in which its phase begins."""

    words: str
    month: int
    path: str


def _tasks(platform: Platform) -> Iterator[Task]:
    for number, phase in enumerate(platform.implementation_timeline):
        for index, words in enumerate(phase.tasks):
            path = f"implementation_timeline.{number}.tasks.{index}"
            yield Task(words=words, month=int(phase.months.partition("-")[0]), path=path)


def _used_regions(platform: Platform) -> Iterator[str]:
    """Every region that the file puts something in."""
    yield from region_paths(platform)
    database, backup = platform.primary_database, platform.backup
    if database and database.read_replicas:
        yield from database.read_replicas.regions
    for copies in (backup.database, backup.application_data) if backup else ():
        yield from copies.regions if copies else ()
    recovery = platform.disaster_recovery
    for store in recovery.stores.values() if recovery else ():
        yield from store.regions


@rule(
    "REC013",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="A provider for disasters must have regions, resources and data of its own.",
    why="a contract with a second cloud in which nothing is takes months to become a platform",
    source="AWS Well-Architected REL13-BP02",
)
def second_provider_has_resources(subject: Subject) -> Iterator[Problem]:
    platform = subject.platform
    named = platform.providers.secondary if platform.providers else None
    cloud = named.casefold() if named else ""
    if not named or cloud not in PLUGINS:
        return
    used = tuple(dict.fromkeys(_used_regions(platform)))
    known = [subject.facts.region(region) for region in used]
    there = sum(region is None or region.provider == cloud for region in known)
    plugins = platform.terraform.required_providers if platform.terraform else {}
    has_plugin = not plugins or any(
        re.search(PLUGINS[cloud], f"{name} {plugin.source}") for name, plugin in plugins.items()
    )
    if there and has_plugin:
        return
    yield Problem(
        path="providers.secondary",
        also=("regions", *(("terraform.required_providers",) if plugins else ())),
        message=f"{named} is there for disasters, and {there} of {len(used)} regions are its own"
        + ("" if has_plugin else f"; Terraform has no provider for it, only {listed(plugins)}"),
        try_=f"put backups into a region of {named} and add its Terraform provider, or remove"
        " providers.secondary",
        facts=tuple(str(region.fact) for region in known[:1] if region),
    )


@rule(
    "REC014",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="The outage of each provider that something is done about, and of the edge, must be a"
    " scenario.",
    why="the failure that nobody planned for is the one that takes longest",
    source="AWS Well-Architected REL13-BP02",
)
def provider_outages_are_scenarios(subject: Subject) -> Iterator[Problem]:
    providers, recovery = subject.platform.providers, subject.platform.disaster_recovery
    if providers is None or recovery is None or not recovery.scenarios:
        return
    kinds = [disaster.kind for disaster in disasters(subject.platform)]
    wanted = (
        ("provider", "primary", providers.primary if providers.secondary else None),
        ("edge", "edge", providers.edge),
    )
    for kind, side, name in wanted:
        if name and kind not in kinds:
            yield Problem(
                path=f"providers.{side}",
                also=("disaster_recovery.scenarios",),
                message=f"everything goes through {name}, and of"
                f" {counted(len(kinds), 'scenario')} none says what is done when it fails",
                try_=f'add a scenario "{name} outage" with kind: {kind}',
            )


@rule(
    "REC024",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="Recovery and hardening must be built before users depend on them.",
    why="in the months between, the promises are made and nothing keeps them",
    source="AWS Well-Architected OPS07, operational readiness",
)
def protection_comes_before_use(subject: Subject) -> Iterator[Problem]:
    recovery = subject.platform.disaster_recovery
    tasks = sorted(_tasks(subject.platform), key=lambda task: task.month)
    live = next((task for task in tasks if re.search(GOES_LIVE, task.words, re.I)), None)
    late = next((task for task in tasks[::-1] if re.search(PROTECTS, task.words, re.I)), None)
    if live is None or late is None or late.month <= live.month:
        return
    promised = f", and {recovery.rto} are promised to recover in" if recovery else ""
    yield Problem(
        path=late.path,
        also=(live.path, *(("disaster_recovery.rto",) if recovery else ())),
        message=f'"{late.words}" begins in month {late.month}, "{live.words}" in month {live.month}'
        + promised,
        try_=f'move "{late.words}" to the phase of "{live.words}" or before',
    )
