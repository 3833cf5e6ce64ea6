"""Quantiles of histograms."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.agent.sampling.histogram import added, quantile, total, without_fastest
from groundplan.agent.sampling.seen import Buckets

INF = math.inf
BOUNDS = (0.1, 0.2, 0.5, 1.0, INF)


def of(values: list[float]) -> Buckets:
    return {bound: float(sum(value <= bound for value in values)) for bound in BOUNDS}


values = st.lists(st.floats(0, 2), min_size=1, max_size=200)
shares = st.floats(0.01, 1)


def test_an_empty_histogram_has_no_quantile() -> None:
    assert quantile({}, 0.95) is None
    assert quantile({0.1: 0.0, INF: 0.0}, 0.95) is None


def test_it_reads_as_prometheus_does() -> None:
    buckets = {0.1: 0.0, 0.2: 50.0, 0.5: 100.0, INF: 100.0}
    assert quantile(buckets, 0.5) == pytest.approx(0.2)
    assert quantile(buckets, 0.95) == pytest.approx(0.47)
    assert quantile({0.1: 10.0, INF: 100.0}, 0.95) == INF


@given(values=values, share=shares)
def test_a_quantile_is_in_the_bucket_of_the_true_one(values: list[float], share: float) -> None:
    found = quantile(of(values), share)
    true = sorted(values)[max(0, math.ceil(share * len(values) - 1e-9) - 1)]
    bound = next(b for b in BOUNDS if true <= b)
    lower = max((b for b in BOUNDS if b < bound), default=0.0)
    assert found is not None
    assert lower <= found <= bound


@given(north=values, south=values)
def test_regions_together_are_as_if_counted_at_one_place(
    north: list[float], south: list[float]
) -> None:
    assert added([of(north), {}, of(south)]) == of(north + south)


def test_only_bounds_that_all_have_can_be_added() -> None:
    assert added([{0.1: 1.0, 0.2: 2.0, INF: 3.0}, {0.2: 5.0, INF: 5.0}]) == {0.2: 7.0, INF: 8.0}
    assert added([]) == {}


@given(users=values, probes=st.lists(st.floats(0, 2), max_size=50), share=shares)
def test_without_probes_users_are_never_shown_faster_than_they_are(
    users: list[float], probes: list[float], share: float
) -> None:
    left = without_fastest(of(users + probes), len(probes))
    assert total(left) == len(users)
    shown, alone = quantile(left, share), quantile(of(users), share)
    assert shown is not None
    assert alone is not None
    assert shown >= alone - 1e-9
