"""The twin's traffic has the means that it is asked for."""

from random import Random

import pytest

from groundplan.twin.traffic import Bursts, Version, binomial, poisson


@pytest.mark.parametrize("mean", [0.3, 12.0, 400.0])
def test_requests_come_as_often_as_said(mean: float) -> None:
    chance = Random(1)
    drawn = [poisson(chance, mean) for _ in range(4000)]
    assert sum(drawn) / 4000 == pytest.approx(mean, rel=0.05)


@pytest.mark.parametrize(("tries", "share"), [(10, 0.01), (100, 0.3), (2500, 0.2), (40, 0.9)])
def test_as_many_fail_as_said(tries: int, share: float) -> None:
    chance = Random(1)
    drawn = [binomial(chance, tries, share) for _ in range(4000)]
    assert sum(drawn) / 4000 == pytest.approx(tries * share, rel=0.06)
    assert 0 <= min(drawn) <= max(drawn) <= tries


def test_certain_and_impossible_failures() -> None:
    assert binomial(Random(1), 7, 1.0) == 7
    assert binomial(Random(1), 7, 0.0) == 0
    assert binomial(Random(1), 0, 0.5) == 0


def test_bursts_have_the_same_mean_and_hang_together() -> None:
    chance = Random(1)
    version = Version(chance, lambda now: 0.0, Bursts(chance, 0.01))
    drawn = [version.failures(100, 0.0, 5.0) for _ in range(40_000)]
    assert sum(drawn) / 4_000_000 == pytest.approx(0.01, rel=0.1)
    assert sum(each == 0 for each in drawn) > 0.9 * len(drawn)
