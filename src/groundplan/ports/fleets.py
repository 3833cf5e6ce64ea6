"""What scaling may ask of a target: what replicas use, what room there is, another number of them.

A place is "region/service". `None` is "not seen", which is not nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The replicas of a service in one region. While two versions stand there are two of each."""

    number: int  # of the stable version: the scale
    standing: int  # of both versions
    seen: int  # of those, with a reading
    cores: float  # that those with a reading use together, since the last look
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What the machine has left for further replicas."""

    cores: float
    bytes: int


class Fleets(Protocol):
    """The replicas of a platform, to be counted and to be made more or fewer."""

    def look(self) -> Mapping[str, Fleet]:
        """Every place that follows its load."""

    def room(self) -> Room:
        """What is left now."""

    def stand(self, wanted: Mapping[str, int]) -> dict[str, list[int]]:
        """Gives these places so many replicas, of each version that stands there; the others keep
        theirs. The numbers before and after, where they differ; harmless twice."""
