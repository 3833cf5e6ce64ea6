"""Logs, traces and the disks under them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.checks.numbers.volume import Store, Stream, disk_bytes, spans

LOGS = Stream(per_second=5000, bytes_each=500)


def test_five_thousand_lines_a_second_are_216_gigabytes_a_day() -> None:
    assert LOGS.bytes_per_day == pytest.approx(216e9)


def test_the_documents_cluster_is_full_in_less_than_a_day() -> None:
    store = Store(disk_bytes=300e9, replicas=1)
    assert store.days(LOGS.bytes_per_day) == pytest.approx(0.694, abs=1e-3)
    lower = Store(disk_bytes=300e9, replicas=1, fill=0.85)
    assert lower.days(LOGS.bytes_per_day) == pytest.approx(0.590, abs=1e-3)


def test_nothing_arriving_needs_no_days() -> None:
    assert Store(disk_bytes=1).days(0) is None


def test_a_tenth_of_the_requests_makes_as_many_bytes_in_spans() -> None:
    traced = spans(5000, sampled=0.1, spans_each=10, bytes_each=500)
    assert traced.per_second == 5000
    assert traced.bytes_per_day == pytest.approx(216e9)


@given(st.floats(1, 1e12), st.floats(0.1, 4000), st.integers(0, 3), st.floats(0.5, 1))
def test_the_disk_that_is_asked_for_lasts_as_long_as_asked(
    daily: float, days: float, replicas: int, fill: float
) -> None:
    disk = disk_bytes(daily, retention_days=days, replicas=replicas, fill=fill)
    store = Store(disk_bytes=disk, replicas=replicas, fill=fill)
    assert store.days(daily) == pytest.approx(days)
