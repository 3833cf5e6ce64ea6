"""What operations may ask of the regions: where whoever names none is sent."""

from typing import Protocol


class Regions(Protocol):
    """The edge and what stands behind it."""

    def home(self) -> str:
        """The region that the edge prefers."""

    def move_home(self, region: str) -> None:
        """Lets the edge prefer another region, without a request lost; harmless twice."""
