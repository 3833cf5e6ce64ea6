"""What an operation may ask of others: to be started, and what came of them."""

from collections.abc import Mapping
from typing import Protocol

from groundplan.ports.journal import Json, Outcome


class Operations(Protocol):
    """The operations of the platform, as one of them sees the others."""

    def start(self, kind: str, arguments: Mapping[str, Json], *, why: str, key: str) -> str:
        """Starts one and returns its id; the same key of the same operation is the same id.

        TargetError when it cannot be started, for example because another one holds the platform.
        """

    def outcome(self, operation: str) -> Outcome | None:
        """What came of it; None while it goes on."""

    def told(self, *, since: float) -> tuple[tuple[float, str], ...]:
        """What all of them told people since a moment: when, and the line."""
