"""One line of a bill before it comes: what, where, how much, at which price, because of which key.

A line without a known price has no amount. It is counted as unknown, never as $0.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from groundplan.checks.facts import Price


class Scale(StrEnum):
    """How much runs.

    MIN: the smallest number of machines everywhere. NORMAL: the primary regions halfway between
    smallest and largest, the secondary ones at the smallest. MAX: the largest everywhere.
    """

    MIN = "min"
    NORMAL = "normal"
    MAX = "max"


class Kind(StrEnum):
    """What makes the line grow."""

    CAPACITY = "capacity"  # what runs, whether it is used or not
    TRAFFIC = "traffic"  # requests and bytes
    STORAGE = "storage"  # what has piled up


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """`quantity` is for a month, in the unit of the price."""

    component: str
    region: str
    kind: Kind
    sku: str
    quantity: Decimal
    price: Price | None
    path: str  # the key of the file that asks for it
    note: str = ""
    assumes: tuple[str, ...] = ()

    @property
    def usd(self) -> Decimal | None:
        """What it costs in a month; None when its price is unknown."""
        return self.quantity * self.price.usd if self.price else None

    def __str__(self) -> str:
        if self.price is None:
            return f"{self.component} in {self.region}: unknown, no price for {self.sku}"
        text = f"{self.component} in {self.region}: {self.quantity:,.6g} {self.price.unit}"
        return f"{text} x ${self.price.usd} = ${self.usd:,.2f}"
