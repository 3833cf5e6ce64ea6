"""How many replicas a service has in a region. Pure.

While two versions stand side by side both have that number, whoever changes it: any share of the
requests is one that the new version has the replicas for, and the way back is never too narrow.
"""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address

from groundplan.design.design import Design
from groundplan.design.parts import AnyPart, Service
from groundplan.design.release import CANARY, Release, moved, running_of
from groundplan.design.scaling import REPLICAS_MAX
from groundplan.design.traffic import STABLE

Numbers = Mapping[str, int]  # by place: "region/service"


def place_of(part: Service) -> str:
    """Where a replica counts."""
    return f"{part.site}/{part.service}"


def numbers(design: Design) -> dict[str, int]:
    """The stable replicas at each place, in the order of the design."""
    found: dict[str, int] = {}
    for part in design.parts:
        if isinstance(part, Service) and part.subset == STABLE:
            found[place_of(part)] = found.get(place_of(part), 0) + 1
    return found


def bare(design: Design) -> Design:
    """Without additional replicas. Those that work by a lease are their rollout's alone."""
    return replace(design, parts=tuple(part for part in design.parts if not _is_more(part)))


def scaled(design: Design, wanted: Numbers) -> Design:
    """With so many replicas of each version at these places, and elsewhere none that are
    additional; never fewer than the design has by itself."""
    own = bare(design)
    least = numbers(own)
    more = [
        sibling(first, number)
        for place in least
        for subset in (STABLE, CANARY)
        for first in _side(own, place, subset)[:1]
        for number in range(least[place] + 1, min(wanted.get(place, 0), REPLICAS_MAX) + 1)
    ]
    return replace(own, parts=(*own.parts, *more))


def following(release: Release, design: Design) -> Release:
    """The release with as many replicas as the service has now, where it has additional ones.

    It may have been asked for at another time, with other numbers: an undo, above all.
    """
    own = tuple(part for part in release.replicas if not part.is_additional)
    running = running_of(design, release.service)
    more: list[Service] = []
    for region in dict.fromkeys(part.site for part in own):
        mine = [part for part in own if part.site == region]
        now = [part for part in running if part.site == region]
        if any(part.is_additional for part in now):
            more += (sibling(mine[0], n) for n in range(len(mine) + 1, len(now) + 1))
    return replace(release, replicas=(*own, *more))


def sibling(first: Service, number: int) -> Service:
    """One more like the first; its service's migrations were run long ago."""
    stem, _, own = first.name.rpartition("-")
    address = str(IPv4Address(first.address) + number - int(own))
    return replace(
        first,
        name=f"{stem}-{number}",
        address=address,
        process=moved(first.process, first.address, address),
        needs=(),
        is_additional=True,
    )


def _side(design: Design, place: str, subset: str) -> list[Service]:
    return [
        part
        for part in design.parts
        if isinstance(part, Service)
        and (place_of(part), part.subset) == (place, subset)
        and not part.is_leased
    ]


def _is_more(part: AnyPart) -> bool:
    return isinstance(part, Service) and part.is_additional and not part.is_leased
