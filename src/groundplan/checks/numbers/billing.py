"""Months and tiers as providers bill them: a gigabyte has 2^30 bytes, a month 730 hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

HOURS_PER_MONTH = 730  # 8,760 / 12, as AWS counts
SECONDS_PER_MONTH = HOURS_PER_MONTH * 3600
GB = 2**30
TB_IN_GB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A price for the next `size_gb`; None for everything beyond."""

    usd_per_gb: Decimal
    size_gb: Decimal | None = None


def tiered_cost(gb: Decimal, tiers: Sequence[Tier]) -> Decimal | None:
    """What `gb` cost through tiers that fill one after another; None when they end too early."""
    cost, left = Decimal(0), gb
    for tier in tiers:
        part = left if tier.size_gb is None else min(left, tier.size_gb)
        cost += part * tier.usd_per_gb
        left -= part
        if not left:
            return cost
    return None if left else cost


def gb_for(budget: Decimal, tiers: Sequence[Tier]) -> Decimal | None:
    """How much a budget buys; None when it outlasts the tiers."""
    gb, left = Decimal(0), budget
    for tier in tiers:
        if not tier.usd_per_gb:
            if tier.size_gb is None:
                return None
            gb += tier.size_gb
            continue
        part = left / tier.usd_per_gb
        if tier.size_gb is None or part <= tier.size_gb:
            return gb + part
        gb, left = gb + tier.size_gb, left - tier.size_gb * tier.usd_per_gb
    return None


def gb_per_month(bytes_per_second: float) -> Decimal:
    """A month of a steady flow, in a bill's gigabytes."""
    return Decimal(str(bytes_per_second)) * SECONDS_PER_MONTH / GB


def monthly(usd_per_hour: Decimal, count: Decimal | int = 1) -> Decimal:
    """A month of something that is billed by the hour."""
    return usd_per_hour * HOURS_PER_MONTH * count
