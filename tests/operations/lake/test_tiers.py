"""How files age: tiers and deletion are exactly the file's days, over years with leap days."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from groundplan.design.lake import zones
from groundplan.design.lake_zone import BUCKETS
from groundplan.operations.lake.tiers import (
    ARCHIVE,
    INFREQUENT,
    Ages,
    ages,
    expiries,
    moves,
    tier_of,
    zone_of,
)
from groundplan.parquet.manifest import Listed
from groundplan.parquet.partition import DAILY, Partition
from groundplan.spec.load import load

EXAMPLE = Path(__file__).parents[3] / "examples" / "mvlbim" / "platform.yaml"
ALL = {"raw": Ages(infrequent=30, archive=90, expire=2557)}
DAY = timedelta(days=1)


def file(day: datetime, tier: str = "") -> Listed:
    partition = Partition.at("zone=raw/table=events", day.timestamp(), DAILY)
    path = f"{partition.path}/a.parquet"
    return Listed(
        path=f"{tier}/{path}" if tier else path, partition=partition, rows=1, bytes=1, batch="a"
    )


BORN = datetime(2028, 2, 29, tzinfo=UTC)
OVER = BORN + DAY  # its newest row is from just before


@pytest.mark.parametrize(
    ("age", "tier"),
    [(29.99, None), (30, INFREQUENT), (89.99, INFREQUENT), (90, ARCHIVE), (2556, ARCHIVE)],
)
def test_a_file_moves_when_its_newest_row_is_old_enough(age: float, tier: str | None) -> None:
    found = moves([file(BORN)], ALL, OVER + age * DAY)
    assert [move.tier for move in found] == ([tier] if tier else [])


def test_nothing_moves_twice_or_back() -> None:
    assert moves([file(BORN, INFREQUENT)], ALL, OVER + 30 * DAY) == ()
    assert moves([file(BORN, ARCHIVE)], ALL, OVER + 30 * DAY) == ()


def test_seven_years_are_kept_to_the_day() -> None:
    assert expiries([file(BORN)], ALL, OVER + 2557 * DAY - timedelta(seconds=1)) == ()
    (gone,) = expiries([file(BORN)], ALL, OVER + 2557 * DAY)
    assert gone.because.endswith("2557 days ended on 2035-03-02 00:00")


def test_eight_years_day_by_day() -> None:
    """A file a day from 2026 on; what is left in 2034 is what 2,557 days leave, leap days too."""
    days = [datetime(2026, 1, 1, tzinfo=UTC) + n * DAY for n in range(8 * 365 + 2)]
    now = days[-1] + DAY
    gone = {expiry.partition.begins for expiry in expiries(map(file, days), ALL, now)}
    assert gone == {day for day in days if (now - day - DAY).days >= 2557}
    assert len(gone) == 365, "one of 8 years and 2 leap days"


def test_eight_years_of_every_zone_and_tier() -> None:
    """The example's policies, with a clock that looks every 13 days: each file is where its age
    says, counted in whole days apart from our arithmetic, and none went a day too soon."""
    lake = load(EXAMPLE).platform.data_lake
    assert lake is not None
    policies = ages(zones(lake))
    files: dict[tuple[str, datetime], Listed] = {}
    went: dict[tuple[str, datetime], int] = {}
    start, looks = datetime(2026, 1, 1, tzinfo=UTC), range(13, 8 * 365 + 15, 13)
    written = 0
    for look in looks:
        now = start + look * DAY
        for day in (written, written + 6):
            for zone in BUCKETS:
                begins = start + day * DAY
                partition = Partition.at(f"zone={zone}/table=t", begins.timestamp(), DAILY)
                files[zone, begins] = replace(
                    file(begins), partition=partition, path=partition.path
                )
        written = look
        for move in moves(files.values(), policies, now):
            where = (zone_of(move.file.partition.prefix), move.file.partition.begins)
            files[where] = replace(move.file, path=f"{move.tier}/{move.file.partition.path}")
        for expiry in expiries(files.values(), policies, now):
            where = (zone_of(expiry.partition.prefix), expiry.partition.begins)
            went[where] = (now - where[1]).days - 1
            del files[where]
    for (zone, begins), kept in files.items():
        age = (now - begins).days - 1
        has_archive = zone in ("raw", "quarantine")
        wanted = ARCHIVE if has_archive and age >= 90 else INFREQUENT if age >= 30 else ""
        assert tier_of(kept) == wanted, (zone, begins)
        assert age < 2557
    assert {age - 2557 for age in went.values()} <= set(range(13)), "on the first look after it"
    assert len(files) + len(went) == len(BUCKETS) * 2 * len(looks)


def test_a_zone_without_a_policy_is_left_alone() -> None:
    assert moves([file(BORN)], {}, OVER + 9999 * DAY) == ()
    assert expiries([file(BORN)], {"raw": Ages()}, OVER + 9999 * DAY) == ()


def test_policies_are_those_of_their_buckets() -> None:
    lake = load(EXAMPLE).platform.data_lake
    assert lake is not None
    found = ages(zones(lake))
    assert found["raw"] == found["quarantine"] == Ages(infrequent=30, archive=90, expire=2557)
    assert found["processed"] == found["analytics"] == Ages(infrequent=30, expire=2557)
