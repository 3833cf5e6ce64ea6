"""What runs of a service, beside what the file says of it. Pure.

A release gives users a version that the file need not name. Who applies the file again has not said
that they want the old one back: the released version stays until the file's own version, or its
directory, becomes another one. What was taken back stays taken back in the same way.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from groundplan.design.design import Design
from groundplan.design.parts import Service
from groundplan.design.release import jobs_of, running_of
from groundplan.spec.load import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """What the file says of a service by itself; `section` stands for all of it."""

    version: str
    directory: str
    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What runs of a service, and what the file said when that was brought about."""

    says: Says
    version: str
    directory: str
    tree: str = ""  # a copy of the directory as `up` started it
    release: str = ""  # the operation that brought it; none: `up`
    refused: str = ""  # a version that was taken back since

    @property
    def is_released(self) -> bool:
        """Whether something else than the file alone decides what runs."""
        return bool(self.release or self.refused)


Standings = Mapping[str, Standing]


def says(source: Source, service: str) -> Says:
    """What the file says now."""
    written = source.platform.services[service]
    text = repr(written)
    return Says(
        version=written.version,
        directory=written.directory,
        section=hashlib.sha256(text.encode()).hexdigest()[:16],
    )


def as_released(source: Source, standings: Standings) -> tuple[Source, tuple[str, ...]]:
    """The file with the versions that releases brought, and a sentence for each that differs."""
    services = dict(source.platform.services)
    told: list[str] = []
    for name, stands in standings.items():
        if name not in services or not stands.is_released:
            continue
        now = says(source, name)
        if is_kept(stands, now):
            update = {"version": stands.version, "directory": stands.directory}
            services[name] = services[name].model_copy(update=update)
        told += _told(name, stands, now)
    platform = source.platform.model_copy(update={"services": services})
    return replace(source, platform=platform), tuple(told)


def as_it_runs(design: Design, running: Design | None, source: Source, known: Standings) -> Design:
    """With the settings that run, where the file says of a service what it said then.

    So what a release brought is not undone by applying the file, and an undo is not, either.
    """
    if running is None:
        return design
    same = [
        name
        for name, stands in known.items()
        if name in source.platform.services
        and stands.is_released
        and says(source, name) == stands.says
    ]
    before = {
        part.name: part
        for name in same
        for part in running_of(running, name)
        if part.version == known[name].version
    }
    parts = tuple(
        _with_settings(part, old)
        if isinstance(part, Service) and (old := before.get(part.name)) is not None
        else part
        for part in design.parts
    )
    ran = {job.name: job for name in same for job in jobs_of(running, name) if before}
    jobs = tuple(ran.get(job.name, job) for job in design.jobs)
    return replace(design, parts=parts, jobs=jobs)


def is_kept(stands: Standing, now: Says) -> bool:
    """The file still says what it said, or has caught up with what runs."""
    if not stands.is_released:
        return False
    said = stands.says
    unchanged = (now.version, now.directory) == (said.version, said.directory)
    return unchanged or (bool(stands.release) and now.version == stands.version)


def _told(name: str, stands: Standing, now: Says) -> Iterator[str]:
    if now.version == stands.version:
        return
    if not is_kept(stands, now):
        yield (
            f"{name}: the file's {now.version} takes the place of {stands.version} at once, for"
            " everybody; `groundplan release` brings it step by step"
        )
    elif stands.refused:
        yield (
            f"{name}: {stands.version} stays, for {stands.refused} was taken back; the file says"
            f" {now.version}: `groundplan release` tries again"
        )
    else:
        yield (
            f"{name}: {stands.version} stays, which {stands.release} released; the file says"
            f" {now.version}: write what is meant into it"
        )


def _with_settings(part: Service, old: Service) -> Service:
    """Only what the file's section says; where its stores and regions are may have changed."""
    if part.address != old.address:
        return part
    process = replace(
        part.process,
        command=old.process.command,
        workdir=old.process.workdir,
        environment=old.process.environment,
    )
    return replace(
        part,
        process=process,
        version=old.version,
        port=old.port,
        live_path=old.live_path,
        ready_path=old.ready_path,
        metrics_path=old.metrics_path,
        drain_seconds=old.drain_seconds,
    )
