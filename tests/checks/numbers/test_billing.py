"""Tiers and months."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.checks.numbers.billing import Tier, gb_for, gb_per_month, monthly, tiered_cost

EGRESS = (
    Tier(usd_per_gb=Decimal("0.09"), size_gb=Decimal(10_240)),
    Tier(usd_per_gb=Decimal("0.085"), size_gb=Decimal(40_960)),
    Tier(usd_per_gb=Decimal("0.07"), size_gb=Decimal(102_400)),
    Tier(usd_per_gb=Decimal("0.05")),
)


def test_two_thousand_dollars_buy_22_terabytes() -> None:
    bought = gb_for(Decimal(2000), EGRESS)
    assert bought is not None
    assert round(bought / 1024, 1) == Decimal("22.4")


def test_ten_kilobytes_five_thousand_times_a_second_cost_9385_dollars() -> None:
    cost = tiered_cost(gb_per_month(5000 * 10_000), EGRESS)
    assert cost is not None
    assert round(cost) == 9386


def test_a_flow_beyond_the_last_tier_has_no_known_cost() -> None:
    assert tiered_cost(Decimal(20_000), EGRESS[:1]) is None
    assert gb_for(Decimal(1_000_000), EGRESS[:1]) is None


def test_free_tiers_cost_nothing_and_buy_everything() -> None:
    free = Tier(usd_per_gb=Decimal(0), size_gb=Decimal(100))
    assert tiered_cost(Decimal(100), (free,)) == 0
    assert gb_for(Decimal(9), (free, *EGRESS)) == 200
    assert gb_for(Decimal(9), (Tier(usd_per_gb=Decimal(0)),)) is None


def test_a_month_has_730_hours() -> None:
    assert monthly(Decimal("0.17"), 20) == Decimal("2482.00")


@given(st.decimals(0, 1_000_000, places=2))
def test_what_an_amount_costs_buys_it_again(gb: Decimal) -> None:
    cost = tiered_cost(gb, EGRESS)
    assert cost is not None
    assert gb_for(cost, EGRESS) == pytest.approx(gb, rel=Decimal("1e-12"))
