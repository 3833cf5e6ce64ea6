"""What is kept and what goes, hour by hour of a calendar with its leap days."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.parquet.keep import Keep, expired
from groundplan.parquet.partition import DAILY, HOURLY, Partition
from groundplan.units import Duration

CLASSES = {
    "class=application": "90 days",
    "class=security": "1 year",
    "class=audit": "7 years",
    "class=debug": "7 days",
}
KEEPS = {prefix: Keep.of(Duration.parse(text)) for prefix, text in CLASSES.items()}
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def day(year: int, month: int, number: int, hour: int = 0) -> datetime:
    return datetime(year, month, number, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment", "until"),
    [
        ("7 days", day(2028, 2, 27), day(2028, 3, 5)),
        ("1 year", day(2027, 3, 1), day(2028, 3, 1)),  # 366 days: 365.25 would be too few
        ("1 year", day(2028, 2, 29, 10), day(2029, 3, 1)),
        ("7 years", day(2026, 6, 1), day(2033, 6, 1)),
        ("3 months", day(2026, 11, 30), day(2027, 3, 1)),
        ("1 year 6 months", day(2026, 1, 31), day(2027, 7, 31)),
        ("2 years 12h", day(2026, 1, 1), day(2028, 1, 1, 12)),
        ("90 days", day(2026, 1, 1), day(2026, 4, 1)),
    ],
)
def test_years_and_months_are_those_of_the_calendar(
    text: str, moment: datetime, until: datetime
) -> None:
    assert Keep.of(Duration.parse(text)).until(moment) == until


def test_parts_of_a_year_are_as_long_as_they_are() -> None:
    keep = Keep.of(Duration.parse("1.5 years"))
    assert (keep.months, keep.seconds) == (0, 1.5 * 31_557_600)


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)),
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)),
    st.sampled_from(["7 days", "1 month", "1 year", "7 years", "1 year 3 days"]),
)
def test_what_is_younger_is_never_kept_shorter(a: datetime, b: datetime, text: str) -> None:
    keep = Keep.of(Duration.parse(text))
    older, younger = sorted((a.replace(tzinfo=UTC), b.replace(tzinfo=UTC)))
    assert keep.until(older) <= keep.until(younger)


def test_a_partition_goes_when_its_newest_record_may_go() -> None:
    hour = Partition.at("class=debug", day(2026, 1, 1, 9).timestamp())
    (last,) = (day(2026, 1, 8, 10),)
    assert expired([hour], KEEPS, last - timedelta(microseconds=1)) == ()
    (found,) = expired([hour], KEEPS, last)
    assert found.because == (
        "class=debug/year=2026/month=01/day=01/hour=09: its newest record was to be kept for "
        "7 days, until 2026-01-08 10:00"
    )


def test_what_nobody_promised_is_kept() -> None:
    assert expired([Partition.at("class=other", 0.0)], KEEPS, day(2099, 1, 1)) == ()


@pytest.mark.parametrize("depth", [DAILY, HOURLY])
def test_eight_years_of_every_class(depth: int) -> None:
    """Each hour (or day) writes a partition of each class; the clock runs over 2026 to 2033.

    Whatever is left must be exactly what the file promises, counted apart from our arithmetic.
    """
    step = timedelta(hours=1) if depth == HOURLY else timedelta(days=1)
    living: set[Partition] = set()
    gone: dict[Partition, datetime] = {}
    now, look = BEGIN, timedelta(days=20)
    ends = day(2034, 1, 2)
    written = BEGIN
    while now <= ends:
        while written < now:
            stamp = written.timestamp()
            living |= {Partition.at(prefix, stamp, depth) for prefix in CLASSES}
            written += step * (1 if depth == DAILY else 97)  # every 97th hour
        for expiry in expired(living, KEEPS, now):
            living.remove(expiry.partition)
            gone[expiry.partition] = now
        now += look
    for partition, when in gone.items():
        assert promised_until(partition) <= when < promised_until(partition) + look
    for partition in living:
        assert promised_until(partition) > now - look
    leap_days = {p.begins.date() for p in gone if (p.begins.month, p.begins.day) == (2, 29)}
    assert depth == HOURLY or len(leap_days) == 2, "2028 and 2032"


def promised_until(partition: Partition) -> datetime:
    """By the calendar's own words, without Keep."""
    end = partition.ends
    match partition.prefix:
        case "class=application":
            return end + timedelta(days=90)
        case "class=debug":
            return end + timedelta(days=7)
        case "class=security":
            years = 1
        case _:
            years = 7
    if (end.month, end.day) == (2, 29) and (end.year + years) % 4:
        return day(end.year + years, 3, 1)
    return end.replace(year=end.year + years)
