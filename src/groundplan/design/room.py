"""What one machine has loopback addresses for: so many regions, services and replicas, no more.

A cloud has more room, so that a platform which is too large for this machine is no wrong file.
"""

from ipaddress import IPv4Address

from groundplan.design.findings import Rule
from groundplan.errors import Finding
from groundplan.spec.load import Source

LAST = 254  # parts of one kind in one region
FIRST_SERVICE_BLOCK = 10  # of a region's /16; those before it are for everything else
BLOCKS = 256


def lacking(source: Source) -> tuple[Finding, ...]:
    """What does not fit; each says how many do."""
    platform = source.platform
    regions = sum(len(pair.names) for pair in platform.regions.values())
    cluster = platform.cache_layer.cluster if platform.cache_layer else None
    clusters = cluster.num_cache_clusters if cluster else 1
    database = platform.primary_database
    copies = database.read_replicas.count if database and database.read_replicas else 0
    standbys = database.standbys.count if database and database.standbys else 1
    kind = "standbys" if standbys > copies else "read_replicas"
    counts = [
        (regions, _regions(platform.local.network), "regions", "local.network"),
        (clusters, LAST, "cache servers", "cache_layer.cluster.num_cache_clusters"),
        (1 + standbys + copies, LAST, "database servers", f"primary_database.{kind}.count"),
        (len(platform.services), BLOCKS - FIRST_SERVICE_BLOCK, "services", "services"),
        *(
            (written.replicas, LAST, "replicas", f"services.{name}.replicas")
            for name, written in platform.services.items()
        ),
    ]
    return tuple(
        Finding(
            rule=Rule.NO_ROOM,
            message=f"{count} {what} do not fit on this machine, {most} do",
            why="each part has a loopback address of its own in its region's block",
            try_="lower the number for this environment in its overlay",
            place=source.place(path),
            path=path,
        )
        for count, most, what, path in counts
        if count > most
    )


def _regions(network: str) -> int:
    """How many regions find room between `network` and the end of 127.0.0.0/8."""
    return (int(IPv4Address("127.255.0.0")) - int(IPv4Address(network))) >> 16
