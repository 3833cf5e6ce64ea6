"""How well a team delivers, from the journal: the four figures of DORA (dora.dev), as counted here.

Lead time: from the commit, where git says when, else from the request, until everybody has it. A
failure is a release that was taken back, by the judge, by a person or by an undo. Restored: from a
failed release's beginning, or an undone one's end, until stable serves everybody again.
"""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

DAY_SECONDS = 86_400.0
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """One release that ended; seconds since 1970."""

    service: str
    version: str
    began: float
    ended: float
    is_done: bool
    goes_back: bool = False  # an undo
    committed: float | None = None  # when its code was


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of some days. `None` is "nothing to count", which is not zero."""

    days: float
    releases: int  # without undos
    reached_everybody: int
    failed: int
    undone: int
    per_week: float
    lead_seconds: float | None  # median
    lead_from_commit: int  # of how many lead times the commit was known
    failure_rate: float | None
    restore_seconds: float | None  # median


def figures(shipped: Iterable[Shipped], *, now: float, days: float) -> Figures:
    """Those of the releases that ended in the last days."""
    known = sorted(shipped, key=lambda each: each.ended)
    since = now - days * DAY_SECONDS
    lately = [each for each in known if since <= each.ended <= now]
    releases = [each for each in lately if not each.goes_back]
    done = [each for each in releases if each.is_done]
    taken_back = [each for each in releases if not each.is_done]
    undos = [each for each in lately if each.goes_back and each.is_done]
    restored = [each.ended - each.began for each in taken_back]
    restored += [undo.ended - before.ended for undo in undos if (before := _undone(undo, known))]
    leads = [each.ended - (each.committed or each.began) for each in done]
    bad = len(taken_back) + len(undos)
    return Figures(
        days=days,
        releases=len(releases),
        reached_everybody=len(done),
        failed=len(taken_back),
        undone=len(undos),
        per_week=len(done) / days * WEEK_DAYS,
        lead_seconds=statistics.median(leads) if leads else None,
        lead_from_commit=sum(each.committed is not None for each in done),
        failure_rate=min(1.0, bad / len(releases)) if releases else None,
        restore_seconds=statistics.median(restored) if restored else None,
    )


def _undone(undo: Shipped, known: list[Shipped]) -> Shipped | None:
    """The release that an undo took back: the last one of its service that everybody had."""
    before = [
        each
        for each in known
        if each.is_done and each.service == undo.service and each.ended <= undo.began
    ]
    return before[-1] if before else None
