"""What is kept: errors and slow requests first, and never more than the cap."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.design.sampling import Sampling, ServiceStrategy, Strategy
from groundplan.operations.observe.traces.sampling import (
    Level,
    Trace,
    Why,
    burst,
    decide,
    is_in_share,
)

ORDINARY = Trace(trace_id=bytes(15) + b"\1", is_error=False, is_slow=False)
FAILED = Trace(trace_id=b"\xff" * 16, is_error=True, is_slow=False)
SLOW = Trace(trace_id=b"\xff" * 16, is_error=False, is_slow=True)
TENTH = Strategy(share=0.1, per_second=100.0)


def test_a_share_of_all_ids_is_chosen_and_always_the_same() -> None:
    chance = random.Random(7)
    ids = [chance.randbytes(16) for _ in range(20_000)]
    chosen = [each for each in ids if is_in_share(each, 0.1)]
    assert len(chosen) == pytest.approx(2000, rel=0.1)
    assert all(is_in_share(each, 0.2) for each in chosen), "a larger share has all of a smaller"
    assert not is_in_share(bytes(16), 0.0)
    assert is_in_share(b"\xff" * 16, 1.0)


@pytest.mark.parametrize(
    ("trace_id", "is_sent"),
    [
        ("9b4125d2aff9970819d883f29e38e4ce", False),
        ("c869d6e02a5a9e4c9199b9270d99f60d", True),
        ("03dbf933bd8984a4bf7a165bea761bb8", False),
        ("33789f48cc4166a591c1de3c7783c614", True),
    ],
)
def test_the_choice_is_envoys(trace_id: str, is_sent: bool) -> None:
    """Ids that Envoy 1.40 made, and what it chose at one half."""
    assert is_in_share(bytes.fromhex(trace_id), 0.5) == is_sent


@pytest.mark.parametrize(("trace", "why"), [(FAILED, Why.ERROR), (SLOW, Why.SLOW)])
def test_errors_and_slow_ones_are_kept_whatever_the_share(trace: Trace, why: Why) -> None:
    assert decide(trace, TENTH, None, 0.0)[:2] == (True, why)


def test_what_the_share_leaves_out_costs_nothing_of_the_cap() -> None:
    other = Trace(trace_id=b"\xff" * 16, is_error=False, is_slow=False)
    is_kept, why, level = decide(other, TENTH, Level(tokens=50.0, at=0.0), 0.0)
    assert (is_kept, why, level.tokens) == (False, Why.NOT_CHOSEN, 50.0)


def test_ordinary_traces_leave_half_of_the_bucket_to_errors() -> None:
    level: Level | None = None
    kept = 0
    for _ in range(200):
        is_kept, _, level = decide(ORDINARY, TENTH, level, 0.0)
        kept += is_kept
    assert kept == 50
    for _ in range(200):
        is_kept, _, level = decide(FAILED, TENTH, level, 0.0)
        kept += is_kept
    assert kept == 100


def test_under_steady_load_errors_push_ordinary_traces_out() -> None:
    level: Level | None = None
    errors = ordinary = 0
    for number in range(10_000):
        now = number / 1000
        is_kept, _, level = decide(ORDINARY, TENTH, level, now)
        ordinary += is_kept
        if number % 10 == 0:  # 100 errors a second: as many as the cap allows
            is_kept, _, level = decide(FAILED, TENTH, level, now)
            errors += is_kept
    assert errors >= 950
    assert errors + ordinary <= burst(TENTH) + 100 * 10


def test_zero_traces_a_second_are_none() -> None:
    assert decide(FAILED, Strategy(share=1.0, per_second=0.0), None, 0.0)[:2] == (False, Why.CAP)


@given(
    rate=st.floats(0.1, 500.0),
    seen=st.lists(
        st.tuples(st.floats(0.0, 0.1), st.sampled_from([ORDINARY, FAILED, SLOW])), max_size=300
    ),
)
def test_no_window_has_more_than_the_cap(rate: float, seen: list[tuple[float, Trace]]) -> None:
    strategy = Strategy(share=1.0, per_second=rate)
    now, level, times = 0.0, None, []
    for later, trace in seen:
        now += later
        is_kept, _, level = decide(trace, strategy, level, now)
        if is_kept:
            times.append(now)
    for first in range(0, len(times), 7):
        for last in range(first, len(times), 7):
            most = burst(strategy) + rate * (times[last] - times[first])
            assert last - first + 1 <= most + 1e-6


def test_a_clock_that_goes_back_fills_nothing() -> None:
    level = Level(tokens=0.0, at=100.0)
    is_kept, _, level = decide(FAILED, TENTH, level, 50.0)
    assert not is_kept
    assert level.at == 100.0


def test_each_service_has_its_own_strategy() -> None:
    own = Strategy(share=1.0, per_second=5.0)
    sampling = Sampling(default=TENTH, services=(ServiceStrategy(service="shop", strategy=own),))
    assert sampling.of("shop") == own
    assert sampling.of("other") == TENTH
