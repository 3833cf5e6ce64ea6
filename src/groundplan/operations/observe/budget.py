"""What is left of an error budget, and when it will be gone. Pure; Decimal, never a float's 0.0010.

Counts of several regions add up, so that each request weighs the same wherever it was served.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from groundplan.design.burn import FAILURES_MIN, PERIOD_DAYS
from groundplan.design.objectives import Objective
from groundplan.promise.promise import Verdict

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many requests there were in a window, and how many of them were bad."""

    bad: Decimal = Decimal(0)
    total: Decimal = Decimal(0)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(bad=self.bad + other.bad, total=self.total + other.total)

    @property
    def ratio(self) -> Decimal | None:
        """The share of bad ones; None when there were none at all."""
        return self.bad / self.total if self.total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How an objective stands over its period, and over the last hour."""

    objective: Objective
    period: Counts
    hour: Counts

    @property
    def spent(self) -> Decimal | None:
        """The share of the budget that is spent; above 1 the promise is broken."""
        ratio = self.period.ratio
        return None if ratio is None else ratio / self.objective.budget

    @property
    def left(self) -> Decimal | None:
        """The share that is left; below 0 when more was spent than there was."""
        return None if self.spent is None else 1 - self.spent

    @property
    def burn(self) -> Decimal | None:
        """How many times faster than allowed it burnt in the last hour."""
        ratio = self.hour.ratio
        return None if ratio is None else ratio / self.objective.budget

    @property
    def exhausted_in_seconds(self) -> Decimal | None:
        """How long the rest lasts at the last hour's pace; None when it lasts the period, or when
        so few failed that a pace is chance."""
        if self.left is None or self.burn is None or self.hour.bad < FAILURES_MIN:
            return None
        if self.left <= 0:
            return Decimal(0)
        if self.burn <= 1:
            return None
        return self.left / self.burn * PERIOD_DAYS * SECONDS_PER_DAY

    @property
    def verdict(self) -> Verdict:
        """Broken when it is spent; unknown while too few requests were counted to tell.

        One failure in the fewest requests of which one may fail is the least that can be told.
        """
        if self.spent is None:
            return Verdict.UNKNOWN
        fewest = 1 / self.objective.budget
        if self.period.bad > max(self.period.total, fewest) * self.objective.budget:
            return Verdict.BROKEN
        return Verdict.KEPT if self.period.total >= fewest else Verdict.UNKNOWN


def budget(objective: Objective, period: Iterable[Counts], hour: Iterable[Counts]) -> Budget:
    """The budget of a whole platform from what each region counted."""
    return Budget(
        objective=objective,
        period=sum(period, start=Counts()),
        hour=sum(hour, start=Counts()),
    )
