"""What evidence means together, and what it is worth later."""

from dataclasses import replace

import pytest

from groundplan.promise.promise import EvidenceKind, Verdict
from groundplan.promise.standing import Standing, as_of, standing
from tests.promise.samples import PROMISE, evidence

BROKEN, UNKNOWN, KEPT = Verdict.BROKEN, Verdict.UNKNOWN, Verdict.KEPT


@pytest.mark.parametrize(
    ("proven", "measured", "verdict"),
    [
        (None, None, UNKNOWN),
        (KEPT, None, UNKNOWN),
        (BROKEN, None, BROKEN),
        (None, KEPT, KEPT),
        (KEPT, KEPT, KEPT),
        (UNKNOWN, KEPT, UNKNOWN),
        (BROKEN, KEPT, BROKEN),
        (KEPT, UNKNOWN, UNKNOWN),
        (KEPT, BROKEN, BROKEN),
    ],
)
def test_the_verdict_is_the_worst_of_what_is_there(
    proven: Verdict | None, measured: Verdict | None, verdict: Verdict
) -> None:
    row = Standing(
        promise=PROMISE,
        proven=evidence(proven, EvidenceKind.PROVEN) if proven else None,
        measured=evidence(measured) if measured else None,
    )
    assert row.verdict is verdict


def test_a_sample_is_worth_nothing_when_its_time_is_over() -> None:
    sample = replace(evidence(KEPT), lasts_seconds=30)
    assert as_of(sample, PROMISE, now=1030).verdict is KEPT
    later = as_of(sample, PROMISE, now=1031)
    assert later.verdict is UNKNOWN
    assert later.because == (
        "nobody has measured it since 1970-01-01 00:16:40 UTC; then it was kept"
    )


def test_a_drill_counts_until_the_next_one() -> None:
    assert as_of(evidence(KEPT), PROMISE, now=10**9).verdict is KEPT


def test_what_kept_an_easier_limit_does_not_keep_a_harder_one() -> None:
    harder = replace(PROMISE, limit=0.1)
    assert as_of(evidence(KEPT), harder, now=1000).verdict is UNKNOWN


def test_what_is_unknown_stays_unknown_whatever_its_value_says() -> None:
    harder = replace(PROMISE, limit=0.1)
    assert as_of(evidence(UNKNOWN), harder, now=1000).verdict is UNKNOWN


def test_a_row_holds_the_evidence_as_it_counts_now() -> None:
    sample = replace(evidence(KEPT), lasts_seconds=30)
    row = standing(PROMISE, {EvidenceKind.MEASURED: sample}, now=2000)
    assert row.measured is not None
    assert (row.measured.verdict, row.verdict) == (UNKNOWN, UNKNOWN)
