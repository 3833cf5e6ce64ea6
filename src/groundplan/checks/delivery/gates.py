"""Rules of gates: they judge what was promised, by what is measured, with enough of it."""

import re
from collections.abc import Iterator

from groundplan.checks.delivery.rollouts import CANARY, ErrorGate, error_gates, ladder
from groundplan.checks.numbers.availability import ErrorBudget
from groundplan.checks.numbers.gate import requests_to_prove
from groundplan.checks.numbers.samples import GOOD, requests_to_tell
from groundplan.checks.reading import counted, listed, span
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.platform import Platform
from groundplan.spec.prometheus import ScrapeJob
from groundplan.units import Duration, Threshold

BURN_MAX = 14.4  # budgets at once: what pages somebody within the hour (SRE Workbook, table 5-8)
CONTAINERS = re.compile(r"cadvisor|kubelet|container", re.IGNORECASE)
ENTRIES = re.compile(r"envoy|istio|gateway|ingress|edge|nginx|mesh", re.IGNORECASE)
JOBS_SHOWN = 8
VERSION_LABELS = ("version", "app.kubernetes.io/version")


@rule(
    "DEL004",
    severity=Severity.CRITICAL,
    nature=Nature.CONTRADICTION,
    statement="The gates on errors agree, and stop what would spend the error budget.",
    why="the rollout passes a version that breaks the availability promise while it is judged good",
    source="Google, SRE Workbook, chapters 5 and 16 (burn rates, canarying)",
)
def gates_keep_the_promise(subject: Subject) -> Iterator[Problem]:
    canary, kpis = subject.platform.canary_deployment, subject.platform.kpis
    if canary is None:
        return
    gates = sorted(error_gates(canary), key=lambda gate: gate.percent)
    strict, loose = gates[0], gates[-1]
    target = kpis.availability.target if kpis and kpis.availability else None
    top = (canary.final_traffic or canary.max_traffic).percent
    judged = loose.percent * top / 100  # percent of all requests
    burn = ErrorBudget(target_percent=target.percent).burn_rate(judged / 100) if target else None
    cost = (
        f"; at {top:g}% of the traffic {loose.percent:g}% are {float(judged):.3g}% of all requests"
    )
    if burn is not None:
        cost += f", {float(burn):.3g} times what {target} allows"
    allowed = float(loose.percent) * BURN_MAX / float(burn) if burn else 0
    if strict.percent != loose.percent:
        told = f"one gate allows {loose.percent:g}% errors and the other {strict.percent:g}%"
    elif burn is not None and burn > BURN_MAX:
        told = f"the gate allows {loose.percent:g}% errors"
    else:
        return
    others = (
        *(gate.path for gate in gates[:-1]),
        *(("kpis.availability.target",) if target else ()),
    )
    yield Problem(
        path=loose.path,
        also=others,
        message=told + cost,
        try_=_stricter(loose, float(strict.percent) if told.startswith("one") else allowed),
    )


def _stricter(gate: ErrorGate, percent: float) -> str:
    if gate.path.endswith("success_threshold"):
        return f"set success_threshold: {100 - percent:.4g}"
    return f'write error_rate: "< {percent:.3g}%"'


@rule(
    "DEL005",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="The gate on response times is no looser than the promise, and names a percentile.",
    why="a version that breaks the promise passes; without a percentile it is open what is judged",
    source="Google, SRE Workbook, chapter 16",
)
def latency_gate_keeps_the_promise(subject: Subject) -> Iterator[Problem]:
    kpis = subject.platform.kpis
    promised = kpis.performance.api_response_time if kpis else None
    for path, gate in _gates(subject.platform, "response_time"):
        problems = [] if gate.quantile else ["names no percentile"]
        if promised and isinstance(promised.limit, Duration) and isinstance(gate.limit, Duration):
            if gate.limit.seconds > promised.limit.seconds:
                most = promised.limit.seconds
                looser = f"{gate.limit.seconds / most:.3g} times" if most else "more than"
                problems.append(f"is {looser} the {promised.limit} of the promise")
            if gate.quantile and promised.quantile and gate.quantile < promised.quantile:
                problems.append(
                    f"judges fewer requests than the promise's p{promised.quantile * 100:g}"
                )
        if problems:
            yield Problem(
                path=path,
                also=("kpis.performance.api_response_time",) if promised else (),
                message=f'the gate "{gate}" {listed(problems)}',
                try_=f'write response_time: "{promised or f"{gate} (p95)"}"',
            )


def _gates(platform: Platform, *metrics: str) -> Iterator[tuple[str, Threshold]]:
    """The bounds on some metrics, with their keys."""
    canary = platform.canary_deployment
    for index, gate in enumerate(canary.metrics if canary else ()):
        for metric, bound in gate.bounds:
            if metric in metrics:
                yield f"{CANARY}.metrics[{index}].{metric}", bound


