"""Windows touch, overlap, cross midnight, and are afternoon elsewhere."""

from hypothesis import given
from hypothesis import strategies as st

from groundplan.checks.numbers.windows import (
    WEEK,
    LocalTime,
    clock,
    local_times,
    overlap_minutes,
    spans_of,
)
from groundplan.units import TimeWindow, WeeklyWindow

MINUTES = st.integers(0, 1439)
BACKUP = TimeWindow.parse("03:00-04:00")
MAINTENANCE = WeeklyWindow.parse("sun:04:00-sun:05:00")
SNAPSHOT = TimeWindow.parse("03:00-05:00")


def window(start: int, end: int) -> TimeWindow:
    return TimeWindow.parse(f"{clock(start)}-{clock(end if end != start else (start + 1) % 1440)}")


def test_windows_that_touch_do_not_overlap() -> None:
    assert overlap_minutes(BACKUP, MAINTENANCE) == 0


def test_the_documents_snapshot_overlaps_both() -> None:
    assert overlap_minutes(SNAPSHOT, BACKUP) == 7 * 60
    assert overlap_minutes(SNAPSHOT, MAINTENANCE) == 60


def test_windows_cross_midnight_and_the_end_of_the_week() -> None:
    night = TimeWindow.parse("23:30-00:30")
    assert overlap_minutes(night, TimeWindow.parse("00:00-01:00")) == 7 * 30
    weekend = WeeklyWindow.parse("sun:23:00-mon:01:00")
    assert overlap_minutes(weekend, night) == 60
    assert sum(span.end - span.start for span in spans_of(weekend)) == 120


@given(MINUTES, MINUTES, MINUTES, MINUTES)
def test_overlap_does_not_depend_on_the_order(a: int, b: int, c: int, d: int) -> None:
    one, other = window(a, b), window(c, d)
    assert overlap_minutes(one, other) == overlap_minutes(other, one)
    assert overlap_minutes(one, one) == 7 * one.minutes
    assert all(0 <= span.start < span.end <= WEEK for span in spans_of(one))


def test_three_in_the_morning_is_afternoon_in_sydney() -> None:
    summer, winter = local_times(SNAPSHOT, (660, 600))
    assert (str(summer), str(winter)) == ("14:00-16:00", "13:00-15:00")
    assert summer.minutes_within(9 * 60, 17 * 60) == 120
    (tokyo,) = local_times(SNAPSHOT, (540, 540))
    assert str(tokyo) == "12:00-14:00"


def test_a_window_past_midnight_counts_the_next_morning() -> None:
    late = LocalTime(start_minute=23 * 60, end_minute=25 * 60)
    assert late.minutes_within(0, 9 * 60) == 60
    assert late.minutes_within(9 * 60, 17 * 60) == 0
