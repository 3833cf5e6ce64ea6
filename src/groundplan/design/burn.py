"""How fast an error budget may burn before somebody is told: the windows and their arithmetic.

Source: Google, The Site Reliability Workbook, chapter 5. Decimal, so that 99.9 % leaves 0.1 %.
"""

from dataclasses import dataclass
from decimal import Decimal

PERIOD_DAYS = 30  # what an objective is promised over
# Fewer failures than these in the long window tell nothing: one failed request of the three that
# a quiet hour has is 33 %, and no reason to wake somebody.
FAILURES_MIN = 5
HOURS_PER_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Told when both windows burn: the long one says it matters, the short one that it goes on.

    `share` of the period's budget is gone when errors have burnt it for the long window.
    """

    severity: str  # "page" or "ticket"
    short: str  # as Prometheus writes it
    long: str
    long_hours: int
    share: Decimal

    @property
    def burn(self) -> Decimal:
        """How many times faster than allowed: 14.4 spends 2 % of 30 days in an hour."""
        return self.share * PERIOD_DAYS * HOURS_PER_DAY / self.long_hours

    def threshold(self, budget: Decimal) -> Decimal:
        """The share of failures above which it burns that fast."""
        return self.burn * budget


WINDOWS = (
    Window(severity="page", short="5m", long="1h", long_hours=1, share=Decimal("0.02")),
    Window(severity="page", short="30m", long="6h", long_hours=6, share=Decimal("0.05")),
    Window(severity="ticket", short="2h", long="1d", long_hours=24, share=Decimal("0.1")),
    Window(severity="ticket", short="6h", long="3d", long_hours=72, share=Decimal("0.1")),
)


def windows(severity: str, budget: Decimal) -> tuple[Window, ...]:
    """The windows of a severity that can be reached: no more than all requests can fail."""
    return tuple(
        window for window in WINDOWS if window.severity == severity and window.threshold(budget) < 1
    )


def plain(number: Decimal) -> str:
    """0.0144, neither 1.44E-2 nor 0.01440."""
    return f"{number.normalize():f}"
