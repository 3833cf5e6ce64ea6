"""The arithmetic of error budgets: the Workbook's factors, and no 0.0009999999999998899."""

from decimal import Decimal

import pytest

from groundplan.design.burn import WINDOWS, plain, windows

BUDGET = Decimal("0.001")


def test_factors_are_those_of_the_workbook() -> None:
    assert [plain(window.burn) for window in WINDOWS] == ["14.4", "6", "3", "1"]


def test_thresholds_are_exact() -> None:
    assert [plain(w.threshold(BUDGET)) for w in WINDOWS] == ["0.0144", "0.006", "0.003", "0.001"]


@pytest.mark.parametrize(
    ("budget", "pages", "tickets"),
    [("0.001", 2, 2), ("0.05", 2, 2), ("0.1", 1, 2), ("0.5", 0, 1)],
)
def test_what_cannot_burn_that_fast_is_not_asked(budget: str, pages: int, tickets: int) -> None:
    found = (windows("page", Decimal(budget)), windows("ticket", Decimal(budget)))
    assert (len(found[0]), len(found[1])) == (pages, tickets)
