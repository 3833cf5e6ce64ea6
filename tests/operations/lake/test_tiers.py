"""How files age: tiers and deletion are exactly the file's days, over years with leap days."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from groundplan.operations.lake.tiers import ARCHIVE, INFREQUENT, Ages, ages, expiries, moves
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


def test_a_zone_without_a_policy_is_left_alone() -> None:
    assert moves([file(BORN)], {}, OVER + 9999 * DAY) == ()
    assert expiries([file(BORN)], {"raw": Ages()}, OVER + 9999 * DAY) == ()


def test_policies_are_those_of_their_buckets() -> None:
    lake = load(EXAMPLE).platform.data_lake
    assert lake is not None
    found = ages(lake)
    assert found["raw"] == found["quarantine"] == Ages(infrequent=30, archive=90, expire=2557)
    assert found["processed"] == found["analytics"] == Ages(infrequent=30, expire=2557)
