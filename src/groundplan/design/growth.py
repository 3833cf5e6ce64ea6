"""Where and when a platform has more replicas than by itself. Pure.

A region that is home instead of the design's own carries the load of both: as many replicas of each
service as the file's autoscaler may make. And a service follows its load where the design says so.
Both follow from the design, from who is home and from the scale that was found last, so `up` keeps
the additional ones as long as they are needed.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType

from groundplan.design.design import Design
from groundplan.design.parts import Service
from groundplan.design.scale import Numbers, bare, numbers, scaled
from groundplan.design.scaling import REPLICAS_MAX, Scaling

NOWHERE: Numbers = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How many replicas of a service a region has by itself, and how many while it carries two."""

    service: str
    before: int
    after: int


def carrying(design: Design, home: str | None, scale: Numbers = NOWHERE) -> Design:
    """With as many replicas as that home needs and the load needed last; without additional ones
    when it is the design's own, and nothing was scaled."""
    own = bare(design)
    most = {each.service: each.most for each in design.scaling}
    grown = least(design, home)
    wanted = {
        place: max(grown[place], min(scale.get(place, 0), most.get(place.rpartition("/")[2], 0)))
        for place in grown
    }
    return scaled(own, wanted)


def bounds(design: Design, home: str | None) -> dict[str, Scaling]:
    """By place: between which numbers a service follows its load, while that region is home."""
    grown = least(design, home)
    known = {each.service: each for each in design.scaling}
    return {
        place: replace(own, least=lower, most=max(own.most, lower))
        for place, number in grown.items()
        if (own := known.get(place.rpartition("/")[2])) is not None
        for lower in [max(own.least, number)]
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many replicas a service has at a place; `most`: None where its load does not matter."""

    now: int
    least: int
    most: int | None


def counts(design: Design) -> dict[str, Count]:
    """The places at which the number of replicas is not simply the file's."""
    own = numbers(bare(design))
    most = {each.service: each.most for each in design.scaling}
    found = {
        place: Count(now=now, least=own[place], most=most.get(place.rpartition("/")[2]))
        for place, now in numbers(design).items()
    }
    return {place: n for place, n in found.items() if n.most is not None or n.now != n.least}


def least(design: Design, home: str | None) -> dict[str, int]:
    """How many each service has at each place, however small its load is."""
    grown = {f"{home}/{each.service}": each.after for each in growth(design, home)}
    return numbers(bare(design)) | grown


def growth(design: Design, home: str | None) -> tuple[Growth, ...]:
    """The services that become more in a home; none where the file names no maximum."""
    own, limit = bare(design), design.recovery.replicas_max
    origin = own.regions[0].name if own.regions else None
    if limit is None or home is None or home == origin or origin is None:
        return ()
    services = dict.fromkeys(part.service for part in own.parts if isinstance(part, Service))
    stand, found = numbers(own), []
    for service in services:
        before = stand.get(f"{home}/{service}", 0)
        both = before + stand.get(f"{origin}/{service}", 0)
        after = min(both, max(before, limit), REPLICAS_MAX)
        if 0 < before < after:
            found.append(Growth(service=service, before=before, after=after))
    return tuple(found)
