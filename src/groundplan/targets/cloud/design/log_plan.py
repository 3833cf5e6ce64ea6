"""The logs of a site: which pipelines there are, how long each class is where, what is shown."""

from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.design.log_class import LogClass
from groundplan.design.logs import collectors
from groundplan.spec.load import Source
from groundplan.spec.logging import LogPipeline
from groundplan.targets.cloud.design.stores import days
from groundplan.units import Duration

FOREVER_DAYS = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFlow:
    """One class of records on its way. `search_days`: in the search; `kept_days`: at all, None
    for ever. `outputs`: elasticsearch, s3, splunk."""

    name: str
    filters: tuple[str, ...]
    outputs: tuple[str, ...]
    search_days: int
    kept_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPlan:
    """Everything about a platform's logs. `bucket`: what is older than the search, by its name."""

    flows: tuple[LogFlow, ...]
    bucket: str | None
    dashboards: tuple[str, ...]


def log_plan(source: Source) -> LogPlan | None:
    """None for a platform that keeps no logs, or has no store for them."""
    written = source.platform.logging
    if written is None or written.elasticsearch is None:
        return None
    archive, lake = written.archive, source.platform.data_lake
    bucket = lake.buckets.get(archive.bucket) if archive and lake else None
    named = {pipeline.name: pipeline for pipeline in written.logstash.pipelines}
    after = archive.after if archive and bucket else None
    return LogPlan(
        flows=tuple(
            _flow(each, named.get(f"{each.name}-logs"), after)
            for each in _classes(source)
            if f"{each.name}-logs" in named or not named
        ),
        bucket=bucket,
        dashboards=written.kibana.dashboards,
    )


def _classes(source: Source) -> Iterator[LogClass]:
    for collector in collectors(source):
        yield from collector.classes


def _flow(each: LogClass, pipeline: LogPipeline | None, archive: Duration | None) -> LogFlow:
    kept = days(Duration.parse(each.keep).seconds) if each.keep else None
    first = days(archive.seconds) if archive else None
    words = (pipeline.output if pipeline else "elasticsearch").split(",")
    outputs = tuple(word.strip().casefold() for word in words if word.strip())
    long = first is not None and (kept is None or kept > first)
    return LogFlow(
        name=each.name,
        filters=each.filters,
        outputs=(*outputs, *(("s3",) if long and "s3" not in outputs else ())),
        search_days=min(n for n in (kept, first, FOREVER_DAYS) if n is not None),
        kept_days=kept,
    )
