"""Lengths of time and windows: "4 hours", "03:00-04:00", "sun:04:00-sun:05:00"."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

from groundplan.units.quantity import NUMBER, Quantity, Slips

_SECONDS = {
    Decimal("0.001"): ("ms", "millisecond", "milliseconds"),
    Decimal(1): ("s", "sec", "second", "seconds"),
    Decimal(60): ("m", "min", "minute", "minutes"),
    Decimal(3600): ("h", "hour", "hours"),
    Decimal(86_400): ("d", "day", "days"),
    Decimal(604_800): ("w", "week", "weeks"),
    Decimal(2_629_800): ("month", "months"),
    Decimal(31_557_600): ("year", "years"),  # 365.25 days, so that 7 years hold their leap days
}
_SECONDS_OF = {word: seconds for seconds, words in _SECONDS.items() for word in words}
TIME_WORDS = "|".join(sorted(_SECONDS_OF, key=len, reverse=True))
DURATION = rf"{NUMBER} ?(?:{TIME_WORDS})(?: ?{NUMBER} ?(?:{TIME_WORDS}))*"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Duration(Quantity):
    """A length of time: "4 hours", "5m", "1h30m", "200ms"."""

    seconds: float

    what: ClassVar[str] = "a length of time"
    forms: ClassVar[str] = "a number and ms, s, m, hours, days, weeks, months or years"
    slips: ClassVar[Slips] = (
        (r"(?i)hrs?\b", "hours"),
        (r"(?i)(mins|secs)\b", lambda found: found[1][:3]),
        (r"[A-Z]", lambda found: found[0].lower()),
        (r",", "."),
    )
    examples: ClassVar[tuple[str, ...]] = ("4 hours", "5m", "120s", "90 days")
    pattern: ClassVar[str] = DURATION

    @property
    def days(self) -> float:
        """The same length in days of 24 hours."""
        return self.seconds / 86_400

    @classmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        pieces = re.findall(rf"({NUMBER}) ?({TIME_WORDS})", text)
        total = sum(Decimal(number) * _SECONDS_OF[word] for number, word in pieces)
        return cls(text=text, seconds=float(total))


_CLOCK = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKLY = rf"({'|'.join(_DAYS)}):{_CLOCK}"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TimeWindow(Quantity):
    """A daily window in UTC, from the first minute up to but not including the last."""

    start_minute: int
    end_minute: int  # smaller than the start when the window crosses midnight

    what: ClassVar[str] = "a daily window"
    forms: ClassVar[str] = "HH:MM-HH:MM in UTC, by a clock of 24 hours"
    slips: ClassVar[Slips] = ((r" ", ""), (r"\b(\d):", r"0\1:"))
    examples: ClassVar[tuple[str, ...]] = ("03:00-04:00",)
    pattern: ClassVar[str] = f"{_CLOCK}-{_CLOCK}"

    @property
    def minutes(self) -> int:
        """How long it is open."""
        return (self.end_minute - self.start_minute) % 1440

    @classmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        start, end = _minute(groups[:2]), _minute(groups[2:])
        if start == end:
            raise ValueError(f'"{text}" opens and closes at the same minute')
        return cls(text=text, start_minute=start, end_minute=end)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class WeeklyWindow(Quantity):
    """A weekly window in UTC; minutes count from Monday 00:00."""

    start_minute: int
    end_minute: int

    what: ClassVar[str] = "a weekly window"
    forms: ClassVar[str] = "ddd:HH:MM-ddd:HH:MM in UTC, with mon, tue, wed, thu, fri, sat or sun"
    slips: ClassVar[Slips] = (
        (r" ", ""),
        (r"(?i)\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*", lambda found: found[1].lower()),
        (r"^(\w{3}):([\d:]+)-(?=\d)", r"\1:\2-\1:"),
    )
    examples: ClassVar[tuple[str, ...]] = ("sun:04:00-sun:05:00",)
    pattern: ClassVar[str] = f"{_WEEKLY}-{_WEEKLY}"

    @property
    def minutes(self) -> int:
        """How long it is open."""
        return (self.end_minute - self.start_minute) % (7 * 1440)

    @classmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        start = _DAYS.index(groups[0]) * 1440 + _minute(groups[1:3])
        end = _DAYS.index(groups[3]) * 1440 + _minute(groups[4:])
        if start == end:
            raise ValueError(f'"{text}" opens and closes at the same minute')
        return cls(text=text, start_minute=start, end_minute=end)


def _minute(clock: tuple[Any, ...]) -> int:
    return int(clock[0]) * 60 + int(clock[1])
