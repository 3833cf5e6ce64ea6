"""Where a platform runs in the cloud: each environment in each of its regions, with addresses.

Every site has a /16 of its own, so that any two can be joined. Its public subnets lie in the first
/20 and its private ones in the upper half, one for each of three zones.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from groundplan.design.design import DEFAULT_ENVIRONMENT
from groundplan.design.regions import regions
from groundplan.spec.load import Source

ZONES = 3
REGIONS_MAX = 16  # blocks of an environment
ENVIRONMENTS_MAX = 16
PUBLIC_BITS, PUBLIC_ZONE_BITS = 20, 22
PRIVATE_BITS, PRIVATE_ZONE_BITS = 17, 19


class Atlas(Protocol):
    """What is known of the provider's regions and of what it sells there."""

    def zones(self, region: str) -> tuple[str, ...] | None:
        """The zones of a region; None for one that the provider does not have."""

    def processors(self, machine: str) -> int | None:
        """How many a size of machine, database, cache or search server has; None: not known."""

    def is_offered(self, machine: str, region: str) -> bool:
        """False only when it is known that a region does not offer it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A zone of a site and its two subnets."""

    name: str
    public: str
    private: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One environment in one region: a network, a cluster, a state. `role` is the region's."""

    platform: str
    environment: str
    region: str
    geography: str
    role: str
    network: str
    zones: tuple[Zone, ...]

    @property
    def name(self) -> str:
        """In folders and names: "production-us-east-1"."""
        return f"{self.environment}-{self.region}"

    @property
    def cluster(self) -> str:
        """The cluster's name."""
        return f"{self.platform}-{self.name}"

    @property
    def is_home(self) -> bool:
        """Whether writes go to it."""
        return self.role == "primary"


def environment_of(source: Source) -> str:
    """The environment that a source was read for."""
    return source.environment or DEFAULT_ENVIRONMENT


def sites(source: Source, number: int, atlas: Atlas) -> Iterator[Site]:
    """The sites of the environment that is the file's `number`th, in the order of the file.

    Blocks follow the order of its regions: a region that comes last moves no other.
    """
    platform = source.platform
    for place, region in enumerate(regions(source)):
        own = block(platform.cloud.network, number * REGIONS_MAX + place)
        yield Site(
            platform=platform.platform,
            environment=environment_of(source),
            region=region.name,
            geography=region.design.geography,
            role=region.design.role,
            network=str(own),
            zones=tuple(_zones(own, (atlas.zones(region.name) or ())[:ZONES])),
        )


def room(network: str) -> int:
    """How many blocks there are from the first one to the end of its private range."""
    first = ipaddress.IPv4Network(network)
    ranges = map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
    last = next(r.broadcast_address for r in ranges if first.subnet_of(r))
    return (int(last) - int(first.network_address) + 1) // first.num_addresses


def moved(network: str, base: str, block: str) -> str:
    """A range of the first region's block, at the same place of another block."""
    written, first = ipaddress.ip_network(network), ipaddress.IPv4Network(base)
    if not isinstance(written, ipaddress.IPv4Network) or not written.subnet_of(first):
        return network
    distance = int(ipaddress.IPv4Network(block).network_address) - int(first.network_address)
    address = ipaddress.IPv4Address(int(written.network_address) + distance)
    return f"{address}/{written.prefixlen}"


def block(network: str, number: int) -> ipaddress.IPv4Network:
    """The block that is so many behind the first one."""
    first = ipaddress.IPv4Network(network)
    address = int(first.network_address) + number * first.num_addresses
    return ipaddress.IPv4Network((address, first.prefixlen))


def _zones(block: ipaddress.IPv4Network, names: tuple[str, ...]) -> Iterator[Zone]:
    public = next(block.subnets(new_prefix=PUBLIC_BITS)).subnets(new_prefix=PUBLIC_ZONE_BITS)
    _, upper = block.subnets(new_prefix=PRIVATE_BITS)
    private = upper.subnets(new_prefix=PRIVATE_ZONE_BITS)
    for name, outside, inside in zip(names, public, private, strict=False):
        yield Zone(name=name, public=str(outside), private=str(inside))
