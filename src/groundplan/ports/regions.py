"""What operations may ask of the regions: where whoever names none is sent."""

from typing import Protocol


class Regions(Protocol):
    """The edge and what stands behind it."""

    def home(self) -> str:
        """The region that the edge prefers."""

    def move_home(self, region: str) -> None:
        """Lets the edge prefer another region, without a request lost; harmless twice."""

    def carry(self, region: str) -> dict[str, list[int]]:
        """Gives the home as many replicas as it needs for the load that it carries, and takes
        additional ones away elsewhere; services with replicas before and after, where they differ.
        """
