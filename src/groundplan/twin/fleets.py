"""Replicas of services made of arithmetic: a load in cores, shared by whoever stands there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from groundplan.design.design import Design
from groundplan.design.growth import carrying
from groundplan.design.parts import Service
from groundplan.design.scale import numbers, place_of
from groundplan.ports.fleets import Fleet, Room
from groundplan.twin.clock import VirtualClock

MIB = 2**20


@dataclass(slots=True, kw_only=True)
class TwinFleets:
    """The port, on a virtual clock; `design` is what runs."""

    design: Design
    load: Callable[[str, float], float]  # cores that a place's users ask for, by seconds
    size: int = 100 * MIB  # of a replica, whatever it does
    limit: float = 1.0  # cores that one replica uses at most
    machine: Room = field(default_factory=lambda: Room(cores=64, bytes=64 * 1024 * MIB))
    clock: VirtualClock = field(default_factory=VirtualClock)
    home: str | None = None
    scale: dict[str, int] = field(default_factory=dict)
    unseen: set[str] = field(default_factory=set)  # replicas without a reading
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock.now

    def look(self) -> Mapping[str, Fleet]:
        """Each version's replicas carry the load together."""
        followed = {each.service for each in self.design.scaling}
        return {
            place: self._fleet(place, number)
            for place, number in numbers(self.design).items()
            if place.rpartition("/")[2] in followed
        }

    def room(self) -> Room:
        """What the replicas leave."""
        fleets = [self._fleet(place, number) for place, number in numbers(self.design).items()]
        return Room(
            cores=self.machine.cores - sum(fleet.cores for fleet in fleets),
            bytes=self.machine.bytes - sum(fleet.standing * self.size for fleet in fleets),
        )

    def stand(self, wanted: Mapping[str, int]) -> dict[str, list[int]]:
        """At once."""
        before = numbers(self.design)
        self.scale |= wanted
        self.design = carrying(self.design, self.home, self.scale)
        after = numbers(self.design)
        return {
            place: [number, after[place]]
            for place, number in before.items()
            if number != after[place]
        }

    def _fleet(self, place: str, number: int) -> Fleet:
        parts = [p for p in self.design.parts if isinstance(p, Service) and place_of(p) == place]
        seen = sum(part.name not in self.unseen for part in parts)
        cores = min(self.load(place, self.clock.now - self._began), number * self.limit)
        share = seen / len(parts) if parts else 0.0
        return Fleet(
            number=number,
            standing=len(parts),
            seen=seen,
            cores=cores * share,
            bytes=seen * self.size,
        )
