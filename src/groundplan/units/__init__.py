"""Quantities of the platform file. Each is compared by value and prints the way it was written.

`parse` accepts the forms that `forms` names and raises ValueError, in words, for anything else.
"""

from groundplan.units.amounts import (
    Bytes,
    Count,
    CpuQuantity,
    MemoryQuantity,
    Money,
    Percent,
    Version,
)
from groundplan.units.bounds import Rate, Threshold
from groundplan.units.quantity import Quantity, Slips
from groundplan.units.times import Duration, TimeWindow, WeeklyWindow

__all__ = [
    "Bytes",
    "Count",
    "CpuQuantity",
    "Duration",
    "MemoryQuantity",
    "Money",
    "Percent",
    "Quantity",
    "Rate",
    "Slips",
    "Threshold",
    "TimeWindow",
    "Version",
    "WeeklyWindow",
]
