"""The judge says what integers prove, and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from operations.delivery.samples import ERRORS, SLOW, heard, look

from groundplan.checks.numbers.gate import ABOVE, evidence, requests_to_prove
from groundplan.operations.delivery.evidence import Against, Beside, Tally
from groundplan.operations.delivery.judge import Bound, Case, Verdict, readings
from groundplan.operations.delivery.threshold import Window
from groundplan.ports.releases import Counts, Look

BAND = Bound(name="error_rate", limit=0.01, ceiling=0.05)


def test_no_request_is_no_data_and_neither_passes_nor_fails() -> None:
    judgement = heard([look(0, 0)] * 100).judgement()
    assert judgement.verdict is Verdict.NO_DATA
    assert not judgement.within


def test_the_first_clean_requests_prove_nothing() -> None:
    judgement = heard([look(25, 0)] * 4).judgement()
    assert judgement.verdict is Verdict.HOLD
    assert judgement.within
    assert "0 of 100 requests failed" in judgement.because


def test_as_many_clean_requests_as_the_check_asks_for_prove_it() -> None:
    needed = requests_to_prove(0.01)
    assert heard([look(needed - 1, 0)]).judgement().verdict is Verdict.HOLD
    assert heard([look(needed, 0)]).judgement().verdict is Verdict.PROVEN


def test_a_failed_fifth_is_found_within_four_looks_of_a_dozen_requests() -> None:
    judgement = heard([look(12, 2)] * 5).judgement()
    assert judgement.verdict is Verdict.ABORT
    assert "10 of 60 requests failed (16.67%, 1.00% allowed)" in judgement.because
    assert "worse than stable" in judgement.because


def test_plain_disaster_needs_two_looks() -> None:
    assert heard([look(12, 12)]).judgement().verdict is Verdict.HOLD
    judgement = heard([look(12, 12)] * 2).judgement()
    assert judgement.verdict is Verdict.ABORT
    assert "no proof is needed" in judgement.because


def test_a_burst_of_any_size_within_one_look_does_not_abort() -> None:
    for size in (5, 12, 120, 1200):
        assert heard([look(size, size), look(size, 0)]).judgement().verdict is not Verdict.ABORT


def test_a_burst_over_two_looks_counts_once() -> None:
    straddling = heard([look(12, 7), look(12, 6), *[look(12, 0)] * 9]).judgement()
    assert straddling.verdict is not Verdict.ABORT


def test_an_outage_of_both_versions_does_not_abort() -> None:
    shared = [look(50, 15, 950, 285)] * 20
    judgement = heard(shared).judgement()
    assert judgement.verdict is Verdict.HOLD
    assert not judgement.within


def test_without_stable_traffic_the_limit_alone_decides() -> None:
    judgement = heard([look(1000, 50, 0, 0)] * 20).judgement()
    assert judgement.verdict is Verdict.ABORT
    assert "stable" not in judgement.because


def test_between_limit_and_ceiling_nothing_is_decided() -> None:
    case = heard([look(250, 7)] * 60, bound=BAND)
    judgement = case.judgement()
    assert judgement.verdict is Verdict.HOLD
    assert not judgement.within
    assert heard([look(250, 30)] * 30, bound=BAND).judgement().verdict is Verdict.ABORT


def test_a_version_that_becomes_bad_later_is_found() -> None:
    case = heard([look(250, 0)] * 240)
    case = case.in_next_step()
    found = 0
    while case.judgement().verdict is not Verdict.ABORT and found < 60:
        case = case.after({"us": look(250, 25)})
        found += 1
    assert found <= 15


def test_bad_in_one_region_is_bad_everywhere() -> None:
    case = Case.of((ERRORS,), ("us", "ca", "eu"), steps=7)
    for _ in range(12):
        case = case.after({"us": look(500, 0), "ca": look(500, 0), "eu": look(12, 3)})
    judgement = case.judgement()
    assert judgement.verdict is Verdict.ABORT
    assert judgement.because.startswith("eu: ")


def test_regions_together_decide_sooner_than_one() -> None:
    def looks_to_abort(*regions: str) -> int:
        for number in range(1, 200):
            if heard([look(5, 1)] * number, *regions).judgement().verdict is Verdict.ABORT:
                return number
        raise AssertionError

    assert looks_to_abort("us", "ca", "eu") < looks_to_abort("us")


def test_latency_is_a_share_over_the_limit() -> None:
    assert heard([look(250, 5)] * 20, bound=SLOW).judgement().verdict is Verdict.PROVEN
    judgement = heard([look(250, 60, 950, 20)] * 12, bound=SLOW).judgement()
    assert judgement.verdict is Verdict.ABORT
    assert "slower than 0.2 s" in judgement.because


def test_all_figures_can_be_shown() -> None:
    (reading,) = readings(heard([look(12, 1)] * 3))
    assert (reading.requests, reading.bad) == (36, 3)
    assert (reading.stable_requests, reading.stable_bad) == (2850, 6)
    assert reading.beside is not None
    assert reading.beside > 1


@given(st.integers(0, 300))
def test_single_requests_give_what_the_check_of_the_design_computes(clean: int) -> None:
    wealth = Against(0.01)
    for failed in (*[0] * clean, 1):
        wealth = wealth.after(1, failed)
    expected = evidence(clean + 1, 1, limit=0.01, multiples=ABOVE)
    assert sum(wealth.whole) == pytest.approx(expected)


@given(st.integers(1, 500), st.floats(0, 1))
def test_a_look_at_the_limit_is_a_fair_bet(requests: int, spread: float) -> None:
    """Mean 1 for any distribution of the share with mean 1 %: here two points."""
    high = 0.01 + spread * 0.99
    chance = 0.01 / high
    won = Against(0.01).after(10**6, round(high * 10**6))
    lost = Against(0.01).after(10**6, 0)
    assert chance * sum(won.whole) + (1 - chance) * sum(lost.whole) == pytest.approx(1, rel=1e-3)


@given(st.integers(1, 200), st.integers(1, 2000), st.integers(1, 8))
@settings(max_examples=50)
def test_failures_of_both_are_a_fair_bet(canary: int, stable: int, failures: int) -> None:
    share = canary / (canary + stable)
    mean = 0.0
    for mine in range(failures + 1):
        ways = share**mine * (1 - share) ** (failures - mine) * _choose(failures, mine)
        value = Beside().after((canary, mine), (stable, failures - mine))
        mean += ways * sum(_exp(value.whole)) / len(value.whole)
    assert mean == pytest.approx(1, rel=1e-6)


def test_bursts_make_requests_count_for_fewer() -> None:
    even, bursty = Tally(), Tally()
    for number in range(100):
        even = even.after(100, number % 2)
        bursty = bursty.after(100, 50 if number == 0 else 0)
    assert (even.requests, even.failures) == (bursty.requests, bursty.failures)
    assert even.burstiness == 1
    assert bursty.burstiness > 30
    assert bursty.proof(0.01) < 20 < even.proof(0.01)


def test_the_rule_of_flagger_aborts_at_the_first_minute_over_the_limit() -> None:
    window = Window(bounds=(ERRORS,), looks_in_window=12, looks_in_interval=60)
    for _ in range(59):
        window = window.after({"us": look(12, 0)})
    assert window.judgement().verdict is Verdict.HOLD
    unlucky = window.after({"us": look(12, 2)})
    assert unlucky.judgement().verdict is Verdict.ABORT
    assert window.after({"us": look(12, 1)}).judgement().verdict is Verdict.PROVEN


def test_the_rule_of_flagger_does_not_fail_a_version_without_requests() -> None:
    window = Window(bounds=(ERRORS,), looks_in_window=12, looks_in_interval=12)
    for _ in range(12):
        window = window.after({"us": Look(Counts(0, (0,)), Counts(5, (0,)))})
    assert window.judgement().verdict is Verdict.NO_DATA


def _choose(all_of: int, some: int) -> float:
    product = 1.0
    for number in range(some):
        product = product * (all_of - number) / (number + 1)
    return product


def _exp(logs: tuple[float, ...]) -> list[float]:
    return [2.718281828459045**each for each in logs]
