"""The Silences port: alerts that reach nobody for a while, because somebody causes them."""

from collections.abc import Sequence
from typing import Protocol


class Silences(Protocol):
    """Each silence has a name and ends by itself, so that one that is forgotten does no harm."""

    def begin(self, name: str, regions: Sequence[str], *, seconds: float) -> list[str]:
        """Alerts of these regions reach nobody; harmless twice. Returns where that did not work."""

    def end(self, name: str) -> list[str]:
        """They reach people again; harmless twice. Returns where that did not work."""
