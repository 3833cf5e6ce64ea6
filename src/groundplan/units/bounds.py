"""Amounts in a time and bounds on measured values: "1GB/hour", "< 200ms (p95)"."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Self

from groundplan.units.amounts import GROUPED, Bytes, Count, Percent
from groundplan.units.quantity import NUMBER, Quantity, Slips
from groundplan.units.times import DURATION, TIME_WORDS, Duration


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Rate(Quantity):
    """So much in a time: "2000 requests/5min", "1GB/hour". Data is counted in bytes."""

    of: str  # "bytes", "requests", "writes", ...
    per_second: float
    amount: float = field(compare=False)
    window: Duration = field(compare=False)

    forms: ClassVar[str] = "an amount, what is counted, a slash and a length of time"
    what: ClassVar[str] = "a rate"
    slips: ClassVar[Slips] = (
        (r" (?:per|in|every) ", "/"),
        (r"^([\d,]+) ?/", r"\1 requests/"),
    )
    examples: ClassVar[tuple[str, ...]] = ("2000 requests/5min", "1GB/hour")
    pattern: ClassVar[str] = (
        rf"(?:({NUMBER} ?(?:[kKMGTP]iB?|[kKMGTP]?B))|({GROUPED}) ?([a-z]+)) ?/ ?"
        rf"({DURATION}|{TIME_WORDS})"
    )

    @classmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        data, count, noun, time = groups
        window = Duration.parse(time if time[0].isdigit() else f"1{time}")
        if window.seconds == 0:
            raise ValueError(f'"{text}" counts over no time at all')
        amount = float(Bytes.parse(data).bytes if data else Count.parse(count).value)
        return cls(
            text=text,
            of="bytes" if data else noun,
            per_second=amount / window.seconds,
            amount=amount,
            window=window,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold(Quantity):
    """A bound on a measured value: "< 200ms (p95)", "< 1%". `quantile` is 0.95 for p95."""

    operator: str
    limit: Duration | Percent | Count
    quantile: float | None

    forms: ClassVar[str] = "<, <=, > or >=, then a time, a percentage or a number, and maybe (p95)"
    what: ClassVar[str] = "a bound"
    slips: ClassVar[Slips] = (
        (r"^=([<>])", r"\1="),
        (r" (p[\d.]+)$", r" (\1)"),
        (r"^(?=\d)", "< "),
    )
    examples: ClassVar[tuple[str, ...]] = ("< 200ms (p95)", "< 1%", "< 3s")
    pattern: ClassVar[str] = (
        rf"(<=?|>=?) ?(?:({DURATION})|({NUMBER} ?%)|({GROUPED}))(?: ?\(p([0-9]+(?:\.[0-9]+)?)\))?"
    )

    @classmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        operator, time, share, count, quantile = groups
        limit = (
            Duration.parse(time) if time else Percent.parse(share) if share else Count.parse(count)
        )
        if quantile is not None and not 0 < Decimal(quantile) < 100:
            raise ValueError(f'"{text}" names a percentile that is not between p0 and p100')
        return cls(
            text=text,
            operator=operator,
            limit=limit,
            quantile=float(Decimal(quantile) / 100) if quantile else None,
        )
