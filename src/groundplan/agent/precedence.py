"""A failover goes before a rollout: who waits for a database does not wait for a release.

A rollout holds the platform for hours. When the primary has to be replaced meanwhile, it is told to
go back to the stable version, and the failover begins as soon as it has let go.
"""

from collections.abc import Mapping
from typing import Protocol

from groundplan.agent.operation import Operation
from groundplan.errors import TargetError
from groundplan.ports.journal import ABORT, Json, Signal

URGENT = "replace-primary"
YIELDS = "release"


class Performs(Protocol):
    """What is asked of the performer."""

    def start(self, kind: str, arguments: Mapping[str, Json], *, why: str) -> str:
        """Starts an operation."""

    def newest(self, limit: int) -> tuple[Operation, ...]:
        """The newest, and all that go on."""

    def signal(self, operation: str, signal: Signal) -> None:
        """Tells one something."""


class Precedence:
    """Starts what the watch wants; remembers which rollouts were told to end, to tell each once."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def start(self, performer: Performs, kind: str, arguments: Mapping[str, Json], why: str) -> str:
        """The operation's id. TargetError while somebody holds the platform."""
        try:
            return performer.start(kind, arguments, why=why)
        except TargetError as error:
            if kind == URGENT and error.part == "lock":
                self._make_way(performer, why)
            raise

    def _make_way(self, performer: Performs, why: str) -> None:
        for each in performer.newest(1):
            if each.kind == YIELDS and each.ended is None and each.id not in self._told:
                self._told.add(each.id)
                signal = Signal(name=ABORT, who="agent", why=f"the primary is replaced: {why}")
                performer.signal(each.id, signal)