@rule(
    "DEL006",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="What a gate judges is collected, and told apart by version.",
    why="a gate without data holds every release or passes every one; a mean of both versions"
    " hides the new one",
    source="Argo Rollouts, Analysis; Prometheus, cAdvisor exporter",
)
def gates_are_measured(subject: Subject) -> Iterator[Problem]:
    platform = subject.platform
    if platform.canary_deployment is None or platform.prometheus is None:
        return
    jobs = platform.prometheus.scrape_configs
    sources = "prometheus.scrape_configs"
    resources = [path for path, _ in _gates(platform, "cpu_usage", "memory_usage")]
    if resources and not any(CONTAINERS.search(_text(job)) for job in jobs):
        yield Problem(
            path=resources[0],
            also=(*resources[1:], sources),
            message=f"{counted(len(resources), 'gate')} for processors and memory of containers,"
            f" and no scrape job collects those: {_names(jobs)}",
            try_="add a scrape job for cadvisor, or remove these gates",
        )
    requests = [path for path, _ in _gates(platform, "error_rate", "response_time")]
    judged = requests or [f"{CANARY}.success_threshold"]
    if not any(ENTRIES.search(_text(job)) or _hosts(job) & {*platform.services} for job in jobs):
        yield Problem(
            path=judged[0],
            also=(*judged[1:], sources),
            message=f"{counted(len(judged), 'gate')} for requests, and no scrape job collects from"
            f" a service or a gateway: {_names(jobs)}",
            try_="add a scrape job for the service",
        )
    for name in _without_version(platform):
        yield Problem(
            path=judged[0],
            also=(*judged[1:], f"services.{name}.labels"),
            message=f"{counted(len(judged), 'gate')} for the new version of {name}, whose replicas"
            " carry no label that tells versions apart",
            try_=f'add version: "<version>" to services.{name}.labels',
        )


def _names(jobs: tuple[ScrapeJob, ...]) -> str:
    return listed(job.job_name for job in jobs[:JOBS_SHOWN]) if jobs else "there is none"


def _targets(job: ScrapeJob) -> tuple[str, ...]:
    return tuple(target for config in job.static_configs for target in config.targets)


def _hosts(job: ScrapeJob) -> set[str]:
    """The names of a job's targets, without their ports and what a cluster adds to names."""
    return {target.rpartition(":")[0].partition(".")[0] for target in _targets(job)}


def _text(job: ScrapeJob) -> str:
    return " ".join((job.job_name, job.metrics_path, *_targets(job)))


def _without_version(platform: Platform) -> Iterator[str]:
    canary, mesh = platform.canary_deployment, platform.mesh
    for name, service in platform.services.items():
        is_judged = canary is not None and name in (canary.services or [name])
        is_told_apart = any(label in service.labels for label in VERSION_LABELS)
        if is_judged and not is_told_apart and not (mesh and name in mesh.subsets):
            yield name


@rule(
    "DEL007",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="A step sees enough requests to be judged, or waits until it has.",
    why="with few requests chance decides: good versions are stopped and bad ones pass",
    source="Google, SRE Workbook, chapter 16; Lindon, Sanden, Shirikian 2022, arXiv 2205.14762",
)
def steps_see_enough_requests(subject: Subject) -> Iterator[Problem]:
    canary, kpis = subject.platform.canary_deployment, subject.platform.kpis
    rate = kpis.scalability.requests_per_second if kpis else None
    if canary is None or rate is None or not rate.value:
        return
    limit = min(gate.ratio for gate in error_gates(canary))
    if not 0 < limit < 1 or (canary.min_requests or 0) >= requests_to_prove(limit):
        return
    night, regions = subject.figures.night_traffic, len(subject.platform.regions)
    each = rate.value * night.value / regions
    seen, needed = ladder(canary).requests(each)[0], requests_to_tell(limit)
    if 0 < seen < needed:
        even = (f"assuming an even load on {regions} regions",) if regions > 1 else ()
        longer = canary.interval.seconds * needed / seen
        yield Problem(
            path=f"{CANARY}.interval",
            also=(f"{CANARY}.initial_traffic", "kpis.scalability.requests_per_second"),
            message=f"at night a region has {each:,.3g} requests/s, of which the first step"
            f" ({canary.initial_traffic.percent:g}%, {canary.interval}) sees {seen:,.0f}; to tell"
            f" a version with {limit * GOOD:.2%} errors from one with {limit:.2%} takes {needed:,}",
            try_=f"add min_requests: {needed}, so that a step waits for them (here"
            f" {span(longer)}), or begin with more traffic",
            assumes=(*night.assumes, *even),
        )
