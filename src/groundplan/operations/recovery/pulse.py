"""How the primary is, judged by the looks at it so far. Pure.

One look is no judgement. A server that does not answer us may answer others: while a replica
hears it, it lives.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from groundplan.ports.databases import Claim, Sight

MISSES = 3  # looks in a row, half a second apart
HUNG_MISSES = 10  # for what looks like load: false alarms cost more than seconds
HEARD_SECONDS = 0.9  # a primary writes at every probe, so a replica hears it at least that often


class Condition(StrEnum):
    """What is the matter with the primary."""

    WELL = "well"
    SUSPECT = "suspect"  # something is missing, not for long enough
    DOWN = "down"
    HUNG = "hung"  # it is there and of no use
    ALONE = "alone"  # commits wait for a standby, and none follows
    UNPROMOTED = "unpromoted"  # it is named, and still a replica


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What is remembered from look to look."""

    claim: Claim
    misses: int = 0
    closed: int = 0  # new guests were not greeted
    unconfirmed: int = 0  # a write was not confirmed in time
    alone_since: float | None = None
    written: int = 0  # the furthest that it was seen to have written
    alive_at: float | None = None  # when it was last looked at and confirmed a write
    synchronous: tuple[str, ...] | None = None  # who had to confirm commits when it last told
    condition: Condition = Condition.WELL
    because: str = ""

    @property
    def useless(self) -> int:
        """In how many looks in a row it was of no use, for whichever reason."""
        return max(self.misses, self.closed, self.unconfirmed)


def beat(pulse: Pulse, claim: Claim, sights: tuple[Sight, ...], *, at: float) -> Pulse:
    """The pulse after one more look. It begins anew with another primary."""
    if pulse.claim != claim:
        pulse = Pulse(claim=claim)
    primary = next((sight for sight in sights if sight.name == claim.name), None)
    if primary is None or not primary.answers:
        return _judged(_missed(pulse), primary, sights)
    if not primary.is_primary:
        return Pulse(
            claim=claim,
            misses=pulse.misses,
            written=pulse.written,
            alive_at=pulse.alive_at,
            synchronous=pulse.synchronous,
            condition=Condition.UNPROMOTED,
            because=f"{claim.name} is to be the primary and is still a replica",
        )
    is_alone = bool(primary.synchronous) and not set(primary.synchronous) & set(primary.followers)
    since = pulse.alone_since if pulse.alone_since is not None else at
    seen = Pulse(
        claim=claim,
        closed=0 if primary.takes_guests else pulse.closed + 1,
        unconfirmed=0 if primary.acknowledged else pulse.unconfirmed + 1,
        alone_since=since if is_alone else None,
        written=max(pulse.written, primary.received),
        alive_at=at if primary.acknowledged else pulse.alive_at,
        synchronous=primary.synchronous,
    )
    return _judged(seen, primary, sights)


def _missed(pulse: Pulse) -> Pulse:
    return Pulse(
        claim=pulse.claim,
        misses=pulse.misses + 1,
        written=pulse.written,
        alive_at=pulse.alive_at,
        synchronous=pulse.synchronous,
    )


def _judged(pulse: Pulse, primary: Sight | None, sights: tuple[Sight, ...]) -> Pulse:
    condition, because = _condition(pulse, primary, sights)
    return replace(pulse, condition=condition, because=because)


def _condition(
    pulse: Pulse, primary: Sight | None, sights: tuple[Sight, ...]
) -> tuple[Condition, str]:
    name = pulse.claim.name
    if pulse.misses:
        why = primary.why if primary else "it is not in the design"
        hearing = [s.name for s in sights if s.follows == name and _hears(s)]
        told = f"{name} did not answer {pulse.misses} times in a row: {why}"
        if hearing and pulse.misses < HUNG_MISSES:
            return Condition.SUSPECT, f"{told}; {hearing[0]} still hears it"
        if hearing:
            return Condition.HUNG, told
        return (Condition.DOWN if pulse.misses >= MISSES else Condition.SUSPECT), told
    if pulse.alone_since is not None:
        return Condition.ALONE, f"commits on {name} wait for a standby, and none follows it"
    if pulse.closed >= HUNG_MISSES:
        return Condition.HUNG, f"{name} took no new connection {pulse.closed} times in a row"
    if pulse.unconfirmed >= HUNG_MISSES:
        return Condition.HUNG, f"{name} confirmed no write {pulse.unconfirmed} times in a row"
    if pulse.closed or pulse.unconfirmed:
        return Condition.SUSPECT, f"{name} is slow"
    return Condition.WELL, ""


def _hears(sight: Sight) -> bool:
    return sight.heard_seconds_ago is not None and sight.heard_seconds_ago < HEARD_SECONDS
