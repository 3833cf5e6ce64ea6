"""Rules of metrics and alerts: every promise has a source, is seen whole, and calls somebody."""

from collections.abc import Iterator
from itertools import chain

from groundplan.checks.capacity.demand import fleets
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.kpis import Kpis
from groundplan.spec.platform import Platform
from groundplan.spec.recovery import Scenario
from groundplan.units import Threshold

JOBS = "prometheus.scrape_configs"
# What can measure a promise. An exporter gives means, no percentiles; nothing on the server sees
# how long a page takes in a browser.
SOURCES = {
    "availability": ("probe", "gateway"),
    "api_response_time": ("probe", "gateway", "service"),
    "database_query_time": ("service",),
    "page_load_time": ("browser", "probe"),
}
SCRAPES_MIN = 4  # in a window, for a rate that one lost scrape does not spoil


def _promised(kpis: Kpis) -> dict[str, tuple[str, str]]:
    """Each promise that is measured all the time: its key and its words."""
    found = {}
    if kpis.availability:
        found["availability"] = ("kpis.availability.target", str(kpis.availability.target))
    for name in ("api_response_time", "database_query_time", "page_load_time"):
        bound: Threshold | None = getattr(kpis.performance, name)
        if bound is not None:
            found[name] = (f"kpis.performance.{name}", str(bound))
    return found


@rule(
    "OBS010",
    severity=Severity.CRITICAL,
    nature=Nature.CONTRADICTION,
    statement="Each replica of a service must be scraped, not a name that is balanced over them.",
    why="every scrape sees another replica: counters jump, rates are wrong, failures are missed",
    source="Prometheus documentation, service discovery",
)
def replicas_are_scraped(subject: Subject) -> Iterator[Problem]:
    metrics = subject.platform.prometheus
    many = {fleet.service: fleet for fleet in fleets(subject.platform) if fleet.high > 1}
    for number, job in enumerate(metrics.scrape_configs if metrics else ()):
        targets = chain.from_iterable(static.targets for static in job.static_configs)
        for target in () if job.each_replica else targets:
            fleet = many.get(target.rpartition(":")[0])
            if fleet:
                yield Problem(
                    path=f"{JOBS}[{number}].static_configs",
                    also=(fleet.high_path,),
                    message=f"{target} is one name for {fleet.low} to {fleet.high} replicas of"
                    f" {fleet.service}: each scrape sees one of them",
                    try_=f"add each_replica: true to the job {job.job_name}",
                )


@rule(
    "OBS011",
    severity=Severity.HIGH,
    nature=Nature.UNBACKED,
    statement="Every promise to users needs something that measures it.",
    why="nobody can tell whether the promise is kept",
    source="Google, The Site Reliability Workbook, chapter 2",
)
def promises_are_measured(subject: Subject) -> Iterator[Problem]:
    platform, kpis = subject.platform, subject.platform.kpis
    for name, (path, words) in _promised(kpis).items() if kpis else ():
        source, place, why = _source(platform, name)
        if source in SOURCES[name]:
            continue
        yield Problem(
            path=path,
            also=(place,),
            message=f"{name} {words} is promised, and {why}",
            try_=f"measure it, and say kpis.measured_by.{name}: {SOURCES[name][0]}",
        )


def _source(platform: Platform, name: str) -> tuple[str, str, str]:
    """What measures a promise as far as the file says, where it says so, and what that lacks."""
    kpis = platform.kpis or Kpis()
    declared = {str(kpi): source for kpi, source in kpis.measured_by.items()}.get(name)
    jobs = JOBS if platform.prometheus else "kpis"
    if declared:
        return declared, f"kpis.measured_by.{name}", f"its source, {declared}, cannot tell"
    if name == "availability" and kpis.availability:
        text = kpis.availability.measurement.casefold()
        source = next((word for word in ("probe", "gateway", "request") if word in text), "")
        place = "kpis.availability.measurement"
        why = f'"{text}" says that something runs, not that requests are served'
        return source.replace("request", "gateway"), place, why
    if name == "database_query_time" and _has_percentile(kpis):
        return "exporter", jobs, "an exporter of the database gives means, no percentile"
    if name == "page_load_time":
        return "", jobs, "nothing sees a page in a browser"
    return SOURCES[name][-1], jobs, ""


def _has_percentile(kpis: Kpis) -> bool:
    bound = kpis.performance.database_query_time
    return bound is not None and bound.quantile is not None


