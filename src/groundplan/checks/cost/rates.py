"""Prices of one region, and the line that a quantity makes of one."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from groundplan.checks.cost.lines import CostLine, Kind
from groundplan.checks.facts import Facts, Price
from groundplan.checks.numbers.billing import GB, HOURS_PER_MONTH, TB_IN_GB, Tier
from groundplan.units import Bytes

EGRESS_TIERS: tuple[tuple[str, int | None], ...] = (
    ("egress:internet:first10TB", 10 * TB_IN_GB),
    ("egress:internet:next40TB", 40 * TB_IN_GB),
    ("egress:internet:next100TB", 100 * TB_IN_GB),
    ("egress:internet:beyond150TB", None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What things cost in a region."""

    facts: Facts
    region: str

    def line(
        self,
        component: str,
        sku: str,
        quantity: Decimal | int,
        *,
        path: str,
        kind: Kind = Kind.CAPACITY,
        note: str = "",
        assumes: tuple[str, ...] = (),
    ) -> CostLine:
        """A line at the region's price, or without one."""
        return CostLine(
            component=component,
            region=self.region,
            kind=kind,
            sku=sku,
            quantity=Decimal(quantity),
            price=self.price(sku),
            path=path,
            note=note,
            assumes=assumes,
        )

    def hourly(self, component: str, sku: str, count: Decimal | int, *, path: str) -> CostLine:
        """A line for things that run all month."""
        return self.line(component, sku, count * HOURS_PER_MONTH, path=path)

    def price(self, sku: str) -> Price | None:
        """The price of one thing here."""
        return self.facts.price(sku, self.region)

    def egress(self, gb: Decimal) -> Iterator[tuple[str, Decimal]]:
        """How a month's traffic to the internet falls into the tiers: sku and gigabytes."""
        left = gb
        for sku, size in EGRESS_TIERS:
            part = left if size is None else min(left, Decimal(size))
            if part > 0:
                yield sku, part
            left -= part


def egress_tiers(facts: Facts, region: str) -> tuple[Tier, ...] | None:
    """The tiers of traffic to the internet; None where the first price is not known."""
    tiers = []
    for sku, size in EGRESS_TIERS:
        price = facts.price(sku, region)
        if price is None:
            break
        tiers.append(Tier(usd_per_gb=price.usd, size_gb=Decimal(size) if size else None))
    return tuple(tiers) or None


def provisioned_gb(size: Bytes) -> Decimal:
    """The gigabytes that a provider sets up: who writes 500GB gets 500, as who writes 500Gi."""
    thousands = Decimal(size.bytes) / 10**9
    whole = thousands == thousands.to_integral_value()
    return thousands if whole else Decimal(size.bytes) / GB
