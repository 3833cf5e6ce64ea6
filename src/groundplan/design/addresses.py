"""Loopback addresses: each region has a /16 of 127.0.0.0/8, each kind of part a /24 in it.

Numbers come from the order in the file, not from what was chosen to run, so a part keeps its
address when other regions come or go.
"""

from ipaddress import IPv4Address

from groundplan.design.parts import PartKind
from groundplan.design.room import BLOCKS, FIRST_SERVICE_BLOCK, LAST

_BLOCKS = {
    PartKind.GATEWAY: 0,
    PartKind.POSTGRES: 1,
    PartKind.REDIS: 2,
    PartKind.SENTINEL: 3,
    PartKind.POSTGRES_EXPORTER: 4,
    PartKind.REDIS_EXPORTER: 5,
    PartKind.PROMETHEUS: 6,
    PartKind.ALERTMANAGER: 7,
    PartKind.TRACER: 8,
    PartKind.LAKE: 9,
}


def address(network: str, *, region: int, kind: PartKind, number: int, service: int = 0) -> str:
    """The address of the `number`-th part (from 1) of a kind in the `region`-th region (from 0).

    `service` is the service's index in the file and counts for services only.
    """
    is_service = kind is PartKind.SERVICE
    block = FIRST_SERVICE_BLOCK + service if is_service else _BLOCKS[kind]
    assert 1 <= number <= LAST, (kind, number)
    assert block < BLOCKS, (kind, service)
    return str(IPv4Address(network) + (region << 16) + (block << 8) + number)
