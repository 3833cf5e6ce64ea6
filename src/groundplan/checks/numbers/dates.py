"""Years are not 365 days: what a retention in years needs in days."""

from datetime import date


def same_day_after(start: date, years: int) -> date:
    """The anniversary; 29 February goes to 1 March, so that nothing is deleted a day early."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 3, 1)


def days_of_years(start: date, years: int) -> int:
    """Days from a day to its anniversary: 2,557 for 7 years from 2026-01-01."""
    return (same_day_after(start, years) - start).days


def days_of_years_at_most(years: int) -> int:
    """The most days that so many years from any day of this century can have."""
    return 365 * years + (years + 3) // 4
