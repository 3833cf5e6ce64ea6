"""An input of some size is evidence of the throughput."""

from operations.lake.samples import THROUGHPUT

from groundplan.operations.lake.lake import Taken
from groundplan.operations.lake.measure import throughput
from groundplan.promise.promise import Verdict

MUCH = Taken(rows=100_000, bytes=20_000_000)


def test_a_gigabyte_an_hour_is_kept_or_broken() -> None:
    fast = throughput(THROUGHPUT, MUCH, seconds=2.0, at=7.0)
    assert fast is not None
    assert (fast.verdict, fast.value, fast.at) == (Verdict.KEPT, 10_000_000.0, 7.0)
    assert fast.because == "100,000 rows of 20 MB came in within 2.0 s"
    slow = throughput(THROUGHPUT, MUCH, seconds=200.0, at=7.0)
    assert slow is not None
    assert slow.verdict is Verdict.BROKEN


def test_little_says_nothing() -> None:
    assert throughput(THROUGHPUT, Taken(rows=1, bytes=200), seconds=0.1, at=0.0) is None
    assert throughput(THROUGHPUT, Taken(known=2, bytes=20_000_000), seconds=0.1, at=0.0) is None
