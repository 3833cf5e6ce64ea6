"""What a look at the platform says of its promises."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.agent.sampling.measure import judged, needed, samples
from groundplan.agent.sampling.seen import Away, Seen, Share
from groundplan.promise.promise import Evidence, Promise, Verdict
from tests.agent.samples import (
    API_TIME,
    AVAILABILITY,
    INF,
    NOW,
    PAGE_LOAD,
    QUERY_TIME,
    RATE,
    region,
    seen,
)

BROKEN, UNKNOWN, KEPT = Verdict.BROKEN, Verdict.UNKNOWN, Verdict.KEPT
AWAY = Away(name="south", why="connection refused")


def measured(promise: Promise, look: Seen) -> Evidence:
    (evidence,) = samples((promise,), look)
    return evidence


def test_only_promises_with_a_measure_get_a_sample() -> None:
    found = samples((PAGE_LOAD, API_TIME, RATE), seen())
    assert [evidence.promise for evidence in found] == [API_TIME.id]


def test_a_sample_names_its_time_and_how_long_it_counts() -> None:
    evidence = measured(AVAILABILITY, seen(region(good=2000, total=2000)))
    assert evidence.at == NOW
    assert evidence.lasts_seconds == 60
    assert "envoy_http_downstream_rq_xx" in evidence.how


@pytest.mark.parametrize(
    ("good", "total", "verdict"),
    [
        (0, 0, UNKNOWN),
        (10, 10, UNKNOWN),  # ten good ones are no proof of 99.9 %
        (999, 999, UNKNOWN),
        (1000, 1000, KEPT),
        (998, 999, UNKNOWN),  # the first failure of a thousand that are not there yet
        (997, 999, BROKEN),  # whatever comes, two of the first thousand failed
        (0, 10, BROKEN),
        (999_000, 1_000_000, KEPT),
        (998_999, 1_000_000, BROKEN),
    ],
)
def test_availability_is_told_from_enough_requests(good: int, total: int, verdict: Verdict) -> None:
    evidence = measured(AVAILABILITY, seen(region(good=good, total=total)))
    assert evidence.verdict is verdict
    assert evidence.value == (good / total if total else None)
    assert evidence.samples == total
    assert evidence.because


def test_regions_count_by_their_traffic() -> None:
    busy, idle = region("north", good=10_000, total=10_000), region("south", good=5, total=10)
    evidence = measured(AVAILABILITY, seen(busy, idle))
    assert evidence.value == pytest.approx(10_005 / 10_010)
    assert evidence.verdict is KEPT


def test_probes_tell_when_nobody_else_asks() -> None:
    assert measured(AVAILABILITY, seen(region(), good_probes=1000, probes=1000)).verdict is KEPT
    assert measured(AVAILABILITY, seen(region(), good_probes=3, probes=6)).verdict is BROKEN


def test_what_never_reaches_a_gateway_still_counts() -> None:
    served = region(good=50_000, total=50_000)
    evidence = measured(AVAILABILITY, seen(served, good_probes=1990, probes=2000))
    assert (evidence.verdict, evidence.value) == (BROKEN, 0.995)
    assert evidence.because == "0 of 50,000 requests failed; 10 of 2,000 probes"


def test_a_prometheus_that_is_away_makes_it_unknown_not_broken() -> None:
    for promise in (AVAILABILITY, API_TIME, QUERY_TIME):
        evidence = measured(promise, replace(seen(), regions=(AWAY,)))
        assert (evidence.verdict, evidence.value) == (UNKNOWN, None)
        assert "south does not answer: connection refused" in evidence.because


def test_what_the_others_say_is_shown_but_not_called_kept() -> None:
    fast = {0.1: 500.0, 0.2: 1000.0, INF: 1000.0}
    answered = region(good=5000, total=5000, api=fast, queries=fast)
    look = replace(seen(), regions=(answered, AWAY))
    for promise in (AVAILABILITY, API_TIME, QUERY_TIME):
        evidence = measured(promise, look)
        assert evidence.verdict is UNKNOWN
        assert evidence.value is not None
        assert "south does not answer" in evidence.because


def test_probes_that_fail_break_it_even_when_prometheus_is_away() -> None:
    look = replace(seen(good_probes=10, probes=100), regions=(AWAY,))
    assert measured(AVAILABILITY, look).verdict is BROKEN


def test_a_platform_without_prometheus_says_so() -> None:
    assert "there is no Prometheus to ask" in measured(AVAILABILITY, seen()).because


def test_p95_is_read_from_the_buckets_of_all_regions() -> None:
    north = region("north", api={0.1: 90.0, 0.2: 100.0, INF: 100.0})
    south = region("south", api={0.1: 0.0, 0.2: 100.0, INF: 100.0})
    evidence = measured(API_TIME, seen(north, south))
    assert evidence.value == pytest.approx(0.1 + 0.1 * 100 / 110)
    assert (evidence.verdict, evidence.samples) == (KEPT, 200)
    assert evidence.how.startswith("p95 of ")


def test_a_slow_api_breaks_its_promise() -> None:
    slow = {0.1: 900.0, 0.2: 949.0, 0.5: 1000.0, INF: 1000.0}
    evidence = measured(API_TIME, seen(region(api=slow)))
    assert evidence.verdict is BROKEN
    assert evidence.value is not None
    assert 0.2 < evidence.value < 0.25


def test_the_file_chooses_the_percentile() -> None:
    times = {0.1: 960.0, 0.2: 985.0, 0.5: 1000.0, INF: 1000.0}
    p99 = replace(API_TIME, target="< 200ms (p99)")
    plain = replace(API_TIME, target="< 200ms")
    assert measured(p99, seen(region(api=times))).verdict is BROKEN
    assert measured(plain, seen(region(api=times))).verdict is KEPT
    assert measured(p99, seen(region(api=times))).how.startswith("p99 of ")


def test_our_own_probes_do_not_make_the_api_look_fast() -> None:
    # 700 probes in 1 ms and 300 users, a tenth of them over 200 ms.
    times = {0.001: 700.0, 0.2: 970.0, 0.5: 1000.0, INF: 1000.0}
    look = seen(region(api=times))
    assert measured(API_TIME, look).verdict is KEPT
    evidence = measured(API_TIME, replace(look, probes_lately=700))
    assert (evidence.verdict, evidence.samples) == (BROKEN, 300)


def test_probes_alone_are_no_users() -> None:
    look = replace(seen(region(api={0.1: 500.0, INF: 500.0})), probes_lately=505)
    evidence = measured(API_TIME, look)
    assert (evidence.verdict, evidence.value) == (UNKNOWN, None)


def test_a_few_answers_have_no_p95() -> None:
    evidence = measured(API_TIME, seen(region(api={0.1: 99.0, INF: 99.0})))
    assert evidence.verdict is UNKNOWN
    assert evidence.because == "99 were counted in the last 1h; a p95 needs 100"


def test_what_is_beyond_the_buckets_is_not_called_kept() -> None:
    patient = replace(API_TIME, limit=100.0)
    evidence = measured(patient, seen(region(api={30.0: 10.0, INF: 1000.0})))
    assert (evidence.verdict, evidence.value) == (UNKNOWN, None)
    assert "beyond" in evidence.because


def test_queries_that_nobody_counts_are_unknown() -> None:
    evidence = measured(QUERY_TIME, seen(region()))
    assert evidence.verdict is UNKNOWN
    assert "db_query_duration_seconds" in evidence.how
    times = {0.05: 500.0, 0.1: 990.0, INF: 1000.0}
    assert measured(QUERY_TIME, seen(region(queries=times))).verdict is KEPT


def test_a_promise_in_another_unit_is_not_compared() -> None:
    share = replace(API_TIME, unit="ratio", limit=0.95)
    evidence = measured(share, seen(region(api={0.1: 500.0, INF: 500.0})))
    assert evidence.verdict is UNKNOWN
    assert "seconds" in evidence.because


@given(limit=st.integers(1, 9999).map(lambda n: n / 10_000), n=st.integers(1, 10**7))
def test_one_failure_is_allowed_from_the_needed_number_on(limit: float, n: int) -> None:
    verdict = judged(Share(good=n - 1, total=n), limit)
    assert verdict is (KEPT if n >= needed(limit) else UNKNOWN)


@given(
    limit=st.floats(0, 1),
    good=st.integers(0, 10**6),
    bad=st.integers(0, 10**6),
    more=st.integers(1),
)
def test_more_failures_never_make_a_verdict_better(
    limit: float, good: int, bad: int, more: int
) -> None:
    total = good + bad
    before = judged(Share(good=good, total=total), limit)
    fewer_good = max(0, good - more)
    after = judged(Share(good=fewer_good, total=total), limit)
    assert Verdict.worst((before, after)) is after


def test_all_means_all() -> None:
    assert judged(Share(good=5, total=5), 1.0) is KEPT
    assert judged(Share(good=10**9 - 1, total=10**9), 1.0) is BROKEN
