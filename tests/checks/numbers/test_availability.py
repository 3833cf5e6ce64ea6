"""Error budgets and rows of parts, against the figures of the SRE workbook and the document."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from groundplan.checks.numbers.availability import (
    ErrorBudget,
    outage_minutes,
    parallel,
    serial,
)

RATIOS = st.lists(st.decimals(0, 1, places=6), min_size=1, max_size=6)


def test_three_nines_leave_43_minutes_of_30_days() -> None:
    assert ErrorBudget(target_percent=Decimal("99.9")).minutes == Decimal("43.2")


def test_four_hours_take_five_and_a_half_months_of_budget() -> None:
    share = ErrorBudget(target_percent=Decimal("99.9")).share(Decimal(240))
    assert share is not None
    assert round(share, 2) == Decimal("5.56")


def test_canary_that_allows_five_percent_burns_fifty_times_the_budget() -> None:
    assert ErrorBudget(target_percent=Decimal("99.9")).burn_rate(Decimal("0.05")) == 50


def test_perfect_objective_has_no_budget_to_share() -> None:
    budget = ErrorBudget(target_percent=Decimal(100))
    assert budget.minutes == 0
    assert budget.share(Decimal(1)) is None
    assert budget.burn_rate(Decimal("0.1")) is None


def test_four_contracts_in_a_row_miss_three_nines() -> None:
    whole = serial(Decimal(text) for text in ("0.9995", "0.9999", "0.9995", "0.9999"))
    assert round(whole * 100, 3) == Decimal("99.880")
    assert round(outage_minutes(whole), 1) == Decimal("51.8")


@given(RATIOS)
def test_a_row_is_no_better_than_its_worst_part(ratios: list[Decimal]) -> None:
    assert serial(ratios) <= min(ratios)


@given(RATIOS)
def test_a_choice_is_no_worse_than_its_best_part(ratios: list[Decimal]) -> None:
    assert parallel(ratios) >= max(ratios)
