"""Loopback addresses: each region has a /16 of 127.0.0.0/8, each kind of part a /24 in it.

Numbers come from the order in the file, not from what was chosen to run, so a part keeps its
address when other regions come or go.
"""

from ipaddress import IPv4Address

from groundplan.design.parts import PartKind

LAST = 254  # parts of one kind in one region
_BLOCKS = {
    PartKind.GATEWAY: 0,
    PartKind.POSTGRES: 1,
    PartKind.REDIS: 2,
    PartKind.SENTINEL: 3,
    PartKind.POSTGRES_EXPORTER: 4,
    PartKind.REDIS_EXPORTER: 5,
    PartKind.PROMETHEUS: 6,
    PartKind.ALERTMANAGER: 7,
}
_FIRST_SERVICE_BLOCK = 10


def address(network: str, *, region: int, kind: PartKind, number: int, service: int = 0) -> str:
    """The address of the `number`-th part (from 1) of a kind in the `region`-th region (from 0).

    `service` is the service's index in the file and counts for services only.
    """
    is_service = kind is PartKind.SERVICE
    block = _FIRST_SERVICE_BLOCK + service if is_service else _BLOCKS[kind]
    assert 1 <= number <= LAST, (kind, number)
    assert block <= 255, (kind, service)
    return str(IPv4Address(network) + (region << 16) + (block << 8) + number)


def regions_that_fit(network: str) -> int:
    """How many regions find room between `network` and the end of 127.0.0.0/8."""
    return (int(IPv4Address("127.255.0.0")) - int(IPv4Address(network))) >> 16


def services_that_fit() -> int:
    """How many services one region has room for."""
    return 255 - _FIRST_SERVICE_BLOCK + 1
