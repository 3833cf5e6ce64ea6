"""Rules of budgets themselves: what they cover, what follows from them, who pays for what."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from groundplan.checks.cost import Scale, estimate, main_environment
from groundplan.checks.cost_rules.scope import budgets
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.platform import Platform

COSTS = "cost_monitoring"
# Products that are paid by host, by gigabyte or by person, and are on no bill of the cloud.
PAID = (
    "Splunk",
    "New Relic",
    "Datadog",
    "Dynatrace",
    "PagerDuty",
    "Opsgenie",
    "Sentry",
    "Elastic Cloud",
    "Grafana Cloud",
    "Cloudflare",
    "Fastly",
    "Akamai",
    "SonarCloud",
    "Snyk",
)


@rule(
    "CST003",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="A budget must say what is done when its limit is reached.",
    why="a limit that only sends mail limits nothing",
    source="AWS Budgets actions",
)
def limits_have_consequences(subject: Subject) -> Iterator[Problem]:
    for each in budgets(subject.platform):
        budget = each.budget
        if budget.action is not None:
            continue
        highest = max((alert.percent for alert in budget.alerts), default=None)
        beyond = f" and one at {highest:g}% of it" if highest and highest > 100 else ""
        yield Problem(
            path=f"{each.path}.limit",
            also=(f"{each.path}.alerts",),
            message=f"{budget.name} has a limit of {budget.limit}, {len(budget.alerts)} alerts"
            f"{beyond}, and no action",
            try_='say what is done, for example action: "stop dev and staging"',
        )


@rule(
    "CST004",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="Where there are several budgets, each must say what counts against it.",
    why="the same dollar counts twice or nowhere, and the sum of the limits means nothing",
    source="FinOps Framework, Budgeting",
)
def budgets_do_not_overlap(subject: Subject) -> Iterator[Problem]:
    found = budgets(subject.platform)
    if len(found) < 2:
        return
    unclear = [each for each in found if not each.budget.covers]
    shared = Counter(cover for each in found for cover in dict.fromkeys(each.budget.covers))
    twice = [cover for cover, count in shared.items() if count > 1]
    if not unclear and not twice:
        return
    last = unclear[-1] if unclear else found[-1]
    first = next(each for each in found if each is not last)
    names = [f"{each.budget.name} ({each.budget.limit})" for each in (first, last)]
    what = "count the same twice: " + ", ".join(twice) if twice else "do not say what they cover"
    yield Problem(
        path=f"{last.path}.name",
        also=(f"{first.path}.name",),
        message=f"{' and '.join(names)} {what}: nobody knows whether one is part of the other",
        try_="give each covers:, for example [infrastructure, environments, logs] and [transfer]",
    )


@rule(
    "CST005",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="What costs are told apart by must be on every resource.",
    why="the bill has one line for everything, and no team can see its share",
    source="FinOps Framework, Allocation; AWS cost allocation tags",
)
def tags_are_on_everything(subject: Subject) -> Iterator[Problem]:
    costs, services = subject.platform.cost_monitoring, subject.platform.services
    if costs is None or not costs.cost_allocation_tags:
        return
    given = {tag.casefold() for tag in costs.tags}
    labels = [{label.casefold() for label in service.labels} for service in services.values()]
    everywhere = given | (set.intersection(*labels) if labels else set())
    missing = [tag for tag in costs.cost_allocation_tags if tag.casefold() not in everywhere]
    if not missing:
        return
    first = next(iter(services), None)
    yield Problem(
        path=f"{COSTS}.cost_allocation_tags",
        also=(f"services.{first}.labels",) if first else (f"{COSTS}.tags",),
        message=f"costs are told apart by {len(costs.cost_allocation_tags)} tags, and no resource"
        f" carries {', '.join(missing)}",
        try_=f"add {COSTS}.tags with {', '.join(f'{tag}: ...' for tag in missing)}",
    )


@rule(
    "CST006",
    severity=Severity.MEDIUM,
    nature=Nature.RISK,
    statement="Budgets must cover everything that the file pays for, besides production too.",
    why="the first bill holds what no budget expected",
    source="FinOps Framework, Forecasting",
)
def budgets_cover_everything(subject: Subject) -> Iterator[Problem]:
    found = budgets(subject.platform)
    covered = {cover for each in found for cover in each.budget.covers}
    asked = {
        "environments": _other_environments(subject),
        "logs": _logs(subject.platform),
        "licences": _licences(subject.platform),
    }
    missing = {key: (what, path) for key, (what, path) in asked.items() if what}
    missing = {key: value for key, value in missing.items() if key not in covered}
    if not found or not missing:
        return
    first = found[0]
    wanted = ", ".join(dict.fromkeys((*(first.budget.covers or ("infrastructure",)), *missing)))
    yield Problem(
        path=f"{first.path}.name",
        also=tuple(path for _, path in missing.values()),
        message=f"none of {len(found)} budgets says that it covers"
        f" {'; '.join(what for what, _ in missing.values())}",
        try_=f"write covers: [{wanted}] in the budget that pays for it",
    )


def _other_environments(subject: Subject) -> tuple[str, str]:
    platform, main = subject.platform, main_environment(subject.platform)
    if subject.source.environment not in (None, main):
        return "", ""  # the file as that environment has it says nothing of the others
    others = [name for name in platform.environments if name != main]
    bills = [
        estimate(platform, subject.facts, scale=Scale.MAX, environment=name) for name in others
    ]
    usd = sum((bill.usd for bill in bills), start=Decimal(0))
    text = f"{' and '.join(others)} (up to ${usd:,.0f} a month)" if others else ""
    return text, f"environments.{others[0]}" if others else "environments"


def _logs(platform: Platform) -> tuple[str, str]:
    store = platform.logging.elasticsearch if platform.logging else None
    text = f"the {store.cluster_size} servers of the logs" if store else ""
    return text, "logging.elasticsearch"


def _licences(platform: Platform) -> tuple[str, str]:
    """The paid products that the file names, and where it names the first."""
    found: dict[str, str] = {}
    for area, products in platform.technology_stack.items():
        for use, text in products.items():
            _note(found, text, f"technology_stack.{area}.{use}")
    pipelines = platform.logging.logstash.pipelines if platform.logging else ()
    for index, pipeline in enumerate(pipelines):
        _note(found, pipeline.output, f"logging.logstash.pipelines[{index}].output")
    edge = platform.providers.edge if platform.providers else None
    _note(found, edge or "", "providers.edge")
    text = f"the licences of {', '.join(found)}" if found else ""
    return text, next(iter(found.values()), "technology_stack")


def _note(found: dict[str, str], text: str, path: str) -> None:
    for product in PAID:
        if product.casefold() in text.casefold():
            found.setdefault(product, path)