@rule(
    "OBS012",
    severity=Severity.HIGH,
    nature=Nature.UNBACKED,
    statement="Every promise to users needs an alert, and somebody whom it reaches.",
    why="users notice first, and the month's error budget is spent before anybody looks",
    source="Google, The Site Reliability Workbook, chapter 5 (burn rates over several windows)",
)
def promises_have_alerts(subject: Subject) -> Iterator[Problem]:
    platform, kpis = subject.platform, subject.platform.kpis
    promised = _promised(kpis) if kpis else {}
    alerts = platform.prometheus.alerts if platform.prometheus else ()
    missing = [name for name in promised if name not in {alert.watches for alert in alerts}]
    if not missing:
        return
    pager, place = _pager(platform)
    also = ("prometheus",) if platform.prometheus else ()
    told = f"; {pager} is there and told nothing" if place and not alerts else ""
    yield Problem(
        path=promised[missing[0]][0],
        also=(*also, *place),
        message=f"{len(missing)} of {len(promised)} promises have no alert:"
        f" {', '.join(missing)}{told}",
        try_=f"add to prometheus.alerts: {{watches: {missing[0]}, notify: {pager}}}",
    )


def _pager(platform: Platform) -> tuple[str, tuple[str, ...]]:
    """Who is called, as the file's stack says."""
    for area, products in platform.technology_stack.items():
        for use, text in products.items():
            if "alert" in use.casefold():
                return text, (f"technology_stack.{area}.{use}",)
    return "PagerDuty", ()


@rule(
    "OBS014",
    severity=Severity.LOW,
    nature=Nature.RISK,
    statement="Scrapes, evaluations and gates must follow each other often enough.",
    why="alerts and gates decide on old numbers, or on too few",
    source="Prometheus documentation, rate() and rule evaluation",
)
def intervals_fit_each_other(subject: Subject) -> Iterator[Problem]:
    metrics, canary = subject.platform.prometheus, subject.platform.canary_deployment
    if metrics is None:
        return
    evaluation = metrics.global_.evaluation_interval
    for number, job in enumerate(metrics.scrape_configs):
        scrape = job.scrape_interval or metrics.global_.scrape_interval
        path = f"{JOBS}[{number}].scrape_interval"
        if evaluation.seconds > scrape.seconds:
            yield Problem(
                path=path,
                also=("prometheus.global.evaluation_interval",),
                message=f"{job.job_name} is scraped every {scrape}, and rules look every"
                f" {evaluation}: what they see is up to {scrape.seconds + evaluation.seconds:g} s"
                " old",
                try_=f'write evaluation_interval: "{scrape}"',
            )
        if canary and canary.interval.seconds < SCRAPES_MIN * scrape.seconds:
            yield Problem(
                path=path,
                also=("canary_deployment.interval",),
                message=f"a step of the canary lasts {canary.interval} and sees"
                f" {canary.interval.seconds / scrape.seconds:.2g} scrapes of {job.job_name};"
                f" a rate needs {SCRAPES_MIN}",
                try_=f"scrape every {canary.interval.seconds / SCRAPES_MIN:g} s, or take longer"
                " steps",
            )


@rule(
    "OBS015",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="A region's failure must be seen from outside that region.",
    why="what should raise the alarm goes down with what it watches",
    source="Google, Site Reliability Engineering, chapter 6; AWS static stability",
)
def regions_are_watched_from_outside(subject: Subject) -> Iterator[Problem]:
    platform, recovery = subject.platform, subject.platform.disaster_recovery
    names = [name for pair in platform.regions.values() for name in pair.names]
    outages = [i for i, s in enumerate(recovery.scenarios if recovery else ()) if _is_region(s)]
    if platform.prometheus is None or len(names) < 2 or not outages:
        return
    watching = [name for name in platform.prometheus.probes_from if name in names]
    if len(watching) > 1:
        return
    outside = [name for name in names if name != names[0]][:1]
    yield Problem(
        path="prometheus",
        also=(f"disaster_recovery.scenarios[{outages[0]}].trigger",),
        message=f"the file plans for the loss of one of {len(names)} regions, and {len(watching)}"
        " of them watch the others from outside",
        try_=f"write prometheus.probes_from: [{names[0]}, {', '.join(outside)}]",
    )


def _is_region(scenario: Scenario) -> bool:
    words = f"{scenario.name} {scenario.trigger}".casefold()
    return scenario.kind == "region" or (scenario.kind is None and "region" in words)
