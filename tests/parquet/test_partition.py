"""Folders of time, as Hive writes them."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from groundplan.parquet.partition import DAILY, Partition, by_time

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


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_rows_lie_in_the_partition_of_their_time(depth: int) -> None:
    edges = (-1.5e9, -86_400, -0.000001, 0, MOMENT, MOMENT + 0.999999, MOMENT + 1, 4.1e9)
    times = [datetime.fromtimestamp(each, UTC) for each in edges]
    table = pa.table({"at": pa.array(times, pa.timestamp("us", tz="UTC"))})
    for rows in (table, table.take(list(range(len(times)))[::-1])):
        found = by_time(rows, "at", "zone=raw", depth)
        assert sum(map(len, found.values())) == len(times)
        for partition, part in found.items():
            for at in part["at"].to_pylist():
                assert Partition.at("zone=raw", at.timestamp(), depth) == partition


@pytest.mark.parametrize("path", ["", "class=audit", "class=audit/hour=3", "x/year=2028/day=1"])
def test_other_folders_are_no_partition(path: str) -> None:
    with pytest.raises(ValueError, match=r"no partition|invalid literal"):
        Partition.parse(path)
