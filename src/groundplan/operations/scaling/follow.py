"""How many replicas a service needs for its load: the rule of Kubernetes' HorizontalPodAutoscaler.

`ceil(replicas x used / wanted)`, nothing within a tenth of it, up at once (at most doubled, or four
more), down to the most that was needed in the last five minutes. The largest of its measures holds.

While two versions stand side by side there are twice as many replicas, and the number is that of
one version: of processor time all of them use one service's load together, so their sum counts; of
memory each has its own, load or none, so the mean counts. Summed up, two versions at rest would
look like twice the load, and each answer to it would be taken for more.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from groundplan.design.scaling import GROW_AFTER_SECONDS, SHRINK_AFTER_SECONDS, Scaling
from groundplan.ports.fleets import Fleet, Room

TOLERANCE = 0.1
MORE_AT_ONCE = 4
EVERY_SECONDS = 15.0

assert GROW_AFTER_SECONDS == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """How many a place needs, and why; `lacking` is what the machine has no room for."""

    before: int
    number: int
    because: str
    lacking: int = 0


@dataclass(frozen=True, slots=True)
class Past:
    """What each place needed lately: when, and how many. One that nobody has seen yet begins with
    what it has, so that an agent that was started anew takes nothing away at once."""

    needs: Mapping[str, tuple[tuple[float, int], ...]] = field(default_factory=dict)

    def with_(self, now: float, place: str, had: int, needs: int) -> "Past":
        """With one need more, without those that are too long ago."""
        before = self.needs.get(place, ((now, had),))
        kept = tuple(each for each in before if now - each[0] <= SHRINK_AFTER_SECONDS)
        return replace(self, needs={**self.needs, place: (*kept, (now, needs))})

    def most(self, place: str) -> int:
        """The most that it needed."""
        return max(number for _, number in self.needs[place])


def follow(
    bounds: Mapping[str, Scaling],
    fleets: Mapping[str, Fleet],
    room: Room,
    past: Past,
    now: float,
) -> tuple[dict[str, Needed], Past]:
    """The places that need another number or lack room, in the order in which they are given it."""
    found: dict[str, Needed] = {}
    for place, fleet in fleets.items():
        scaling = bounds[place]
        needed = need(scaling, fleet)
        number = min(max(needed.number, scaling.least), scaling.most)
        past = past.with_(now, place, fleet.number, number)
        lacking = 0
        if number < fleet.number:
            number = min(fleet.number, past.most(place))
        if number > fleet.number:
            number = min(number, max(2 * fleet.number, fleet.number + MORE_AT_ONCE))
            fits = _fitting(scaling, fleet, room)
            lacking = max(0, number - fleet.number - fits)
            number -= lacking
            room = _left(scaling, fleet, room, number - fleet.number)
        if number != fleet.number or lacking:
            found[place] = replace(needed, number=number, lacking=lacking)
    return found, past


def need(scaling: Scaling, fleet: Fleet) -> Needed:
    """What the load asks for, without bounds. One without a reading is believed idle where more
    are asked for, and busy where fewer are."""
    if fleet.seen == 0 or fleet.number == 0:
        return _needed(fleet.number, 1.0, "nothing was measured")
    found = []
    unseen = fleet.standing - fleet.seen
    if scaling.cores:
        ratio = _ratio(fleet.cores, unseen * scaling.cores, fleet.number * scaling.cores)
        told = f"uses {fleet.cores:.2f} cores; {scaling.cores:.2f} for each replica is wanted"
        found.append(_needed(fleet.number, ratio, told))
    if scaling.bytes:
        whole = fleet.standing * scaling.bytes
        ratio = _ratio(fleet.bytes, unseen * scaling.bytes, whole)
        mean = fleet.bytes / fleet.seen
        told = f"a replica has {_mib(mean)} of memory; {_mib(scaling.bytes)} is wanted"
        found.append(_needed(fleet.number, ratio, told))
    return max(found, key=lambda each: each.number)


def _ratio(used: float, by_unseen: float, wanted: float) -> float:
    """Of what is used to what is wanted; one where the unseen decide."""
    if used > wanted:
        return used / wanted
    return min(1.0, (used + by_unseen) / wanted)


def _needed(number: int, ratio: float, because: str) -> Needed:
    is_near = abs(ratio - 1) <= TOLERANCE
    needs = number if is_near else max(1, math.ceil(number * ratio - 1e-9))
    return Needed(before=number, number=needs, because=because)


def _sides(fleet: Fleet) -> int:
    return max(1, math.ceil(fleet.standing / fleet.number)) if fleet.number else 1


def _cost(scaling: Scaling, fleet: Fleet) -> tuple[float, float]:
    """What one more is expected to take: processor time for the load that is there already, and
    memory for each version."""
    size = fleet.bytes / fleet.seen if fleet.seen else scaling.bytes or 0
    return scaling.cores or 0.0, size * _sides(fleet)


def _fitting(scaling: Scaling, fleet: Fleet, room: Room) -> int:
    """How many more the machine can carry."""
    cores, size = _cost(scaling, fleet)
    by_cores = room.cores / cores if cores else math.inf
    by_size = room.bytes / size if size else math.inf
    return max(0, math.floor(min(by_cores, by_size, scaling.most)))


def _left(scaling: Scaling, fleet: Fleet, room: Room, more: int) -> Room:
    cores, size = _cost(scaling, fleet)
    return Room(cores=room.cores - more * cores, bytes=room.bytes - round(more * size))


def _mib(size: float) -> str:
    return f"{size / 2**20:.0f} MiB"
