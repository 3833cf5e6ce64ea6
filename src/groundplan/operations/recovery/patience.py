"""How long the watch waits before it tries again what has failed. Pure.

Each failure of the same thing in the same situation doubles the wait, up to a bound; another
situation is tried at once.
"""

from dataclasses import dataclass, replace

from groundplan.operations.recovery.pulse import Condition
from groundplan.operations.recovery.watch import Action, Kind, Look

FIRST_SECONDS = 5.0
LONGEST_SECONDS = 300.0
FORGET_SECONDS = 60.0  # what nobody has wanted for so long after its wait is a new matter

Situation = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What has failed, how often in a row, and until when it is not tried again."""

    kind: Kind
    names: tuple[str, ...]
    region: str
    situation: Situation
    fails: int = 0
    until: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """What has failed lately."""

    tried: tuple[Tried, ...] = ()

    def next_try(self, action: Action, look: Look) -> Tried:
        """What is known of it in this situation; nothing failed yet in a new one."""
        fresh = Tried(
            kind=action.kind,
            names=action.names,
            region=action.region,
            situation=_situation(look),
        )
        same = (tried for tried in self.tried if _is_same(tried, fresh))
        found = next(same, None)
        return found if found is not None and found.situation == fresh.situation else fresh

    def failed(self, tried: Tried, why: str, *, at: float) -> "Patience":
        """It was tried once more, and failed."""
        wait = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0**tried.fails)
        now = replace(tried, fails=tried.fails + 1, until=at + wait, why=why)
        return Patience(tried=(*self._others(tried), now))

    def done(self, tried: Tried) -> "Patience":
        """It succeeded."""
        return Patience(tried=self._others(tried))

    def settled(self, condition: Condition, *, at: float) -> "Patience":
        """Without what is over: a primary that is well again needs no other."""
        over = (Kind.FAILOVER, Kind.GO_ALONE) if condition is Condition.WELL else ()
        kept = (t for t in self.tried if t.kind not in over and at < t.until + FORGET_SECONDS)
        return Patience(tried=tuple(kept))

    def _others(self, tried: Tried) -> tuple[Tried, ...]:
        return tuple(each for each in self.tried if not _is_same(each, tried))


def _is_same(one: Tried, other: Tried) -> bool:
    return (one.kind, one.names, one.region) == (other.kind, other.names, other.region)


def _situation(look: Look) -> Situation:
    """Who is named, who answers, and what each one is: when that changes, it may work now."""
    return (
        look.claim,
        *((s.name, s.answers, s.is_primary, s.follows, s.is_fenced) for s in look.sights),
    )
