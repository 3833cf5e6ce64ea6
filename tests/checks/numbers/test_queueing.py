"""Erlang C against published values, a simulation, and its own limits."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.checks.numbers.queueing import (
    Queue,
    erlang_b,
    erlang_c,
    in_flight,
    servers_for,
    think_seconds,
)

QUEUES = st.builds(
    Queue,
    arrivals_per_second=st.floats(0.1, 500),
    service_seconds=st.floats(0.001, 0.5),
    servers=st.integers(1, 60),
)


def test_blocking_and_waiting_match_the_published_tables() -> None:
    assert erlang_b(10, 5) == pytest.approx(0.018385, abs=1e-6)
    assert erlang_c(10, 5) == pytest.approx(0.036105, abs=1e-6)
    assert erlang_c(2, 1) == pytest.approx(1 / 3)


def test_one_server_is_the_textbook_queue() -> None:
    queue = Queue(arrivals_per_second=8, service_seconds=0.1, servers=1)
    assert queue.wait_probability == pytest.approx(0.8)
    assert queue.mean_wait() == pytest.approx(0.4)
    assert queue.mean_response == pytest.approx(0.5)
    assert queue.response_percentile(0.95) == pytest.approx(-0.5 * math.log(0.05))


def test_twelve_servers_match_the_simulation() -> None:
    queue = Queue(arrivals_per_second=100, service_seconds=0.1, servers=12)
    assert queue.response_percentile(0.95) == pytest.approx(0.3356, abs=5e-5)
    assert queue.mean_wait(cv=0.5) == pytest.approx(0.0140, abs=1e-4)


def test_servers_that_cannot_keep_up_never_answer_in_time() -> None:
    queue = Queue(arrivals_per_second=100, service_seconds=0.1, servers=10)
    assert not queue.is_stable
    assert queue.wait_probability == 1
    assert queue.response_percentile(0.95) == math.inf
    assert queue.mean_response == math.inf


def test_percentile_where_the_two_exponentials_meet() -> None:
    queue = Queue(arrivals_per_second=10, service_seconds=0.1, servers=2)
    nearly = Queue(arrivals_per_second=10.000001, service_seconds=0.1, servers=2)
    assert queue.slower_than(0.2) == pytest.approx(nearly.slower_than(0.2), abs=1e-5)


@given(QUEUES, st.floats(0.01, 0.99))
def test_percentile_is_where_the_tail_begins(queue: Queue, quantile: float) -> None:
    seconds = queue.response_percentile(quantile)
    if queue.is_stable:
        assert queue.slower_than(seconds) == pytest.approx(1 - quantile, abs=1e-6)


def test_a_nearly_full_queue_has_a_percentile_too() -> None:
    queue = Queue(arrivals_per_second=499.875, service_seconds=0.01, servers=5)
    assert queue.slower_than(queue.response_percentile(0.99)) == pytest.approx(0.01, abs=1e-6)


@given(QUEUES)
def test_one_more_server_never_makes_requests_wait_more(queue: Queue) -> None:
    more = Queue(
        arrivals_per_second=queue.arrivals_per_second,
        service_seconds=queue.service_seconds,
        servers=queue.servers + 1,
    )
    assert more.wait_probability <= queue.wait_probability + 1e-12


def test_fewest_servers_are_enough_and_one_less_is_not() -> None:
    assert servers_for(100, 0.1, quantile=0.95, limit_seconds=0.34) == 12
    fewer = Queue(arrivals_per_second=100, service_seconds=0.1, servers=11)
    assert fewer.response_percentile(0.95) > 0.34


def test_no_number_of_servers_beats_the_service_itself() -> None:
    assert servers_for(1, 0.1, quantile=0.95, limit_seconds=0.2) is None


def test_limit_that_is_the_service_itself_ends_the_search() -> None:
    assert servers_for(5, 0.1, quantile=0.95, limit_seconds=-0.1 * math.log(0.05)) is not None


def test_little_knows_how_many_are_under_way() -> None:
    assert in_flight(5000, 0.2) == 1000
    assert think_seconds(10_000, 5000) == 2
    assert think_seconds(100, 5000, 0.2) < 0
