"""A region that is home instead of the design's own carries the load of both: it has more replicas
of each service, as many as the file's autoscaler may make. Pure.

The additional ones follow from the design and from who is home, so `up` keeps them while another
region is home and takes them away afterwards.
"""

from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from groundplan.design.design import Design
from groundplan.design.parts import Service
from groundplan.design.release import REPLICAS_MAX, moved, running_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How many replicas of a service a region has by itself, and how many while it carries two."""

    service: str
    before: int
    after: int


def bare(design: Design) -> Design:
    """Without additional replicas."""
    return replace(design, parts=tuple(part for part in design.parts if not _is_additional(part)))


def carrying(design: Design, home: str | None) -> Design:
    """With as many replicas as that home needs; without additional ones when it is the design's."""
    own = bare(design)
    more = [
        _sibling(first, number)
        for grown in growth(own, home)
        for first in [_at(own, grown.service, str(home))[0]]
        for number in range(grown.before + 1, grown.after + 1)
    ]
    return replace(own, parts=(*own.parts, *more))


def carried_by(design: Design) -> str | None:
    """The region with additional replicas; None: each has its own."""
    return next((part.site for part in design.parts if _is_additional(part)), None)


def growth(design: Design, home: str | None) -> tuple[Growth, ...]:
    """The services that become more in a home; none where the file names no maximum."""
    own, limit = bare(design), design.recovery.replicas_max
    origin = own.regions[0].name if own.regions else None
    if limit is None or home is None or home == origin or origin is None:
        return ()
    services = dict.fromkeys(part.service for part in own.parts if isinstance(part, Service))
    found = []
    for service in services:
        before = len(_at(own, service, home))
        both = before + len(_at(own, service, origin))
        after = min(both, max(before, limit), REPLICAS_MAX)
        if 0 < before < after:
            found.append(Growth(service=service, before=before, after=after))
    return tuple(found)


def _at(design: Design, service: str, region: str) -> list[Service]:
    return [part for part in running_of(design, service) if part.site == region]


def _is_additional(part: object) -> bool:
    return isinstance(part, Service) and part.is_additional


def _sibling(first: Service, number: int) -> Service:
    """One more like the first; its service's migrations were run long ago."""
    stem, _, own = first.name.rpartition("-")
    place = str(IPv4Address(first.address) + number - int(own))
    return replace(
        first,
        name=f"{stem}-{number}",
        address=place,
        process=moved(first.process, first.address, place),
        needs=(),
        is_additional=True,
    )
