"""The services of the file: their replicas, what each is told, and their migrations."""

from collections.abc import Iterator

from groundplan.design.addresses import address
from groundplan.design.design import DEFAULT_ENVIRONMENT, Job
from groundplan.design.parts import (
    CacheLink,
    DatabaseLink,
    PartKind,
    Postgres,
    Process,
    Role,
    Service,
)
from groundplan.design.regions import NumberedRegion
from groundplan.design.scaling import replicas as wanted
from groundplan.design.tracing import link
from groundplan.design.traffic import STABLE
from groundplan.spec.load import Source
from groundplan.spec.services import SecretRef
from groundplan.spec.services import Service as Written

# Names that a link to a store answers; the file's reference to a secret of that name is met.
DATABASE_VARIABLES = frozenset({"DATABASE_URL", "DATABASE_READ_URL"})
CACHE_VARIABLES = frozenset({"REDIS_SENTINELS", "REDIS_MASTER", "REDIS_PASSWORD"})

# The keys of a service that are jobs, by the phase of its schema.
MIGRATE, CONTRACT, REVERT = "migrate", "contract", "revert"


def replicas(
    source: Source,
    region: NumberedRegion,
    *,
    database: DatabaseLink | None,
    cache: CacheLink | None,
) -> tuple[Service, ...]:
    """Every replica of every service that has a command, in one region."""
    return tuple(
        _replica(source, region, name, number, database=database, cache=cache)
        for name, written in source.platform.services.items()
        if written.command
        for number in range(1, wanted(source, name) + 1)
    )


def _replica(
    source: Source,
    region: NumberedRegion,
    name: str,
    number: int,
    *,
    database: DatabaseLink | None,
    cache: CacheLink | None,
) -> Service:
    written = source.platform.services[name]
    place = address(
        source.platform.local.network,
        region=region.number,
        kind=PartKind.SERVICE,
        number=number,
        service=list(source.platform.services).index(name),
    )
    facts = _facts(source, written, place, region.name)
    return Service(
        name=f"{region.name}/{name}-{number}",
        site=region.name,
        address=place,
        needs=(job_name(name),) if written.migrate else (),
        service=name,
        subset=STABLE,
        version=written.version,
        port=written.port,
        process=Process(
            command=_filled(written.command or (), facts),
            workdir=written.directory,
            environment=_environment(written, facts),
            database=database,
            cache=cache,
        ),
        live_path=written.health.live,
        ready_path=written.health.ready,
        metrics_path=written.metrics_path,
        drain_seconds=written.drain.seconds,
        traces=link(source, name),
    )


def jobs(source: Source, servers: tuple[Postgres, ...], link: DatabaseLink | None) -> Iterator[Job]:
    """Each service's migrations. They wait for every server that has to confirm a commit."""
    confirming = tuple(
        server.name for server in servers if server.role in (Role.PRIMARY, Role.STANDBY)
    )
    for name, written in source.platform.services.items():
        facts = _facts(source, written, "127.0.0.1", region="")
        for phase in (MIGRATE, CONTRACT, REVERT):
            command: tuple[str, ...] | None = getattr(written, phase)
            if command:
                yield Job(
                    name=job_name(name, phase),
                    service=name,
                    version=written.version,
                    process=Process(
                        command=_filled(command, facts),
                        workdir=written.directory,
                        environment=_environment(written, facts),
                        database=link,
                    ),
                    needs=confirming,
                )


def job_name(service: str, phase: str = MIGRATE) -> str:
    """The name of a service's migration, as parts name it in `needs`."""
    return f"{service}/{phase}"


def notes(source: Source) -> Iterator[str]:
    """What the file says of services that does not run on this machine."""
    platform = source.platform
    known = DATABASE_VARIABLES if platform.primary_database else frozenset()
    known |= CACHE_VARIABLES if platform.cache_layer else frozenset()
    for name, written in platform.services.items():
        if not written.command:
            yield f"service {name} has no command, so it does not run on this machine"
        for variable, value in written.env.items():
            if isinstance(value, SecretRef) and variable not in known:
                yield f"service {name}: the secret behind {variable} has no value here"


def _facts(source: Source, written: Written, place: str, region: str) -> dict[str, str]:
    """What the placeholders in commands and variables stand for."""
    return {
        "address": place,
        "port": str(written.port),
        "region": region,
        "environment": source.environment or DEFAULT_ENVIRONMENT,
        "version": written.version,
    }


def _environment(written: Written, facts: dict[str, str]) -> tuple[tuple[str, str], ...]:
    plain = ((name, v) for name, v in written.env.items() if not isinstance(v, SecretRef))
    return tuple((name, _fill(value, facts)) for name, value in plain)


def _filled(words: tuple[str, ...], facts: dict[str, str]) -> tuple[str, ...]:
    return tuple(_fill(word, facts) for word in words)


def _fill(text: str, facts: dict[str, str]) -> str:
    """Only the five known placeholders; any other brace is the user's own."""
    for name, value in facts.items():
        text = text.replace(f"{{{name}}}", value)
    return text
