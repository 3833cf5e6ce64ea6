"""Replicas, nodes, and shares of small numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.checks.numbers.capacity import (
    cpu_seconds_per_request,
    desired_replicas,
    drain_margin_seconds,
    pods_on,
    replicas_for,
    spot_split,
)


def test_the_documents_replicas_leave_less_than_a_millisecond_a_request() -> None:
    assert cpu_seconds_per_request(20, 0.25, 0.7, 5000) == pytest.approx(0.0007)
    assert cpu_seconds_per_request(20, 0.5, 1, 5000) == pytest.approx(0.002)


def test_replicas_are_whole() -> None:
    assert replicas_for(5000, cpu_seconds=0.0007, cores=0.25, utilisation=0.7) == 20
    assert replicas_for(5001, cpu_seconds=0.0007, cores=0.25, utilisation=0.7) == 21


@pytest.mark.parametrize(("usage", "replicas"), [(76.9, 3), (77, 4), (63.1, 3), (140, 6)])
def test_autoscaler_counts_as_kubernetes_does(usage: float, replicas: int) -> None:
    assert desired_replicas(3, usage, target=70) == replicas


def test_the_scarcer_of_two_decides_how_many_pods_fit() -> None:
    assert pods_on(1.93, 3.04 * 2**30, cores=0.25, memory_bytes=512 * 2**20) == 6
    assert pods_on(1.93, 3.04 * 2**30, cores=2, memory_bytes=4 * 2**30) == 0
    assert pods_on(1.93, 3.04 * 2**30, cores=0.25, memory_bytes=0) == 7


def test_sixty_percent_of_three_is_no_whole_number_of_nodes() -> None:
    split = spot_split(3, Decimal(60))
    assert split.exact == Decimal("1.8")
    assert not split.is_whole
    assert (split.spot, split.on_demand) == (1, 2)
    assert split.left == Decimal(2) / 3


@given(st.integers(0, 500), st.decimals(0, 100, places=1))
def test_every_node_is_one_or_the_other(total: int, percent: Decimal) -> None:
    split = spot_split(total, percent)
    assert split.spot + split.on_demand == total
    assert 0 <= split.left <= 1
    assert split.spot <= split.exact < split.spot + 1


def test_draining_for_the_whole_notice_leaves_no_second() -> None:
    assert drain_margin_seconds(120, drain=120) == 0
    assert drain_margin_seconds(120, drain=120, detect=5) == -5
