"""Which replica becomes the primary, and what would be lost with it. Pure."""

from dataclasses import dataclass

from groundplan.ports.databases import Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A replica. `lost_bytes` of the log that the old primary was seen to write are not in it."""

    name: str
    received: int
    lost_bytes: int
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Nobody, and why."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who is to follow whom. `synchronous` had to confirm the old primary's commits, any one."""

    old: str
    region: str  # where the new one is to stand
    synchronous: tuple[str, ...]
    written: int
    may_lose: bool = False  # a write that was confirmed: only when a whole region is given up
    excluded: tuple[str, ...] = ()


def choose(question: Question, sights: tuple[Sight, ...]) -> Choice | Refusal:
    """The one with the most of the log. Of the standbys that confirm, one has all that was ever
    confirmed; which one is known only when all of them answer."""
    there = [s for s in sights if s.region == question.region and s.name != question.old]
    eligible = [
        s for s in there if s.answers and not s.is_primary and s.name not in question.excluded
    ]
    if not eligible:
        reasons = "; ".join(f"{s.name}: {_why_not(s, question)}" for s in there)
        return Refusal(why=f"no server of {question.region} can take over ({reasons or 'none'})")
    confirming = [s for s in eligible if s.name in question.synchronous]
    missing = set(question.synchronous) - {s.name for s in sights if s.answers}
    if missing and not question.may_lose:
        names = " and ".join(sorted(missing))
        return Refusal(why=f"{names} may have the last confirmed write and does not answer")
    best = max(eligible, key=lambda s: (s.received, s.name in question.synchronous, s.replayed))
    has_all = bool(confirming) and not missing
    lost = 0 if has_all else max(0, question.written - best.received)
    because = (
        "it has every confirmed write"
        if has_all
        else f"of {len(eligible)} it has the most of the log"
    )
    return Choice(name=best.name, received=best.received, lost_bytes=lost, because=because)


def _why_not(sight: Sight, question: Question) -> str:
    if not sight.answers:
        return sight.why or "does not answer"
    if sight.name in question.excluded:
        return "was tried already"
    return "says that it is the primary"
