"""Rules of logs: room for them, a way to the store for each class, and a place for old ones."""

import math
from collections.abc import Iterator

from groundplan.checks.capacity.demand import RATE
from groundplan.checks.numbers.dates import days_of_years_at_most
from groundplan.checks.numbers.volume import disk_bytes
from groundplan.checks.observability.flows import (
    GB,
    STORE,
    classes,
    hot_days,
    logs,
    store,
)
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.logging import Logging
from groundplan.units import Duration

THROUGHPUT = "kpis.scalability.data_throughput"
KEPT = "retention.application_logs"
HOT_DAYS_MAX = 366  # beyond a year disks that are searched all day hold what nobody searches
YEAR_DAYS = 365.25


@rule(
    "OBS001",
    severity=Severity.CRITICAL,
    nature=Nature.CONTRADICTION,
    statement="The store of the logs must hold what is written for as long as it is to be kept.",
    why="the store fills up, refuses new lines, and is blind from then on",
    source="Elasticsearch disk watermarks; OpenSearch Service, sizing domains",
)
def logs_fit_into_the_store(subject: Subject) -> Iterator[Problem]:
    flow, found, kept = logs(subject), store(subject), classes(subject).get("application_logs")
    if flow is None or found is None or kept is None:
        return
    (written, disks), days = found, hot_days(subject, kept)
    fitting = disks.days(flow.stream.bytes_per_day)
    if fitting is None or fitting >= days:
        return
    needed = disk_bytes(
        flow.stream.bytes_per_day, retention_days=days, replicas=disks.replicas, fill=disks.fill
    )
    yield Problem(
        path=f"{STORE}.storage",
        also=(KEPT, RATE),
        message=f"requests write {flow.gb_per_day:,.3g} GB of logs a day; {days:.0f} days need"
        f" {needed / GB:,.0f} GB kept {1 + disks.replicas} times on disks {disks.fill:.0%} full,"
        f" {written.cluster_size} x {written.storage} hold {fitting:.2g} days",
        try_="add logging.archive with after: a few days and a bucket of the lake, keep less, or"
        f' write storage: "{math.ceil(needed / GB / written.cluster_size)}GB"',
        assumes=flow.assumes,
    )


@rule(
    "OBS002",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="The store of the logs must hold at least as much as the promised data throughput.",
    why="even if a request wrote no more than the data it carries, the store would be too small",
    source="arithmetic on the file's own figures",
)
def logs_fit_even_if_as_small_as_data(subject: Subject) -> Iterator[Problem]:
    kpis, flow, found = subject.platform.kpis, logs(subject), store(subject)
    rate = kpis.scalability.data_throughput if kpis else None
    kept = classes(subject).get("application_logs")
    if flow is None or found is None or rate is None or rate.of != "bytes" or kept is None:
        return
    (written, disks), days, daily = found, hot_days(subject, kept), rate.per_second * 86_400
    # A throughput above the logs says nothing about them: videos are not logged.
    is_floor = daily <= flow.stream.bytes_per_day
    if not is_floor or daily * days <= disks.disk_bytes:
        return
    yield Problem(
        path=KEPT,
        also=(THROUGHPUT, f"{STORE}.storage"),
        message=f"{rate} for {days:.0f} days is {daily * days / GB:,.0f} GB, and"
        f" {written.cluster_size} x {written.storage} are {disks.disk_bytes / GB:,.0f} GB without"
        " any copy",
        try_="add logging.archive, keep logs for a shorter time, or make the store larger",
        assumes=flow.assumes,
    )


@rule(
    "OBS003",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="Each class of logs that is to be kept needs a pipeline that brings it to the store.",
    why="a record that never arrives is not kept, for no matter how many years",
    source="CIS Control 8; PCI DSS 10.5",
)
def classes_have_pipelines(subject: Subject) -> Iterator[Problem]:
    logging = subject.platform.logging
    if logging is None:
        return
    for name, kept in classes(subject).items():
        if not is_carried(logging, name.partition("_")[0]):
            names = ", ".join(pipeline.name for pipeline in logging.logstash.pipelines)
            yield Problem(
                path=f"retention.{name}",
                also=("logging.logstash.pipelines",),
                message=f"{name} are to be kept for {kept}, and none of"
                f" {len(logging.logstash.pipelines)} pipelines ({names or 'none'}) is for them",
                try_=f"add a pipeline called {name.replace('_', '-')}, or remove retention.{name}",
            )


def is_carried(logging: Logging, word: str) -> bool:
    pipelines = logging.logstash.pipelines
    return any(word in f"{item.name} {item.input}".casefold() for item in pipelines)


@rule(
    "OBS004",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="Logs that are kept longer than a year need an archive besides the store.",
    why="the store's machines are paid for, upgraded and moved for years, or the records are lost",
    source="OpenSearch Service, UltraWarm and cold storage",
)
def old_logs_have_an_archive(subject: Subject) -> Iterator[Problem]:
    logging, lake = subject.platform.logging, subject.platform.data_lake
    if logging is None or logging.elasticsearch is None:
        return
    archive, buckets = logging.archive, lake.buckets if lake else {}
    if archive and archive.bucket not in buckets:
        yield Problem(
            path="logging.archive.bucket",
            also=("data_lake.buckets",),
            message=f"{archive.bucket} is none of the {len(buckets)} buckets of the lake",
            try_=f"name one of: {', '.join(buckets) or 'none yet; add data_lake.buckets'}",
        )
    for name, kept in classes(subject).items():
        if hot_days(subject, kept) > HOT_DAYS_MAX:
            yield Problem(
                path=f"retention.{name}",
                also=(STORE,),
                message=f"{name} stay for {kept} in the {logging.elasticsearch.cluster_size}"
                " servers that are there for searching; there is no archive",
                try_='add logging.archive, for example {after: "90 days", bucket:'
                f" {next(iter(buckets), 'raw')}}}",
            )


