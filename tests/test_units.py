"""Quantities: what is accepted, what it is worth, that it prints the way it was written."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from groundplan.spec.backup import Frequency
from groundplan.units import (
    Bytes,
    Count,
    CpuQuantity,
    Duration,
    MemoryQuantity,
    Money,
    Percent,
    Quantity,
    Rate,
    Threshold,
    TimeWindow,
    Version,
    WeeklyWindow,
)
from groundplan.units.quantity import TEXT_MAX

KINDS: tuple[type[Quantity], ...] = (
    Bytes,
    Count,
    CpuQuantity,
    Duration,
    Frequency,
    MemoryQuantity,
    Money,
    Percent,
    Rate,
    Threshold,
    TimeWindow,
    Version,
    WeeklyWindow,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("4 hours", 14_400),
        ("1 hour", 3600),
        ("5m", 300),
        ("120s", 120),
        ("15s", 15),
        ("1h30m", 5400),
        ("1 hour 30 minutes", 5400),
        ("90 days", 7_776_000),
        ("200ms", 0.2),
        ("0.5s", 0.5),
        ("1 year", 31_557_600),
        ("7 years", 7 * 31_557_600),
        ("2 weeks", 1_209_600),
    ],
)
def test_duration_is_counted_in_seconds(text: str, seconds: float) -> None:
    assert Duration.parse(text).seconds == seconds


def test_seven_years_hold_their_leap_days() -> None:
    assert Duration.parse("7 years").days == 2556.75


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("500GB", 500 * 10**9),
        ("100 GB", 100 * 10**9),
        ("4Gi", 4 * 2**30),
        ("4GiB", 4 * 2**30),
        ("1.5TB", 1_500 * 10**9),
        ("512B", 512),
        ("1kB", 1000),
    ],
)
def test_bytes_know_powers_of_ten_from_powers_of_two(text: str, count: int) -> None:
    assert Bytes.parse(text).bytes == count


@pytest.mark.parametrize(
    ("text", "count"), [("512Mi", 512 * 2**20), ("1Gi", 2**30), ("1G", 10**9), ("64Ki", 65_536)]
)
def test_memory_is_read_as_kubernetes_reads_it(text: str, count: int) -> None:
    assert MemoryQuantity.parse(text).bytes == count


@pytest.mark.parametrize("text", ["512MB", "512m", "1ki", "1K", "i"])
def test_memory_that_kubernetes_refuses_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="amount of memory"):
        MemoryQuantity.parse(text)


@pytest.mark.parametrize(("text", "cores"), [("250m", 0.25), ("2", 2.0), ("0.5", 0.5)])
def test_processor_time_is_counted_in_cores(text: str, cores: float) -> None:
    assert CpuQuantity.parse(text).cores == cores


@pytest.mark.parametrize(
    ("text", "amount"), [("$10,000", "10000"), ("$2,000", "2000"), ("$99.50", "99.50")]
)
def test_money_is_exact(text: str, amount: str) -> None:
    assert Money.parse(text).amount == Decimal(amount)


def test_percent_is_exact_and_a_ratio() -> None:
    target = Percent.parse("99.9%")
    assert target.percent == Decimal("99.9")
    assert target.ratio == 0.999


def test_count_reads_thousands_separators() -> None:
    assert Count.parse("10,000").value == 10_000
    assert Count.parse("10000") == Count.parse("10,000")


def test_rate_of_requests() -> None:
    rate = Rate.parse("2000 requests/5min")
    assert (rate.amount, rate.of, rate.window.seconds) == (2000, "requests", 300)
    assert rate.per_second == pytest.approx(6.667, abs=0.001)


def test_rate_of_data_is_counted_in_bytes() -> None:
    rate = Rate.parse("1GB/hour")
    assert (rate.amount, rate.of, rate.window.seconds) == (10**9, "bytes", 3600)


def test_threshold_with_a_percentile() -> None:
    bound = Threshold.parse("< 200ms (p95)")
    assert bound.operator == "<"
    assert bound.limit == Duration.parse("0.2s")
    assert bound.quantile == 0.95


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("< 1%", Percent.parse("1%")),
        ("< 3s", Duration.parse("3s")),
        (">= 5,000", Count.parse("5,000")),
    ],
)
def test_threshold_of_other_kinds(text: str, limit: Quantity) -> None:
    bound = Threshold.parse(text)
    assert bound.limit == limit
    assert bound.quantile is None


def test_daily_window_crosses_midnight() -> None:
    window = TimeWindow.parse("23:30-00:30")
    assert (window.start_minute, window.end_minute, window.minutes) == (1410, 30, 60)


def test_weekly_window_counts_from_monday() -> None:
    window = WeeklyWindow.parse("sun:04:00-sun:05:00")
    assert window.start_minute == 6 * 1440 + 240
    assert window.minutes == 60


def test_version_15_10_is_after_15_9_and_keeps_its_zero() -> None:
    assert Version.parse("15.10") > Version.parse("15.9")
    assert str(Version.parse("15.10")) == "15.10"
    assert Version.parse("15.10").major == 15


@pytest.mark.parametrize(
    ("text", "seconds"), [("daily", 86_400), ("every 15m", 900), ("on_change", None)]
)
def test_frequency_has_an_interval_or_none(text: str, seconds: float | None) -> None:
    assert Frequency.parse(text).seconds == seconds


def test_quantities_are_equal_by_value_and_hash_alike() -> None:
    assert Duration.parse("60s") == Duration.parse("1 minute")
    assert len({Duration.parse("60s"), Duration.parse("1m"), Duration.parse("2m")}) == 2
    assert Rate.parse("60 requests/min") == Rate.parse("1 requests/s")


def said_of(kind: type[Quantity], text: str) -> str:
    """The quantity printed, or why there is none."""
    try:
        return str(kind.parse(text))
    except ValueError as refused:
        return str(refused)


@given(st.sampled_from(KINDS), st.data())
def test_every_text_of_the_pattern_prints_back_or_is_refused_in_words(
    kind: type[Quantity], data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(kind.pattern, fullmatch=True))
    said = said_of(kind, text)
    assert said == text or said.startswith(f'"{text[:TEXT_MAX]}')


@given(st.sampled_from(KINDS), st.text(max_size=200))
def test_any_text_is_read_or_refused_in_words(kind: type[Quantity], text: str) -> None:
    said = said_of(kind, text)
    assert said == text or said.startswith(f'"{text[:TEXT_MAX]}')


@pytest.mark.parametrize("kind", KINDS)
def test_each_example_is_read(kind: type[Quantity]) -> None:
    for example in kind.examples:
        assert str(kind.parse(example)) == example


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_names_the_forms_that_are_accepted(kind: type[Quantity]) -> None:
    with pytest.raises(ValueError, match="nonsense") as refused:
        kind.parse("nonsense!")
    assert kind.what in str(refused.value)
    assert kind.forms in str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
def test_digits_without_end_are_refused(kind: type[Quantity]) -> None:
    with pytest.raises(ValueError, match="99999"):
        kind.parse("9" * 100_000)


@pytest.mark.parametrize(
    ("kind", "slip", "meant"),
    [
        (Duration, "4 hrs", "4 hours"),
        (Duration, "10 MINS", "10 min"),
        (Duration, "1,5 hours", "1.5 hours"),
        (Bytes, "500gb", "500GB"),
        (MemoryQuantity, "512MB", "512Mi"),
        (Money, "10,000", "$10,000"),
        (Money, "$10.000", "$10,000"),
        (Percent, "99,9%", "99.9%"),
        (Rate, "2000/5min", "2000 requests/5min"),
        (Rate, "1GB per hour", "1GB/hour"),
        (Threshold, "=< 200ms p95", "<= 200ms (p95)"),
        (TimeWindow, "3:00 - 4:00", "03:00-04:00"),
        (WeeklyWindow, "Sunday:04:00-05:00", "sun:04:00-sun:05:00"),
        (Frequency, "every day", "daily"),
        (Duration, "soon", None),
    ],
)
def test_a_slip_is_understood(kind: type[Quantity], slip: str, meant: str | None) -> None:
    assert kind.guess(slip) == meant


def test_a_quantity_is_a_field_type() -> None:
    adapter = TypeAdapter(Duration)
    value = adapter.validate_python("4 hours")
    assert adapter.validate_python(value) is value
    assert adapter.dump_json(value) == b'"4 hours"'
    schema = adapter.json_schema()
    assert schema["type"] == "string"
    assert "4 hours" in schema["examples"]


def test_a_bare_number_has_no_unit() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Duration).validate_python(4)
    assert TypeAdapter(Percent).validate_python(95) == Percent.parse("95%")


def test_true_is_not_a_number() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Percent).validate_python(True)


def test_a_quantity_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Duration.parse("4 hours").seconds = 1.0  # type: ignore[misc]
