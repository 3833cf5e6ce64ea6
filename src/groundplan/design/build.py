"""From the file to the Design: every part of every chosen region. Pure and total."""

from collections.abc import Iterator

from groundplan.design import lake, logs, scaling, services, tracing, traffic
from groundplan.design.backups import backup_notes, backups
from groundplan.design.design import DEFAULT_ENVIRONMENT, Design
from groundplan.design.drills import drills
from groundplan.design.monitoring import monitoring, scrape_jobs
from groundplan.design.notifications import receivers
from groundplan.design.objectives import objectives
from groundplan.design.parts import AGENT_PART, Agent, AnyPart, Edge, Gateway, Postgres, Service
from groundplan.design.promises import promises
from groundplan.design.regions import Chosen, NumberedRegion, chosen_regions
from groundplan.design.regions import regions as numbered
from groundplan.design.room import lacking
from groundplan.design.stores import (
    cache_link,
    database_link,
    exporters,
    postgres_servers,
    redis_servers,
)
from groundplan.design.takeover import recovery
from groundplan.errors import SpecError
from groundplan.spec.load import Source

LOOPBACK = "127.0.0.1"
PORT_MAX = 65_535
BESIDE = 100  # what the agent's port is above the entry's: the next ones may be other entries


def build(source: Source, *, regions: Chosen = None) -> Design:
    """The design of a platform in its environment; SpecError when it cannot run on one machine.

    `regions`: names, a number, "all", or None for the file's own choice (see chosen_regions).
    """
    if too_much := lacking(source):
        raise SpecError(too_much)
    chosen = chosen_regions(source, regions)
    every = tuple(region.name for region in numbered(source))
    copies = backups(source, every, tuple(region.name for region in chosen))
    servers = postgres_servers(source, chosen, copies.database)
    inside = tuple(part for region in chosen for part in _region_parts(source, region, servers))
    gateways = tuple(part for part in inside if isinstance(part, Gateway))
    front: tuple[Edge | Agent, ...] = (traffic.edge(source, gateways),) if gateways else ()
    agent = _agent(source, tuple(part.name for part in (*inside, *front)))
    parts = (*front, *inside, *_keepers(source, inside), agent)
    return Design(
        platform=source.platform.platform,
        environment=source.environment or DEFAULT_ENVIRONMENT,
        entry=source.platform.local.entry,
        regions=tuple(region.design for region in chosen),
        parts=parts,
        jobs=tuple(services.jobs(source, servers, database_link(source, servers, chosen[0].name))),
        scrape_jobs=scrape_jobs(source, parts),
        promises=promises(source),
        recovery=recovery(source, chosen),
        scaling=scaling.scalings(source),
        objectives=objectives(source),
        pages=source.platform.kpis.pages if source.platform.kpis else (),
        drills=drills(source),
        told=receivers(source),
        backups=copies,
        notes=tuple(_notes(source, every)),
    )


def _notes(source: Source, every: tuple[str, ...]) -> Iterator[str]:
    """What the file says that this design leaves out, and why."""
    yield from services.notes(source)
    yield from scaling.notes(source)
    yield from traffic.notes(source)
    yield from _replica_notes(source)
    yield from backup_notes(source, every)
    yield from logs.notes(source)
    yield from tracing.notes(source)


def _keepers(source: Source, inside: tuple[AnyPart, ...]) -> Iterator[AnyPart]:
    """Who keeps what the platform tells: logs, traces, rows for analytics."""
    replicas = tuple(part for part in inside if isinstance(part, Service))
    yield from logs.collectors(source)
    yield from tracing.tracers(source)
    yield from lake.lakes(source, replicas)


def _agent(source: Source, needs: tuple[str, ...]) -> Agent:
    """Its metrics are beside the entry, at an address that no other machine and no cut reaches."""
    entry = int(source.platform.local.entry.rpartition(":")[2])
    port = entry + BESIDE if entry + BESIDE <= PORT_MAX else entry - BESIDE
    return Agent(name=AGENT_PART, site="global", address=LOOPBACK, needs=needs, port=port)


def _region_parts(
    source: Source, region: NumberedRegion, servers: tuple[Postgres, ...]
) -> Iterator[AnyPart]:
    """One region, in the order in which a reader meets it: from the gateway to the metrics."""
    own = tuple(server for server in servers if server.site == region.name)
    caches = redis_servers(source, region)
    replicas = services.replicas(
        source,
        region,
        database=database_link(source, servers, region.name),
        cache=cache_link(caches),
    )
    if source.platform.services:
        yield traffic.gateway(source, region, replicas)
    yield from replicas
    yield from own
    yield from caches
    yield from exporters(source, region, (*own, *caches))
    yield from monitoring(source, region)


def _replica_notes(source: Source) -> Iterator[str]:
    database = source.platform.primary_database
    written = database.read_replicas if database else None
    if written is None:
        return
    known = {region.name for region in numbered(source)}
    for name in written.regions:
        if name not in known:
            yield f"read replica in {name}: the platform has no such region"
    if written.synchronous:
        yield "read_replicas.synchronous: here replicas in other regions are asynchronous"
