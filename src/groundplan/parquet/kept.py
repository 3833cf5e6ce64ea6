"""What a look at a store, and a run of retention, say of a promise to keep something. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from groundplan.parquet.keep import Expiry
from groundplan.parquet.manifest import Listed
from groundplan.promise.promise import Evidence, EvidenceKind, Verdict

LASTS_SECONDS = 7200.0  # some runs may fail before nothing is known any more
HOW = "each run of retention: the list of files, their sizes on the disk, what was deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What counts, what of it is not on the disk any more, and what this run let go."""

    files: Sequence[Listed]
    lost: Sequence[Listed] = ()
    gone: Sequence[Expiry] = ()


def kept(promise: str, looked: Looked, *, now: datetime) -> Evidence:
    """Broken when something is missing before its time; unknown when nothing was there at all.

    The value is the age of the youngest that went, in seconds; None when nothing went.
    """
    ages = [(now - each.partition.ends).total_seconds() for each in looked.gone]
    verdict, because = _judged(looked)
    return Evidence(
        promise=promise,
        kind=EvidenceKind.MEASURED,
        verdict=verdict,
        value=min(ages, default=None),
        at=now.timestamp(),
        how=HOW,
        because=because,
        samples=len(looked.files) + len(looked.gone),
        lasts_seconds=LASTS_SECONDS,
    )


def _judged(looked: Looked) -> tuple[Verdict, str]:
    rows = sum(file.rows for file in looked.files)
    if looked.lost:
        first = looked.lost[0]
        lost = sum(file.rows for file in looked.lost)
        why = f"{lost:,} records are not on the disk any more, among them those of {first.path}"
        return Verdict.BROKEN, why
    if looked.gone:
        count = len(looked.gone)
        return Verdict.KEPT, f"{count:,} partitions went, all when their time was over"
    if not looked.files:
        return Verdict.UNKNOWN, "nothing was kept yet"
    oldest = min(file.partition.begins for file in looked.files)
    return Verdict.KEPT, f"all {rows:,} records since {oldest:%Y-%m-%d %H:%M} are there"
