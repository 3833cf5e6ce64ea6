"""The judge on seeded traffic; the whole grid is benchmarks/rollout_judges.py."""

import statistics
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from operations.delivery.samples import PLAN, rehearsed

from benchmarks.lanes import ABORTED, PASSED, Traffic, roll_out
from groundplan.design.routes import Ways
from groundplan.operations.delivery.phases import Phase
from groundplan.twin.releases import Behaviour, TwinReleases

LANES = 100


def ends(rate: float, error: float, *, bursty: bool, number: int) -> list[tuple[Phase, float, int]]:
    """How so many rollouts end: phase, seconds that users met the version, failed requests."""
    found = []
    for seed in range(number):
        releases = TwinReleases(
            regions=("us",),
            requests_per_second=rate,
            canary=Behaviour.steady(error, bursty=bursty),
            stable=Behaviour.steady(min(error, 0.005), bursty=bursty),
            seed=seed,
        )
        phase = rehearsed(PLAN, releases)[-1].state.phase
        seconds = releases.exposed_seconds or releases.seconds
        found.append((phase, seconds, releases.failed))
    return found


def outcomes(rate: float, error: float, *, bursty: bool) -> NDArray[np.int64]:
    """How a hundred rollouts end, in arrays, which decide as the machine does: see test_lanes."""
    traffic = Traffic(
        rate=rate,
        error=error,
        stable_error=0.005,
        bursty=bursty,
        lanes=LANES,
        look_seconds=PLAN.look_seconds,
        chance=np.random.default_rng(3),
    )
    return roll_out(replace(PLAN, hold_seconds=60.0), traffic, LANES).outcome


@pytest.mark.parametrize("bursty", [False, True])
@pytest.mark.parametrize("error", [0.005, 0.009])
@pytest.mark.parametrize("rate", [5.0, 500.0])
def test_a_good_release_is_not_aborted(rate: float, error: float, bursty: bool) -> None:
    assert (outcomes(rate, error, bursty=bursty) == ABORTED).sum() <= LANES / 100


@pytest.mark.parametrize("rate", [1.0, 5.0, 50.0, 500.0])
def test_a_bad_release_is_always_aborted(rate: float) -> None:
    found = ends(rate, 0.2, bursty=False, number=30)
    assert {phase for phase, _, _ in found} == {Phase.RETURNED}


def test_a_fifth_failing_at_fifty_requests_is_gone_in_half_a_minute() -> None:
    found = ends(50.0, 0.2, bursty=False, number=200)
    assert statistics.median(seconds for _, seconds, _ in found) < 30
    assert statistics.median(failed for _, _, failed in found) < 15


def test_a_release_that_fails_twice_as_often_as_it_may_never_reaches_everybody() -> None:
    for rate in (1.0, 50.0):
        assert PASSED not in outcomes(rate, 0.02, bursty=False)


def test_copies_of_reads_are_evidence_that_users_do_not_pay_for() -> None:
    """Half of all reads copied: a bad version is gone as fast as at 52 %, and 5 % met it."""
    found = {}
    for mirror in (0, 50):
        releases = TwinReleases(
            regions=("us",),
            requests_per_second=5.0,
            canary=Behaviour.steady(0.2),
            stable=Behaviour.steady(0.002),
            ways=Ways(mirror=mirror, mirror_up_to=5),
        )
        phases = {each.state.phase for each in rehearsed(PLAN, releases)}
        assert Phase.RETURNED in phases
        found[mirror] = (releases.exposed_seconds or 0.0, releases.failed)
    assert found[50][0] < found[0][0]
    assert found[50][1] < found[0][1]
