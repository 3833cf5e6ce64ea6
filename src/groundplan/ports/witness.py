"""The Witness port: somebody who uses the platform as its users do, and remembers what they saw."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Sort(StrEnum):
    """What was asked for."""

    READ = "read"  # a request through the edge
    WRITE = "write"  # a row with a key of its own, acknowledged by the primary


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt. `sent` and `ended` are seconds since 1970; `key` names a write's row."""

    sort: Sort
    sent: float
    ended: float
    is_served: bool
    key: str = ""
    why: str = ""  # what went wrong, if anything


class Witness(Protocol):
    """Reads and writes steadily from `begin` to `end`. Bounded in rate and in time."""

    def begin(self) -> None:
        """Begins, unless it has begun already."""

    def is_watching(self) -> bool:
        """Whether it has seen everything since it began: no after a kill of its process."""

    def settles(self, *, calm_seconds: float, seconds: float) -> bool:
        """Waits until nothing has failed for so long, reads and writes both; no: the time is up."""

    def attempts(self) -> tuple[Attempt, ...]:
        """What it has seen so far, in the order in which attempts ended."""

    def present(self) -> frozenset[str]:
        """The keys of the writes that are in the database now; TargetError when nobody says."""

    def end(self) -> None:
        """Stops, and takes its rows away."""
