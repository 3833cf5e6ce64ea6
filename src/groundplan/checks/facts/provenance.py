"""Where a figure comes from: every row of every table carries a Fact, and output shows it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from groundplan.errors import Place


class Confidence(StrEnum):
    """How well a figure is known; the first is the best."""

    FACT = "fact"  # read in the provider's own list, or in one generated from it
    INFERRED = "inferred"  # derived from a fact, or read in sources that differ a little
    MEMORY = "memory"  # known, not looked up again on that date


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One row's provenance. `as_of` is the day on which the source was read or generated."""

    table: str
    key: str
    as_of: date
    source: str
    confidence: Confidence
    note: str = ""
    place: Place | None = None  # in the user's own table; None for a table of the package

    def age(self, today: date) -> int:
        """Days since the figure was read; never negative."""
        return max(0, (today - self.as_of).days)

    def __str__(self) -> str:
        where = f"your {self.place}" if self.place else self.table
        return f"{where}: {self.key}, {self.confidence} as of {self.as_of} ({self.source})"
