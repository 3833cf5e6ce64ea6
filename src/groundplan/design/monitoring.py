"""Prometheus and Alertmanager of each region, and what every scrape job's names stand for."""

import math

from groundplan.design.addresses import address
from groundplan.design.parts import (
    Alertmanager,
    AnyPart,
    PartKind,
    Prometheus,
    ScrapeJob,
    Service,
)
from groundplan.design.regions import NumberedRegion
from groundplan.spec.load import Source
from groundplan.spec.prometheus import Prometheus as Written
from groundplan.spec.prometheus import ScrapeJob as WrittenJob

ALERTMANAGER_PORT = 9093
# Jobs that the file need not name: without them nobody could tell whether promises are kept.
OWN_JOBS = {
    PartKind.GATEWAY: "/stats/prometheus",
    PartKind.PROMETHEUS: "/metrics",
    PartKind.ALERTMANAGER: "/metrics",
    PartKind.POSTGRES_EXPORTER: "/metrics",
    PartKind.REDIS_EXPORTER: "/metrics",
    PartKind.AGENT: "/metrics",
    PartKind.TRACER: "/metrics",
}


def monitoring(source: Source, region: NumberedRegion) -> tuple[Prometheus | Alertmanager, ...]:
    """A region watches itself, so its metrics and alerts do not depend on another region."""
    written = _written(source)
    if written is None:
        return ()
    network = source.platform.local.network
    alerts = address(network, region=region.number, kind=PartKind.ALERTMANAGER, number=1)
    seconds_a_day = 86_400
    return (
        Prometheus(
            name=f"{region.name}/prometheus",
            site=region.name,
            address=address(network, region=region.number, kind=PartKind.PROMETHEUS, number=1),
            scrape_seconds=written.global_.scrape_interval.seconds,
            evaluation_seconds=written.global_.evaluation_interval.seconds,
            retention_days=max(1, math.ceil(written.retention.seconds / seconds_a_day)),
            jobs=tuple(_job_names(source, written)),
            alertmanagers=(f"{alerts}:{ALERTMANAGER_PORT}",),
        ),
        Alertmanager(
            name=f"{region.name}/alertmanager",
            site=region.name,
            address=alerts,
            port=ALERTMANAGER_PORT,
            told=tuple(sorted({alert.notify for alert in written.alerts})),
        ),
    )


def scrape_jobs(source: Source, parts: tuple[AnyPart, ...]) -> tuple[ScrapeJob, ...]:
    """The file's jobs, then those for kinds and services that the file leaves out."""
    written = _written(source)
    if written is None:
        return ()
    default = written.global_.scrape_interval.seconds
    jobs = [_resolved(job, parts, default) for job in written.scrape_configs]
    scraped = {name for job in jobs for name in job.parts}
    for name, path in _own_jobs(source).items():
        left = tuple(p.name for p in _called(name, parts) if p.name not in scraped)
        if left:
            jobs.append(
                ScrapeJob(name=name, metrics_path=path, interval_seconds=default, parts=left)
            )
    return tuple(jobs)


def _written(source: Source) -> Written | None:
    """The file's section; a platform with services is watched even when it has none."""
    return source.platform.prometheus or (Written() if source.platform.services else None)


def _own_jobs(source: Source) -> dict[str, str]:
    services = {
        name: written.metrics_path
        for name, written in source.platform.services.items()
        if written.metrics_path
    }
    return {kind.value: path for kind, path in OWN_JOBS.items()} | services


def _job_names(source: Source, written: Written) -> list[str]:
    named = [job.job_name for job in written.scrape_configs]
    return named + [name for name in _own_jobs(source) if name not in named]


def _resolved(job: WrittenJob, parts: tuple[AnyPart, ...], default: float) -> ScrapeJob:
    """A target `name:port` is every part that the name stands for, not a balanced address."""
    targets = [target for static in job.static_configs for target in static.targets]
    found = {target: _called(target.rpartition(":")[0], parts) for target in targets}
    return ScrapeJob(
        name=job.job_name,
        metrics_path=job.metrics_path,
        interval_seconds=job.scrape_interval.seconds if job.scrape_interval else default,
        parts=tuple(part.name for named in found.values() for part in named),
        extra=tuple(target for target, named in found.items() if not named),
    )


def _called(name: str, parts: tuple[AnyPart, ...]) -> tuple[AnyPart, ...]:
    """The parts that a name stands for: a service's replicas, or all parts of a kind."""
    return tuple(
        part
        for part in parts
        if part.kind.value == name or (isinstance(part, Service) and part.service == name)
    )
