"""Error budgets and availability of parts in a row. Source: Google, The Site Reliability
Workbook, chapters 2 and 5. Percentages are Decimal, so that 99.9 stays 99.9."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from math import prod

MINUTES_PER_DAY = 1440
WINDOW_DAYS = 30  # what most teams report an objective over


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBudget:
    """What an availability objective leaves for failing, over a window of days."""

    target_percent: Decimal
    window_days: int = WINDOW_DAYS

    @property
    def ratio(self) -> Decimal:
        """The share of requests or time that may fail: 0.001 for 99.9%."""
        return 1 - self.target_percent / 100

    @property
    def minutes(self) -> Decimal:
        """Minutes of full outage in the window: 43.2 for 99.9% of 30 days."""
        return self.ratio * MINUTES_PER_DAY * self.window_days

    def share(self, outage_minutes: Decimal) -> Decimal | None:
        """How many budgets one outage takes: 240 min of 99.9% take 5.56. None without a budget."""
        return outage_minutes / self.minutes if self.minutes else None

    def burn_rate(self, error_ratio: Decimal) -> Decimal | None:
        """How fast errors spend the budget; 1 spends it exactly in the window."""
        return error_ratio / self.ratio if self.ratio else None


def serial(ratios: Iterable[Decimal]) -> Decimal:
    """Availability when every part has to be up: the product, if failures are independent.

    Of contracts it gives what the contracts guarantee, not what will be measured.
    """
    return prod(ratios, start=Decimal(1))


def parallel(ratios: Iterable[Decimal]) -> Decimal:
    """Availability when one part of several is enough, if failures are independent."""
    return 1 - prod((1 - ratio for ratio in ratios), start=Decimal(1))


def outage_minutes(ratio: Decimal, window_days: int = WINDOW_DAYS) -> Decimal:
    """Minutes down in a window at an availability (as a fraction of one)."""
    return (1 - ratio) * MINUTES_PER_DAY * window_days


def at_most(percent: Decimal) -> Decimal:
    """A percentage to promise: one digit after the point, never more than can be kept."""
    return percent.quantize(Decimal("0.1"), rounding=ROUND_FLOOR)
