"""The rule of versions: engines, runtimes and images of tests are still mended by their makers."""

import re
from collections.abc import Iterator

from groundplan.checks.facts.rows import EngineRelease
from groundplan.checks.reading import listed
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.checks.workflow import steps
from groundplan.errors import Nature, Severity
from groundplan.units import Version

# A table of versions ages: this many fixes behind are a year's, not the last month's.
BEHIND_MAX = 4
RUNTIME = re.compile(r"actions/setup-(node|python|go)\b")
IMAGE = re.compile(r"(?:[\w./-]+/)?(postgres|redis|elasticsearch|node):v?([0-9.]+)")

Used = tuple[str, str, str]  # engine, version, its key


@rule(
    "SEC017",
    severity=Severity.MEDIUM,
    nature=Nature.STALE,
    statement="Engines run in lines that still get fixes, and not far behind their last one.",
    why="holes that are public stay open; a provider upgrades on its own day, or refuses to start",
    source="postgresql.org versioning policy; endoflife.date; providers' calendars",
)
def versions_are_supported(subject: Subject) -> Iterator[Problem]:
    for engine, version, path in _used(subject):
        row = subject.facts.engine(engine, version)
        told = _against(subject, row, version, path) if row else ""
        if row and told:
            yield Problem(
                path=path,
                message=f"{row.engine} {version} {told}",
                try_=_newer(subject, row),
                facts=(str(row.fact),),
            )
    logs = subject.platform.logging.elasticsearch if subject.platform.logging else None
    suffix = (logs.instance_type or "").rpartition(".")[2] if logs else ""
    renamed = subject.facts.deprecation("instance-suffix", suffix)
    if logs and renamed:
        yield Problem(
            path="logging.elasticsearch.instance_type",
            message=f"{logs.instance_type} is a name of the old service, {renamed.status} since"
            f" {renamed.since}; Elasticsearch there ended with 7.10",
            try_=f'write instance_type: "{str(logs.instance_type).removesuffix(suffix)}'
            f'{renamed.instead}"',
            facts=(str(renamed.fact),),
        )


def _used(subject: Subject) -> Iterator[Used]:
    database, cache = subject.platform.primary_database, subject.platform.cache_layer
    if database:
        yield "postgres", str(database.version), "primary_database.version"
    if cache:
        yield cache.engine, str(cache.version), "cache_layer.version"
    for step in steps(subject.platform):
        if runtime := RUNTIME.match(step.step.uses or ""):
            key = f"{runtime[1]}-version"
            if version := step.step.with_.get(key):
                yield runtime[1], str(version), f"{step.path}.with.{key}"
    jobs = subject.platform.pipeline.jobs if subject.platform.pipeline else {}
    for job_id, job in jobs.items():
        for name, service in job.services.items():
            if image := IMAGE.match(service.image):
                yield image[1], image[2], f"pipeline.jobs.{job_id}.services.{name}.image"


def _against(subject: Subject, row: EngineRelease, version: str, path: str) -> str:
    """What speaks against a version; nothing when it is supported and nearly current."""
    if row.is_over(subject.today):
        return f"gets no fixes since {row.end_of_life}"
    behind = _fixes_behind(version, row.latest) if row.is_behind(version) else 0
    if behind < BEHIND_MAX:
        return ""
    database = subject.platform.primary_database
    is_managed = path == "primary_database.version" and database and database.instance_class
    refused = f", and RDS creates nothing before {row.minimum}"
    is_refused = is_managed and row.minimum and _numbers(version) < _numbers(row.minimum)
    return f"is {behind} fixes behind {row.latest}{refused if is_refused else ''}"


def _newer(subject: Subject, row: EngineRelease) -> str:
    if not row.is_over(subject.today):
        return f"write {row.latest}"
    lines = [
        each.line
        for each in subject.facts.engines(row.engine)
        if not each.is_over(subject.today) and _numbers(each.line) > _numbers(row.line)
    ]
    return f"take a line that gets fixes: {listed(lines)}" if lines else "take its successor"


def _fixes_behind(version: str, latest: str) -> int:
    pairs = zip(_numbers(version), _numbers(latest), strict=False)
    return next((new - old for old, new in pairs if new != old), 0)


def _numbers(version: str) -> tuple[int, ...]:
    return Version.parse(version).numbers
