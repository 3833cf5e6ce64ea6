"""The Isolation port: a region that nobody may trust is shut, and kept for whoever looks."""

from typing import Protocol


class Isolation(Protocol):
    """Every call is harmless twice."""

    def shut(self, region: str) -> None:
        """The edge sends nobody there any more, whatever they ask for; no request is lost."""

    def freeze(self, region: str) -> tuple[str, ...]:
        """Stops all that serves there; data and output stay. Returns the parts that it stopped."""

    def keep_evidence(self, region: str, name: str) -> str:
        """Copies what the region said and was told (no secrets), sealed; returns where."""

    def thaw(self, region: str) -> None:
        """Starts what was stopped, with the files and credentials that count now."""

    def open(self, region: str) -> None:
        """The edge sends people there again."""
