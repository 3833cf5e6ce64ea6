"""How fast rows come in, as evidence of the promise of throughput. Pure."""

from groundplan.operations.lake.lake import Taken
from groundplan.promise.promise import Evidence, EvidenceKind, Promise, Verdict

PROMISE = "kpis.scalability.data_throughput"
BYTES_MIN = 4_000_000  # of less, opening and closing files is most of the time


def throughput(promise: Promise, taken: Taken, *, seconds: float, at: float) -> Evidence | None:
    """What one input says; None when it is too little to say anything, or the promise is not of
    bytes. A fast one keeps the promise, a slow one breaks it: it was waited for."""
    if (
        taken.known
        or taken.rows == 0
        or taken.bytes < BYTES_MIN
        or promise.unit != "B/s"
        or seconds <= 0
    ):
        return None
    rate = taken.bytes / seconds
    verdict = promise.verdict(rate)
    is_kept = verdict is Verdict.KEPT
    return Evidence(
        promise=promise.id,
        kind=EvidenceKind.MEASURED,
        verdict=verdict,
        value=rate,
        at=at,
        how="bytes of one input into the lake, raw and typed, by the time until it was on the disk",
        because=f"{taken.rows:,} rows of {taken.bytes / 1e6:,.0f} MB came in within {seconds:.1f} s"
        + ("" if is_kept else f": too slow for {promise.target}"),
        samples=taken.rows,
    )
