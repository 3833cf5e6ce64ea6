"""How long records are kept, by the calendar, and what may go at a moment. Pure.

"1 year" from 1 March 2027 is 1 March 2028, leap day or not. A partition goes when its newest record
is old enough: nothing younger is ever deleted with it.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from groundplan.parquet.partition import Partition
from groundplan.units import Duration

_YEARS = re.compile(r"(\d+) ?years?\b")
_MONTHS = re.compile(r"(\d+) ?months?\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """A length of time in years and months of the calendar, and a rest in seconds."""

    text: str
    months: int
    seconds: float

    @classmethod
    def of(cls, written: Duration) -> "Keep":
        """What a duration of the file means; "1.5 years" is a year and a half of 365.25 days."""
        rest = written.text
        months = 0
        for pattern, length in ((_YEARS, 12), (_MONTHS, 1)):
            for found in pattern.finditer(rest):
                if found.start() == 0 or rest[found.start() - 1] not in "0123456789.":
                    months += int(found[1]) * length
                    rest = rest.replace(found[0], " ", 1)
        rest = rest.strip()
        seconds = Duration.parse(rest).seconds if rest else 0.0
        return cls(text=written.text, months=months, seconds=seconds)

    @classmethod
    def days(cls, count: int) -> "Keep":
        """Whole days of 24 hours."""
        return cls(text=f"{count} days", months=0, seconds=float(Decimal(count) * 86_400))

    def until(self, moment: datetime) -> datetime:
        """The moment until which a record of `moment` is kept.

        29 February and a year is the beginning of 1 March: what a year lacks is no day less.
        """
        months = moment.year * 12 + moment.month - 1 + self.months
        year, month = divmod(months, 12)
        if moment.day > monthrange(year, month + 1)[1]:
            later = _first_of(months + 1, moment)
        else:
            later = moment.replace(year=year, month=month + 1)
        return later + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """A partition that may go, and the sentence why."""

    partition: Partition
    because: str


def expired(
    partitions: Iterable[Partition], keeps: Mapping[str, Keep], now: datetime
) -> tuple[Expiry, ...]:
    """What may go. A prefix that nobody promised anything of is kept."""
    return tuple(
        Expiry(
            partition=partition,
            because=(
                f"{partition.path}: its newest record was to be kept for {keep.text}, "
                f"until {keep.until(partition.ends):%Y-%m-%d %H:%M}"
            ),
        )
        for partition in sorted(partitions)
        if (keep := keeps.get(partition.prefix)) and keep.until(partition.ends) <= now
    )


def _first_of(months: int, moment: datetime) -> datetime:
    year, month = divmod(months, 12)
    return datetime(year, month + 1, 1, tzinfo=moment.tzinfo)
