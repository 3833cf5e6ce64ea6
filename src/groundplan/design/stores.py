"""PostgreSQL and Redis: which servers stand where, and who follows whom."""

import itertools
from collections import Counter

from groundplan.design.addresses import address
from groundplan.design.backups import DatabaseBackups
from groundplan.design.parts import (
    CacheLink,
    DatabaseLink,
    PartKind,
    Postgres,
    PostgresExporter,
    Redis,
    RedisExporter,
    Role,
    Sentinel,
)
from groundplan.design.regions import NumberedRegion
from groundplan.spec.cache import Cluster
from groundplan.spec.database import Database, ReadReplicas
from groundplan.spec.load import Source

POSTGRES_PORT = 5432
SENTINEL_PORT = 26379
SENTINELS = 3  # the fewest with which a majority survives the loss of one
MASTER_NAME = "cache"
APP_USER = "app"


def postgres_servers(
    source: Source,
    regions: tuple[NumberedRegion, ...],
    backups: DatabaseBackups | None = None,
) -> tuple[Postgres, ...]:
    """The primary, its in-region standbys, and the read replicas of chosen regions."""
    database = source.platform.primary_database
    if database is None:
        return ()
    wanted = _replicas_by_region(database.read_replicas)
    seats: list[tuple[NumberedRegion, int, Role]] = []
    for index, region in enumerate(regions):
        roles = [Role.PRIMARY] if index == 0 else []
        roles += [Role.STANDBY] * (standbys_wanted(database) if index == 0 else 0)
        roles += [Role.REPLICA] * wanted[region.name]
        seats += [(region, number, role) for number, role in enumerate(roles, start=1)]
    names = {(region.name, number): _member(region.name, number) for region, number, _ in seats}
    standbys = tuple(names[r.name, number] for r, number, role in seats if role is Role.STANDBY)
    network = source.platform.local.network
    first = address(network, region=regions[0].number, kind=PartKind.POSTGRES, number=1)
    return tuple(
        Postgres(
            name=f"{region.name}/postgres-{number}",
            site=region.name,
            address=address(network, region=region.number, kind=PartKind.POSTGRES, number=number),
            needs=() if role is Role.PRIMARY else (f"{regions[0].name}/postgres-1",),
            port=POSTGRES_PORT,
            version=str(database.version).split(".", maxsplit=1)[0],
            role=role,
            upstream=None if role is Role.PRIMARY else first,
            member=names[region.name, number],
            members=tuple(m for seat, m in names.items() if seat != (region.name, number)),
            synchronous=standbys if role is Role.PRIMARY else (),
            databases=source.platform.database_names,
            archiving=backups.archiving if backups else None,
        )
        for region, number, role in seats
    )


def standbys_wanted(database: Database) -> int:
    """How many synchronous standbys the primary region has."""
    return database.standbys.count if database.standbys else int(database.multi_az)


def _replicas_by_region(replicas: ReadReplicas | None) -> Counter[str]:
    """The file's count, dealt out to its regions in turn."""
    if replicas is None or not replicas.regions:
        return Counter()
    turns = itertools.islice(itertools.cycle(replicas.regions), replicas.count)
    return Counter(turns)


def database_link(
    source: Source, servers: tuple[Postgres, ...], region: str
) -> DatabaseLink | None:
    """How a service in a region reaches PostgreSQL: reads stay in the region while they can."""
    if not servers:
        return None
    write = sorted(servers, key=_distance_to_primary)
    read = sorted(
        servers,
        key=lambda server: (
            server.site != region,
            server.role is Role.PRIMARY and server.site == region,
            _distance_to_primary(server),
        ),
    )
    return DatabaseLink(
        name=source.platform.database_names[0],
        user=APP_USER,
        port=POSTGRES_PORT,
        write_hosts=tuple(server.address for server in write),
        read_hosts=tuple(server.address for server in read),
    )


def redis_servers(source: Source, region: NumberedRegion) -> tuple[Redis | Sentinel, ...]:
    """A region's Redis group and the Sentinels that watch it."""
    cache = source.platform.cache_layer
    if cache is None:
        return ()
    count = cache.cluster.num_cache_clusters if cache.cluster else 1
    network = source.platform.local.network

    def at(kind: PartKind, number: int) -> str:
        return address(network, region=region.number, kind=kind, number=number)

    watchers = SENTINELS if count > 1 else 1
    sentinels = tuple(at(PartKind.SENTINEL, n) for n in range(1, watchers + 1))
    servers = tuple(
        Redis(
            name=f"{region.name}/redis-{n}",
            site=region.name,
            address=at(PartKind.REDIS, n),
            needs=(f"{region.name}/redis-1",) if n > 1 else (),
            role=Role.PRIMARY if n == 1 else Role.REPLICA,
            master_name=MASTER_NAME,
            upstream=None if n == 1 else at(PartKind.REDIS, 1),
            sentinels=sentinels,
            sentinel_port=SENTINEL_PORT,
        )
        for n in range(1, count + 1)
    )
    return servers + tuple(
        Sentinel(
            name=f"{region.name}/sentinel-{n}",
            site=region.name,
            address=place,
            needs=tuple(server.name for server in servers),
            master_name=MASTER_NAME,
            primary=at(PartKind.REDIS, 1),
            quorum=_quorum(cache.cluster, watchers),
        )
        for n, place in enumerate(sentinels, start=1)
    )


def _quorum(cluster: Cluster | None, watchers: int) -> int:
    """A majority. Without automatic failover more votes than there are Sentinels: they tell who
    is primary but never move it."""
    moves = cluster is None or cluster.automatic_failover
    return watchers // 2 + 1 if moves else watchers + 1


def cache_link(parts: tuple[Redis | Sentinel, ...]) -> CacheLink | None:
    """How a service of a region reaches its Redis group."""
    sentinels = tuple(part.address for part in parts if isinstance(part, Sentinel))
    if not sentinels:
        return None
    return CacheLink(master_name=MASTER_NAME, sentinels=sentinels, sentinel_port=SENTINEL_PORT)


def exporters(
    source: Source,
    region: NumberedRegion,
    servers: tuple[Postgres | Redis | Sentinel, ...],
) -> tuple[PostgresExporter | RedisExporter, ...]:
    """One exporter beside each server of a region: one that is down is one that is seen."""
    network = source.platform.local.network
    found: list[PostgresExporter | RedisExporter] = []
    for server in servers:
        number = int(server.name.rpartition("-")[2])
        if isinstance(server, Postgres):
            kind = PartKind.POSTGRES_EXPORTER
            found.append(
                PostgresExporter(
                    name=f"{region.name}/{kind}-{number}",
                    site=region.name,
                    address=address(network, region=region.number, kind=kind, number=number),
                    needs=(server.name,),
                    server=server.address,
                    server_port=server.port,
                )
            )
        elif isinstance(server, Redis):
            kind = PartKind.REDIS_EXPORTER
            found.append(
                RedisExporter(
                    name=f"{region.name}/{kind}-{number}",
                    site=region.name,
                    address=address(network, region=region.number, kind=kind, number=number),
                    needs=(server.name,),
                    server=server.address,
                    server_port=server.port,
                )
            )
    return tuple(found)


def _distance_to_primary(server: Postgres) -> int:
    return (Role.PRIMARY, Role.STANDBY, Role.REPLICA).index(server.role)


def _member(region: str, number: int) -> str:
    """PostgreSQL slot names are lower case letters, digits and underscores."""
    return f"{region.replace('-', '_')}_postgres_{number}"
