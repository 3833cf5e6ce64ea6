"""Which replica becomes the primary, and what would be lost with it. Pure.

The loss in bytes is known for what somebody saw written. The loss in seconds runs from the last
commit that the replica has to the last look at which the old primary confirmed a write; the watch
itself writes at each look, twice a second, so that is how exact it is.
"""

from dataclasses import dataclass

from groundplan.ports.databases import Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A replica. `lost_bytes` of the log that the old primary was seen to write are not in it;
    `lost_seconds` of confirmed writes may be missing, None: nobody knows."""

    name: str
    received: int
    lost_bytes: int
    lost_seconds: float | None
    because: str

    @property
    def loss(self) -> str:
        """What is not in it, for a person: "1,024 bytes and 0.4 s of writes are lost"."""
        return told(self.lost_bytes, self.lost_seconds)


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
    alive_at: float | None = None  # when the old one last confirmed a write, as far as was seen
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
    return Choice(
        name=best.name,
        received=best.received,
        lost_bytes=lost,
        lost_seconds=0.0 if has_all else _seconds(best, question, lost),
        because=because,
    )


def told(lost_bytes: int, lost_seconds: float | None) -> str:
    """A loss, for a person."""
    if lost_seconds is None:
        return f"{lost_bytes:,} bytes are known to be lost, and of how many seconds nobody knows"
    if not lost_bytes and not lost_seconds:
        return "no write is lost"
    return f"{lost_bytes:,} bytes and {lost_seconds:.1f} s of writes are lost"


def _seconds(best: Sight, question: Question, lost_bytes: int) -> float | None:
    """Who has all that was written at the last look lacks nothing of before it."""
    if question.alive_at is None:
        return None
    if not lost_bytes:
        return 0.0
    if best.caught_up_to is None:
        return None
    return max(0.0, question.alive_at - best.caught_up_to)


def _why_not(sight: Sight, question: Question) -> str:
    if not sight.answers:
        return sight.why or "does not answer"
    if sight.name in question.excluded:
        return "was tried already"
    return "says that it is the primary"
