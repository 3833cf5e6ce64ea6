"""Folders of time, as Hive writes them."""

from datetime import UTC, datetime

import pytest

from groundplan.parquet.partition import DAILY, Partition

MOMENT = datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC).timestamp()


def test_a_moment_lies_in_its_hour() -> None:
    found = Partition.at("class=audit", MOMENT)
    assert found.path == "class=audit/year=2028/month=02/day=29/hour=23"
    assert found.ends == datetime(2028, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_a_path_is_read_as_it_is_written(depth: int) -> None:
    found = Partition.at("class=audit", MOMENT, depth)
    assert Partition.parse(found.path) == found
    assert found.begins.timestamp() <= MOMENT < found.ends.timestamp()


def test_a_december_ends_with_its_year() -> None:
    december = Partition.at("z=raw", datetime(2027, 12, 5, tzinfo=UTC).timestamp(), 2)
    assert december.ends == datetime(2028, 1, 1, tzinfo=UTC)


def test_days_may_be_the_finest_cut() -> None:
    assert Partition.at("zone=raw", MOMENT, DAILY).path == "zone=raw/year=2028/month=02/day=29"


@pytest.mark.parametrize("path", ["", "class=audit", "class=audit/hour=3", "x/year=2028/day=1"])
def test_other_folders_are_no_partition(path: str) -> None:
    with pytest.raises(ValueError, match=r"no partition|invalid literal"):
        Partition.parse(path)
