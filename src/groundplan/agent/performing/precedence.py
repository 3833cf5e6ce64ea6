"""A failover goes before a rollout: who waits for a database does not wait for a release.

A rollout holds the platform for hours and lends it (`holding`), except for the seconds in which it
builds. Those are waited for here: who is refused and asks again later has lost its count of misses.
"""

import time
from collections.abc import Mapping
from typing import Protocol

from groundplan.agent.performing.operation import Operation
from groundplan.errors import TargetError
from groundplan.ports.journal import Json

URGENT = frozenset({"replace-primary", "confirm"})
HOSTS = "release"
WAIT_SECONDS = 20.0
RETRY_SECONDS = 0.25


class Performs(Protocol):
    """What is asked of the performer."""

    def start(self, kind: str, arguments: Mapping[str, Json], *, why: str) -> str:
        """Starts an operation."""

    def newest(self, limit: int) -> tuple[Operation, ...]:
        """The newest, and all that go on."""


def start(
    performer: Performs,
    kind: str,
    arguments: Mapping[str, Json],
    why: str,
    *,
    seconds: float = WAIT_SECONDS,
) -> str:
    """The operation's id. TargetError while somebody holds the platform and does not lend it."""
    until = time.monotonic() + seconds
    while True:
        try:
            return performer.start(kind, arguments, why=why)
        except TargetError as error:
            may_wait = kind in URGENT and error.part == "lock" and _has_host(performer)
            if not may_wait or time.monotonic() >= until:
                raise
        time.sleep(RETRY_SECONDS)


def _has_host(performer: Performs) -> bool:
    return any(each.kind == HOSTS and each.ended is None for each in performer.newest(1))
