"""Great circles and light in fibre."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.checks import facts
from groundplan.checks.numbers.distance import great_circle_km, round_trip_seconds

POSITIONS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def between(a: str, b: str) -> float:
    known = facts.load()
    here, there = known.region(a), known.region(b)
    assert here is not None
    assert there is not None
    return great_circle_km(here.position, there.position)


@pytest.mark.parametrize(
    ("far", "milliseconds"), [("ap-southeast-2", 157), ("ap-northeast-1", 109)]
)
def test_light_from_virginia_takes_its_time(far: str, milliseconds: int) -> None:
    assert round(round_trip_seconds(between("us-east-1", far)) * 1000) == milliseconds


def test_a_quarter_of_the_equator_is_ten_thousand_kilometres() -> None:
    assert great_circle_km((0, 0), (0, 90)) == pytest.approx(10_007.5, abs=0.1)


def test_opposite_points_are_half_way_around() -> None:
    assert great_circle_km((90, 0), (-90, 0)) == pytest.approx(20_015.1, abs=0.1)


@given(POSITIONS, POSITIONS)
def test_distance_is_the_same_both_ways_and_bounded(
    a: tuple[float, float], b: tuple[float, float]
) -> None:
    there, back = great_circle_km(a, b), great_circle_km(b, a)
    assert there == pytest.approx(back)
    assert 0 <= there <= 20_015.2
