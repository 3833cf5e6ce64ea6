"""Every row of the package's tables is readable, dated, and makes sense."""

import zoneinfo
from datetime import date, datetime

import pytest

from groundplan.checks import facts
from groundplan.checks.facts.packaged import packaged, text_of
from groundplan.checks.facts.reading import Lines, rows_of
from groundplan.checks.facts.tables import (
    ALL_TABLES,
    ENGINES,
    INSTANCES,
    PRICES,
    REGIONS,
    SLAS,
    Table,
)

KNOWN = facts.load()
NAMES = [table.name for table in ALL_TABLES]


@pytest.mark.parametrize("table", ALL_TABLES, ids=NAMES)
def test_every_line_is_a_row(table: Table[object]) -> None:
    rows, problems = rows_of(table, Lines(file=None, text=text_of(table)))
    assert problems == ()
    assert dict(packaged(table)) == rows


@pytest.mark.parametrize("table", ALL_TABLES, ids=NAMES)
def test_rows_are_dated_and_sourced(table: Table[object]) -> None:
    rows = list(KNOWN.rows(table))
    assert rows
    assert KNOWN.oldest(table) >= date(2019, 1, 1)
    assert KNOWN.age(date(2018, 1, 1), table) == 0


def test_age_is_that_of_the_oldest_row() -> None:
    today = date(2026, 11, 24)
    assert KNOWN.age(today) == max(KNOWN.age(today, table) for table in ALL_TABLES)
    price = KNOWN.price("ec2:m5.large:linux:ondemand", "us-east-1")
    assert price is not None
    assert price.fact.age(today) == 309
    assert price.fact.age(date(2020, 1, 1)) == 0
    assert str(price.fact).startswith("prices: ec2:m5.large:linux:ondemand us-east-1, fact as of")


def test_no_price_is_nothing() -> None:
    assert [row.sku for row in KNOWN.rows(PRICES) if row.usd <= 0] == []


def test_what_pods_get_is_less_than_what_the_machine_has() -> None:
    for row in KNOWN.rows(INSTANCES):
        if row.allocatable_vcpu is not None:
            assert row.allocatable_memory_gib is not None
            assert 0 < row.allocatable_vcpu < row.vcpu
            assert 0 < row.allocatable_memory_gib < row.memory_gib


def test_positions_are_on_earth() -> None:
    for row in KNOWN.rows(REGIONS):
        assert -90 <= row.latitude <= 90, row.name
        assert -180 <= row.longitude <= 180, row.name


def test_contracts_are_percentages() -> None:
    assert all(90 <= row.monthly_percent <= 100 for row in KNOWN.rows(SLAS))


def test_lines_end_after_they_began() -> None:
    for row in KNOWN.rows(ENGINES):
        if row.released and row.end_of_life:
            assert row.released < row.end_of_life, row.line


@pytest.mark.skipif(
    "Europe/Dublin" not in zoneinfo.available_timezones(), reason="no time zone database here"
)
def test_offsets_agree_with_the_time_zone_database() -> None:
    for row in KNOWN.rows(REGIONS):
        zone = zoneinfo.ZoneInfo(row.timezone)
        offsets = [datetime(2026, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)]
        minutes = [offset.total_seconds() / 60 for offset in offsets if offset is not None]
        assert minutes == [row.utc_offset_january, row.utc_offset_july], row.name
