"""Windows in UTC: whether two overlap, and what time it is in a region meanwhile.

Windows are half-open: 03:00-04:00 and 04:00-05:00 touch and do not overlap. Minutes of a week
count from Monday 00:00.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from groundplan.units import TimeWindow, WeeklyWindow

DAY = 1440
WEEK = 7 * DAY
Window = TimeWindow | WeeklyWindow


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Minutes from `start` up to but not including `end`, inside one week."""

    start: int
    end: int


def spans_of(window: Window) -> tuple[Span, ...]:
    """When in a week a window is open; cut where it crosses the end of the week."""
    if isinstance(window, WeeklyWindow):
        return _cut(window.start_minute, window.minutes)
    days = range(7)
    daily = (_cut(day * DAY + window.start_minute, window.minutes) for day in days)
    return tuple(sorted(span for spans in daily for span in spans))


def overlap_minutes(a: Window, b: Window) -> int:
    """Minutes of each week in which both are open."""
    return sum(
        max(0, min(one.end, other.end) - max(one.start, other.start))
        for one in spans_of(a)
        for other in spans_of(b)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTime:
    """A window on a region's clock. Minutes of the day; `end` may be past midnight (over 1440)."""

    start_minute: int
    end_minute: int

    def __str__(self) -> str:
        return f"{clock(self.start_minute)}-{clock(self.end_minute)}"

    def minutes_within(self, first_minute: int, last_minute: int) -> int:
        """Minutes of the window between two times of the day (half-open, first before last)."""
        days = (0, DAY)
        return sum(
            max(
                0,
                min(self.end_minute, last_minute + day)
                - max(self.start_minute, first_minute + day),
            )
            for day in days
        )


def local_times(window: Window, utc_offsets_minutes: Iterable[int]) -> tuple[LocalTime, ...]:
    """The window on a region's clock at each of its offsets (winter, summer), without repeats."""
    times = {}
    for offset in utc_offsets_minutes:
        start = (window.start_minute + offset) % DAY
        times[start] = LocalTime(start_minute=start, end_minute=start + window.minutes)
    return tuple(times.values())


def clock(minute: int) -> str:
    """Minutes since midnight as 24-hour time."""
    return f"{minute % DAY // 60:02}:{minute % 60:02}"


def _cut(start: int, minutes: int) -> tuple[Span, ...]:
    end = start + minutes
    if end <= WEEK:
        return (Span(start, end),)
    return (Span(start, WEEK), Span(0, end - WEEK))
