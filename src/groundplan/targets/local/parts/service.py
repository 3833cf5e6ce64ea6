"""A service of the platform file: its command, and what it is told through its environment."""

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from groundplan.design.design import Design, Job
from groundplan.design.parts import CacheLink, DatabaseLink, Process, Service
from groundplan.errors import TargetError
from groundplan.targets.local.files import File, write_if_changed
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.http import why_not
from groundplan.targets.local.processes import by_lease
from groundplan.targets.local.processes.programs import SETPRIV, find
from groundplan.targets.local.recipe import Recipe

LEASE = "lease"  # the instant until which a part works that does so by a lease
Variables = Iterator[tuple[str, str]]

JOB_SECONDS = 300


class ServiceRecipe(Recipe[Service]):
    """One replica. It has to obey TERM: finish what it does, then end."""

    def command(self, part: Service, machine: Machine) -> tuple[str, ...]:
        command = _command(part.process)
        return _by_lease(part, machine, command) if part.is_leased else command

    def files(self, part: Service, machine: Machine) -> tuple[File, ...]:
        return ()

    def probe(self, part: Service, machine: Machine) -> str | None:
        return why_not(part.address, part.port, part.ready_path, seconds=1)

    def environment(self, part: Service, machine: Machine) -> tuple[tuple[str, str], ...]:
        place = {"HOST": part.address, "PORT": str(part.port), "REGION": part.site}
        named = _named(part.service, part.version, machine.design)
        return (*place.items(), *named, *_traces(part), *_told(part.process, machine))

    def workdir(self, part: Service, machine: Machine) -> Path:
        return machine.source / part.process.workdir

    def stops_within(self, part: Service) -> int:
        return math.ceil(part.drain_seconds) + 1


def lease_file(part: Service, folder: Path) -> Path:
    """Where its lease is, while it works by one."""
    return folder / part.directory / LEASE


def run_job(job: Job, machine: Machine) -> None:
    """Runs a service's job to its end, with the service's environment; TargetError if it fails.

    What it said is kept in the platform's folder, in jobs/.
    """
    log = machine.folder / "jobs" / f"{job.name}.log"
    primary = next(
        (region.name for region in machine.design.regions if region.role == "primary"), ""
    )
    named = _named(job.service, job.version, machine.design)
    try:
        output = machine.run(
            job.name,
            "running the job",
            _command(job.process),
            environment=(("REGION", primary), *named, *_told(job.process, machine)),
            workdir=machine.source / job.process.workdir,
            seconds=JOB_SECONDS,
        )
    except TargetError as error:
        write_if_changed(log, f"{error}\n")
        raise
    write_if_changed(log, output)


def _command(process: Process) -> tuple[str, ...]:
    """`python` is the Python that we run with: what the platform installed is in it."""
    first, *rest = process.command
    return (sys.executable if first in ("python", "python3") else first, *rest)


def _by_lease(part: Service, machine: Machine, command: tuple[str, ...]) -> tuple[str, ...]:
    """It dies with whoever looks after its lease: without that it would work for ever."""
    keeper = (sys.executable, "-I", "-S", by_lease.__file__)
    lease = lease_file(part, machine.folder)
    dies_too = (str(find(SETPRIV)), "--pdeathsig", "KILL", "--")
    return (*keeper, str(lease), f"{part.drain_seconds:g}", *dies_too, *command)


def _named(service: str, version: str, design: Design) -> Variables:
    yield "ENVIRONMENT", design.environment
    yield "SERVICE_NAME", service
    yield "SERVICE_VERSION", version


def _traces(part: Service) -> Variables:
    """Where spans go, in OpenTelemetry's own names: an SDK needs nothing else."""
    if part.traces is None:
        return
    instance = f"service.instance.id={part.name},cloud.region={part.site}"
    yield "OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{part.traces.address}:{part.traces.port}"
    yield "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"
    yield "OTEL_SERVICE_NAME", part.service
    yield "OTEL_RESOURCE_ATTRIBUTES", f"{instance},service.version={part.version}"
    # An SDK decides when a span begins; one that followed the gateway would lose most errors.
    yield "OTEL_TRACES_SAMPLER", "always_on"
    # Who decides when a request is over sends this share, what failed and what was slow.
    yield "TRACES_SENT_SHARE", f"{part.traces.share:g}"
    yield "TRACES_KEPT_SHARE", f"{part.traces.kept_share:g}"
    yield "TRACES_SLOW_SECONDS", f"{part.traces.slow_seconds:g}"


def _told(process: Process, machine: Machine) -> Variables:
    """What is linked to it, then what the file says: that has the last word."""
    if process.database is not None:
        yield from _database(process.database, machine)
    if process.cache is not None:
        yield from _cache(process.cache, machine)
    yield from process.environment


def _database(link: DatabaseLink, machine: Machine) -> Variables:
    password = quote(machine.secret("postgres-app"), safe="")

    def url(hosts: tuple[str, ...], attributes: str) -> str:
        places = ",".join(f"{host}:{link.port}" for host in hosts)
        who = f"{quote(machine.login(link.user), safe='')}:{password}"
        return f"postgresql://{who}@{places}/{link.name}?target_session_attrs={attributes}"

    yield "DATABASE_URL", url(link.write_hosts, "read-write")
    yield "DATABASE_READ_URL", url(link.read_hosts, "any")


def _cache(link: CacheLink, machine: Machine) -> Variables:
    yield "REDIS_SENTINELS", ",".join(f"{host}:{link.sentinel_port}" for host in link.sentinels)
    yield "REDIS_MASTER", link.master_name
    yield "REDIS_PASSWORD", machine.secret("redis")
