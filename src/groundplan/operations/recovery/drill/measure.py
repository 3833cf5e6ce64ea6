"""What a drill measures: how long nobody was served (RTO), and what was lost (RPO). Pure.

The clock runs from the fault. Served again means: from then on nothing failed while we watched.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from groundplan.ports.witness import Attempt, Sort
from groundplan.promise.promise import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One sort of attempts since the fault. `restored_seconds` is None while they still fail."""

    sort: Sort
    attempts: int
    failed: int
    restored_seconds: float | None

    @property
    def was_hurt(self) -> bool:
        """Whether anything failed."""
        return self.failed > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Writes that were acknowledged. `doubtful` ones failed for the client and are there."""

    acknowledged: int
    lost: int
    doubtful: int
    lost_seconds: float  # age of the oldest lost write at the fault: what the RPO is about


def seen(sort: Sort, attempts: Iterable[Attempt], *, fault: float) -> Seen:
    """How one sort fared since the fault."""
    ours = sorted((a for a in attempts if a.sort is sort and a.ended >= fault), key=_ended)
    failures = [attempt for attempt in ours if not attempt.is_served]
    if not failures:
        return Seen(sort=sort, attempts=len(ours), failed=0, restored_seconds=0.0)
    last = failures[-1].ended
    after = next((a.ended for a in ours if a.is_served and a.ended > last), None)
    return Seen(
        sort=sort,
        attempts=len(ours),
        failed=len(failures),
        restored_seconds=None if after is None else after - fault,
    )


def longest(seen: Iterable[Seen]) -> float | None:
    """How long it took until all sorts were served again; None when one of them is not."""
    times = [one.restored_seconds for one in seen]
    known = [seconds for seconds in times if seconds is not None]
    return max(known) if len(known) == len(times) else None


def is_calm(attempts: Iterable[Attempt], *, now: float, seconds: float) -> bool:
    """Whether each sort was served lately and nothing has failed for so long."""
    latest = [attempt for attempt in attempts if attempt.ended >= now - seconds]
    sorts = {attempt.sort for attempt in latest if attempt.is_served}
    return sorts == set(Sort) and all(attempt.is_served for attempt in latest)


def loss(attempts: Iterable[Attempt], present: frozenset[str], *, fault: float) -> Loss:
    """What of the acknowledged writes is gone."""
    writes = [attempt for attempt in attempts if attempt.sort is Sort.WRITE]
    acknowledged = [attempt for attempt in writes if attempt.is_served]
    lost = [attempt for attempt in acknowledged if attempt.key not in present]
    doubtful = [write for write in writes if not write.is_served and write.key in present]
    oldest = min((write.ended for write in lost), default=fault)
    return Loss(
        acknowledged=len(acknowledged),
        lost=len(lost),
        doubtful=len(doubtful),
        lost_seconds=max(0.0, fault - oldest),
    )


def _ended(attempt: Attempt) -> float:
    return attempt.ended


def judged(
    rto: float | None, loss: Loss, *, rto_target: float | None, rpo_target: float | None
) -> tuple[Verdict, str]:
    """Whether what was promised for the scenario was kept, and why. Pure.

    Without a promise it is kept when it was served again.
    """
    if rto is None:
        return Verdict.BROKEN, "it was not served again while we watched"
    lost = f"{loss.lost} of {loss.acknowledged} acknowledged writes lost"
    if loss.lost:
        lost += f" (the last {loss.lost_seconds:.2f} s)"
    found = f"served again after {rto:.2f} s, {lost}"
    if rto_target is not None and rto > rto_target:
        return Verdict.BROKEN, f"{found}; at most {rto_target:g} s were promised"
    if loss.lost and loss.lost_seconds > (rpo_target or 0.0):
        return Verdict.BROKEN, f"{found}; at most {rpo_target or 0:g} s were promised"
    return Verdict.KEPT, found
