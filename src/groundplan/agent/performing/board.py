"""What operations show while they go on: the long step, and figures. It is in no file."""

from collections.abc import Mapping

from groundplan.ports.journal import Json


class Board:
    """By operation; whatever lives may write, and everybody may read."""

    def __init__(self) -> None:
        self._shares: dict[str, tuple[str, float]] = {}
        self._facts: dict[str, Mapping[str, Json]] = {}

    def share(self, operation: str, doing: str, share: float) -> None:
        """Which share of a long step is done, from 0 to 1."""
        self._shares[operation] = (doing, share)

    def show(self, operation: str, facts: Mapping[str, Json]) -> None:
        """Where it stands, for programs."""
        self._facts[operation] = facts

    def doing(self, operation: str) -> tuple[str, float | None]:
        """The long step, and its share; nothing, and None."""
        return self._shares.get(operation, ("", None))

    def facts(self, operation: str) -> Mapping[str, Json]:
        """What it showed last."""
        return self._facts.get(operation, {})

    def clear(self, operation: str) -> None:
        """It lives no more."""
        self._shares.pop(operation, None)
        self._facts.pop(operation, None)
