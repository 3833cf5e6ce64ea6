"""Years with leap days."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from groundplan.checks.numbers.dates import (
    days_of_years,
    days_of_years_at_most,
    same_day_after,
)


def test_seven_years_are_longer_than_the_document_thinks() -> None:
    assert days_of_years(date(2026, 1, 1), 7) == 2557
    assert days_of_years_at_most(7) == 2557
    assert days_of_years(date(2029, 1, 1), 3) == 365 * 3 == 1095


def test_what_began_on_a_leap_day_is_not_deleted_a_day_early() -> None:
    assert same_day_after(date(2024, 2, 29), 1) == date(2025, 3, 1)


@given(st.dates(date(2001, 1, 1), date(2060, 12, 31)), st.integers(1, 30))
def test_no_span_of_years_is_longer_than_the_longest(start: date, years: int) -> None:
    assert 365 * years <= days_of_years(start, years) <= days_of_years_at_most(years)
