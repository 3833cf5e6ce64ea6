"""What is left of a budget: counts of regions add up, and little knowledge is no verdict."""

from decimal import Decimal

import pytest

from groundplan.design.objectives import Objective
from groundplan.operations.observe.budget import Budget, Counts, budget
from groundplan.promise.promise import Verdict

OBJECTIVE = Objective(
    name="availability",
    promise="kpis.availability.target",
    statement="99.9% of all requests are served",
    target=Decimal("0.999"),
    bad="sum(rate(bad[$window]))",
    total="sum(rate(all[$window]))",
)
DAY = 86_400


def counts(bad: int, total: int) -> Counts:
    return Counts(bad=Decimal(bad), total=Decimal(total))


def of(period: Counts, hour: Counts | None = None) -> Budget:
    return budget(OBJECTIVE, [period], [hour or Counts()])


def test_half_of_the_allowed_failures_leave_half_of_the_budget() -> None:
    assert of(counts(5, 10_000)).left == Decimal("0.5")


def test_regions_add_up_by_their_requests() -> None:
    found = budget(OBJECTIVE, [counts(0, 9_900), counts(10, 100)], [])
    assert found.spent == 1, "a quiet region that fails weighs as much as its requests"


def test_the_rest_lasts_as_long_as_its_pace_says() -> None:
    found = of(counts(500, 1_000_000), counts(100, 10_000))
    assert found.burn == 10
    assert found.exhausted_in_seconds == Decimal("0.5") / 10 * 30 * DAY


@pytest.mark.parametrize(
    ("period", "hour", "seconds"),
    [
        (counts(0, 0), counts(0, 0), None),
        (counts(0, 10_000), counts(0, 100), None),
        (counts(1, 10_000), counts(1, 100), None),  # one failure is no pace
        (counts(100, 1_000_000), counts(5, 10_000), None),  # slower than allowed
        (counts(2_000, 1_000_000), counts(100, 10_000), 0),
    ],
)
def test_what_is_said_of_the_end(period: Counts, hour: Counts, seconds: int | None) -> None:
    assert of(period, hour).exhausted_in_seconds == seconds


@pytest.mark.parametrize(
    ("period", "verdict"),
    [
        (counts(0, 0), Verdict.UNKNOWN),
        (counts(0, 999), Verdict.UNKNOWN),
        (counts(1, 3), Verdict.UNKNOWN),  # one failure would be allowed in 1,000
        (counts(2, 3), Verdict.BROKEN),
        (counts(0, 1_000), Verdict.KEPT),
        (counts(10, 10_000), Verdict.KEPT),
        (counts(11, 10_000), Verdict.BROKEN),
    ],
)
def test_verdicts(period: Counts, verdict: Verdict) -> None:
    assert of(period).verdict is verdict
