"""How far the log in the repositories is behind, as evidence."""

from operations.recovery.test_copy import promise

from groundplan.design.promises import ARCHIVE_LAG
from groundplan.operations.recovery.shipping import evidence
from groundplan.ports.archive import LogEnd
from groundplan.promise.promise import Bound, Evidence, Verdict

PROMISES = (promise("another", 1.0, Bound.AT_MOST), promise(ARCHIVE_LAG, 3600.0, Bound.AT_MOST))


def end(region: str, at: float) -> LogEnd:
    return LogEnd(repository=region, segment="000000010000000000000007", at=at)


def found(ends: dict[str, LogEnd | None], **unreadable: str) -> Evidence:
    (only,) = evidence(PROMISES, ends, unreadable, 10_000.0)
    return only


def test_the_repository_that_is_furthest_behind_counts() -> None:
    kept = found({"home": end("home", 9990.0), "away": end("away", 9700.0)})
    assert (kept.verdict, kept.value, kept.samples) == (Verdict.KEPT, 300.0, 2)
    assert "away has 000000010000000000000007, 5 min old" in kept.because
    broken = found({"home": end("home", 9990.0), "away": end("away", 6000.0)})
    assert (broken.verdict, broken.value) == (Verdict.BROKEN, 4000.0)


def test_what_nobody_can_read_or_is_empty_is_never_kept() -> None:
    young = {"home": end("home", 9990.0)}
    assert found(young, away="it is gone").verdict is Verdict.UNKNOWN
    assert found(young | {"away": None}).verdict is Verdict.UNKNOWN
    assert found({"home": end("home", 1.0)}, away="it is gone").verdict is Verdict.BROKEN
    assert found({}).value is None


def test_a_clock_that_was_set_back_makes_no_negative_age() -> None:
    assert found({"home": end("home", 10_001.0)}).value == 0
