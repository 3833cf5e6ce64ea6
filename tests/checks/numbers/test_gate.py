"""How many requests a canary's gate needs, and what the document's own canary can prove."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.checks.numbers.gate import (
    BELOW,
    CanarySteps,
    canary_steps,
    evidence,
    requests_to_abort,
    requests_to_prove,
    requests_to_prove_once,
)

DOCUMENT = canary_steps(5, increment=10, maximum=50, interval_seconds=300)


@pytest.mark.parametrize(
    ("failures", "requests"), [(0, 396), (1, 663), (2, 876), (3, 1064), (5, 1407)]
)
def test_proof_of_one_percent(failures: int, requests: int) -> None:
    assert requests_to_prove(0.01, failures=failures) == requests


@pytest.mark.parametrize(("failures", "requests"), [(2, 11), (3, 31), (4, 59), (5, 93), (7, 172)])
def test_abort_at_one_percent(failures: int, requests: int) -> None:
    assert requests_to_abort(0.01, failures) == requests


def test_failures_that_fit_the_limit_never_abort() -> None:
    assert requests_to_abort(0.5, 1) is None


def test_a_gate_that_looks_once_follows_the_rule_of_three() -> None:
    assert requests_to_prove_once(0.01) == 299
    assert requests_to_prove_once(0.01, risk=0.1) == 230


@given(st.floats(0.001, 0.2))
@settings(max_examples=30)
def test_proof_takes_one_request_less_away(limit: float) -> None:
    needed = requests_to_prove(limit)
    assert evidence(needed, 0, limit=limit, multiples=BELOW) >= 20
    assert evidence(needed - 1, 0, limit=limit, multiples=BELOW) < 20
    assert needed > requests_to_prove_once(limit)


def test_a_version_at_the_limit_is_rarely_proven_better() -> None:
    """However often the gate looks, it errs in at most 5% of rollouts."""
    chance = random.Random(20261124)
    wrong = sum(_is_proven_at_any_time(chance) for _ in range(400))
    assert wrong <= 400 * 0.05


def _is_proven_at_any_time(chance: random.Random) -> bool:
    failures = 0
    for requests in range(1, 1501):
        failures += chance.random() < 0.01
        looked = requests % 25 == 0
        if looked and evidence(requests, failures, limit=0.01, multiples=BELOW) >= 20:
            return True
    return False


def test_the_documents_canary_never_lands_on_its_last_weight() -> None:
    assert DOCUMENT.weights == (5, 15, 25, 35, 45, 50)
    assert not DOCUMENT.lands_on_max
    assert canary_steps(10, increment=20, maximum=50, interval_seconds=60).lands_on_max


def test_the_documents_first_step_needs_26_requests_a_second() -> None:
    assert DOCUMENT.rate_to_prove_in_first_step(396) == pytest.approx(26.4)
    assert DOCUMENT.rate_to_prove_in_all(396) == pytest.approx(0.754, abs=1e-3)
    assert sum(DOCUMENT.requests(1)) == 525


def test_steps_without_increment_or_weight_stay_where_they_are() -> None:
    still = canary_steps(5, increment=0, maximum=50, interval_seconds=300)
    assert still.weights == (5,)
    assert not still.lands_on_max
    nothing = CanarySteps(weights=(), interval_seconds=300, lands_on_max=False)
    assert nothing.rate_to_prove_in_first_step(396) is None
    assert nothing.rate_to_prove_in_all(396) is None