@rule(
    "OBS005",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="Years have leap days: an expiration in days must not end before the years do.",
    why="the oldest records are deleted a day or two too early, for which there are fines",
    source="Gregorian calendar; records management",
)
def years_have_leap_days(subject: Subject) -> Iterator[Problem]:
    lake = subject.platform.data_lake
    for index, policy in enumerate(lake.lifecycle_policies if lake else ()):
        for name, kept in classes(subject).items():
            years, end = _years(kept), policy.expiration
            needed = days_of_years_at_most(years)
            if end is not None and years and 365 * years <= end < needed:
                yield Problem(
                    path=f"data_lake.lifecycle_policies[{index}].expiration",
                    also=(f"retention.{name}",),
                    message=f"{end} days are {years} x 365, but {kept} have up to {needed} days",
                    try_=f"write expiration: {needed}",
                )


def _years(kept: Duration) -> int:
    years = kept.days / YEAR_DAYS
    return round(years) if years == round(years) else 0


@rule(
    "OBS013",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="Where logs are sent to must be declared, and every product chosen.",
    why="nobody sets up, pays for or guards a system that only a pipeline knows",
    source="AWS Well-Architected OPS04",
)
def sinks_are_declared(subject: Subject) -> Iterator[Problem]:
    pipelines = subject.platform.logging.logstash.pipelines if subject.platform.logging else ()
    known = _declared(subject)
    for index, pipeline in enumerate(pipelines):
        outputs = [output.strip() for output in pipeline.output.split(",")]
        for output in outputs:
            if not any(output.casefold() in text or text in output.casefold() for text in known):
                yield Problem(
                    path=f"logging.logstash.pipelines[{index}].output",
                    also=("technology_stack" if subject.platform.technology_stack else "logging",),
                    message=f"{pipeline.name} sends to {output}, one of its {len(outputs)} outputs,"
                    " which is declared nowhere",
                    try_=f"declare {output} in technology_stack, or remove it from output",
                )
    for area, products in subject.platform.technology_stack.items():
        for use, text in products.items():
            choices = text.split(" or ")
            if len(choices) > 1:
                yield Problem(
                    path=f"technology_stack.{area}.{use}",
                    also=(f"technology_stack.{area}",),
                    message=f"{use} is one of {len(choices)} products, not a choice: {text}",
                    try_=f"write {use}: {choices[0].strip()}",
                )


def _declared(subject: Subject) -> tuple[str, ...]:
    """What can take logs, in small letters."""
    platform, known = subject.platform, []
    if platform.logging and platform.logging.elasticsearch:
        known += ["elasticsearch", "opensearch"]
    if platform.data_lake:
        known += ["s3", "lake", *platform.data_lake.buckets, *platform.data_lake.buckets.values()]
    stack = (text for area in platform.technology_stack.values() for text in area.values())
    return tuple(text.casefold() for text in (*known, *stack))


@rule(
    "OBS016",
    severity=Severity.MEDIUM,
    nature=Nature.STALE,
    statement="Shippers and dashboards of logs must work with the version of their store.",
    why="newer clients refuse the store at start: no log arrives, and no dashboard opens",
    source="OpenSearch Service developer guide, supported clients",
)
def clients_work_with_the_store(subject: Subject) -> Iterator[Problem]:
    logging = subject.platform.logging
    written = logging.elasticsearch if logging else None
    suffix = subject.facts.deprecation("instance-suffix", "elasticsearch")
    last = subject.facts.engine("elasticsearch", "7.10")
    if logging is None or written is None or suffix is None or last is None:
        return
    kind, clients = written.instance_type or "", _clients(logging)
    if not kind.endswith(f".{suffix.name}") or not clients:
        return
    yield Problem(
        path=f"{STORE}.instance_type",
        also=tuple(clients.values()),
        message=f"{kind} runs Elasticsearch {last.line} at most, without fixes since"
        f" {last.end_of_life}; {', '.join(clients)} of today refuse it",
        try_=f"write instance_type: {kind.removesuffix(suffix.name)}{suffix.instead} (OpenSearch),"
        " with clients that know it",
        facts=(str(suffix.fact), str(last.fact)),
    )


def _clients(logging: Logging) -> dict[str, str]:
    """Elastic's own programs, and where the file names them."""
    found: dict[str, str] = {}
    for index, pipeline in enumerate(logging.logstash.pipelines):
        found.setdefault("Logstash", "logging.logstash.pipelines")
        if "beat" in pipeline.input.casefold():
            found.setdefault("Beats", f"logging.logstash.pipelines[{index}].input")
    if logging.kibana.dashboards:
        found["Kibana"] = "logging.kibana"
    return found
