"""A replica of one of the file's services: the user's own command, told where it is and whom to
ask. Links to stores become variables here, because only here are the secrets."""

import math
import sys
from pathlib import Path
from typing import ClassVar

from groundplan.design.design import Job
from groundplan.design.parts import CacheLink, DatabaseLink, Process, Service
from groundplan.errors import TargetError
from groundplan.targets.local.files import File, write_if_changed
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts import http
from groundplan.targets.local.recipe import Recipe

Variables = tuple[tuple[str, str], ...]
JOB_SECONDS = 300.0


class ServiceRecipe(Recipe[Service]):
    """One replica."""

    ready_seconds: ClassVar[float] = 60

    def command(self, part: Service, machine: Machine) -> tuple[str, ...]:
        return _command(part.process)

    def workdir(self, part: Service, machine: Machine) -> Path:
        return machine.source / part.process.workdir

    def environment(self, part: Service, machine: Machine) -> Variables:
        return (
            ("HOST", part.address),
            ("PORT", str(part.port)),
            ("REGION", part.site),
            ("ENVIRONMENT", machine.design.environment),
            ("SERVICE_NAME", part.service),
            ("SERVICE_VERSION", part.version),
            *_links(part.process, machine),
            *part.process.environment,
        )

    def stops_within(self, part: Service) -> int:
        return math.ceil(part.drain_seconds) + 1

    def files(self, part: Service, machine: Machine) -> tuple[File, ...]:
        return ()

    def probe(self, part: Service, machine: Machine) -> str | None:
        return http.why_not(part.address, part.port, part.ready_path)


def run_job(job: Job, machine: Machine) -> None:
    """Runs a service's job to its end; its output is kept in jobs/."""
    environment = (
        ("ENVIRONMENT", machine.design.environment),
        ("SERVICE_NAME", job.service),
        ("SERVICE_VERSION", job.version),
        *_links(job.process, machine),
        *job.process.environment,
    )
    workdir = machine.source / job.process.workdir
    if not workdir.is_dir():
        raise TargetError(
            part=job.name,
            doing="running the job",
            why=f"its folder {workdir} is not there",
            try_=f"correct services.{job.service}.directory in the file",
        )
    output = machine.run(
        job.name,
        "running the job",
        _command(job.process),
        environment=environment,
        workdir=workdir,
        seconds=JOB_SECONDS,
    )
    write_if_changed(machine.folder / "logs" / f"{job.name}.log", output)


def _command(process: Process) -> tuple[str, ...]:
    """`python` means the interpreter that groundplan itself runs on."""
    first, *rest = process.command
    return (sys.executable if first in ("python", "python3") else first, *rest)


def _links(process: Process, machine: Machine) -> Variables:
    database = _database(process.database, machine) if process.database else ()
    return database + (_cache(process.cache, machine) if process.cache else ())


def _database(link: DatabaseLink, machine: Machine) -> Variables:
    def url(hosts: tuple[str, ...], attributes: str) -> str:
        places = ",".join(f"{host}:{link.port}" for host in hosts)
        login = f"{link.user}:{machine.secret('postgres-app')}"
        return f"postgresql://{login}@{places}/{link.name}?target_session_attrs={attributes}"

    return (
        ("DATABASE_URL", url(link.write_hosts, "read-write")),
        ("DATABASE_READ_URL", url(link.read_hosts, "any")),
    )


def _cache(link: CacheLink, machine: Machine) -> Variables:
    places = ",".join(f"{address}:{link.sentinel_port}" for address in link.sentinels)
    return (
        ("REDIS_SENTINELS", places),
        ("REDIS_MASTER", link.master_name),
        ("REDIS_PASSWORD", machine.secret("redis")),
    )
