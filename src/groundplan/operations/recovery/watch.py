"""What the watch over the databases does next. Pure: `(state, seen) -> (state, action)`."""

from dataclasses import dataclass, replace
from enum import StrEnum

from groundplan.design.recovery import Recovery
from groundplan.operations.recovery.choice import Choice, Question, choose
from groundplan.operations.recovery.pulse import Condition, Pulse, beat
from groundplan.operations.recovery.regions import seen_from
from groundplan.ports.databases import Claim, Sight, Vantage

CAUGHT_UP_BYTES = 1 << 20  # a standby that lacks more would make commits wait
STRAY_LOOKS = 10
PATIENT_MISSES = 20


class Kind(StrEnum):
    """What can be done about a look; each is an operation."""

    FAILOVER = "failover"  # to a server of the same region, or to another region
    GO_ALONE = "go-alone"  # commits do not wait for a standby any more
    CONFIRM = "confirm"  # commits wait for standbys again
    MEND = "mend"  # a replica follows the wrong server


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One operation to start, and why. `names`: the servers that it is about."""

    kind: Kind
    because: str
    region: str = ""
    names: tuple[str, ...] = ()
    may_lose: bool = False  # a write that was confirmed: a whole region is given up
    is_named: bool = False  # it was named before, and is to be promoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the watch remembers."""

    pulse: Pulse
    lost_since: float | None = None  # its region has had nobody to take over since then
    strays: tuple[tuple[str, int], ...] = ()  # replicas that follow somebody else, looks in a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look. `vantages` are asked for only when the primary's region seems gone."""

    at: float
    claim: Claim
    sights: tuple[Sight, ...]
    vantages: tuple[Vantage, ...] = ()


def watch(watched: Watched, look: Look, recovery: Recovery) -> tuple[Watched, Action | None]:
    """The state after one more look, and the one thing that is to be done now, if any."""
    pulse = _remembered(beat(watched.pulse, look.claim, look.sights, at=look.at), look, recovery)
    strays = _strays(watched, look)
    now = Watched(pulse=pulse, lost_since=watched.lost_since, strays=strays)
    match pulse.condition:
        case Condition.DOWN | Condition.HUNG:
            return _replace_primary(now, look, recovery)
        case Condition.UNPROMOTED:
            return replace(now, lost_since=None), _failover(now, look, _region(look))
        case Condition.ALONE:
            now = replace(now, lost_since=None)
            return now, _go_alone(now, look, recovery) or _mend(now, look)
        case Condition.WELL:
            now = replace(now, lost_since=None)
            action = _tidy(now, look, recovery)
            if action is not None and action.kind is Kind.CONFIRM:
                now = replace(now, pulse=_awaiting(pulse, action.names[1:]))
            return now, action
    return now, None


def _awaiting(pulse: Pulse, standbys: tuple[str, ...]) -> Pulse:
    """From now on one of these may be the only one that has a confirmed write."""
    names = (*(pulse.synchronous or ()), *standbys)
    return replace(pulse, synchronous=tuple(dict.fromkeys(names)))


def _remembered(pulse: Pulse, look: Look, recovery: Recovery) -> Pulse:
    """A watch that has not seen the primary yet takes every neighbour for one that confirms."""
    if pulse.synchronous is not None:
        return pulse
    here = _region(look)
    neighbours = (s.name for s in look.sights if s.region == here and s.name != look.claim.name)
    return replace(pulse, synchronous=tuple(neighbours) if recovery.is_synchronous else ())


def is_lost(watched: Watched, look: Look, recovery: Recovery) -> bool:
    """Whether the vantages have to be asked: the primary's region has nobody to take over."""
    pulse = beat(watched.pulse, look.claim, look.sights, at=look.at)
    return recovery.is_automatic and pulse.condition in (Condition.DOWN, Condition.HUNG)


def _replace_primary(now: Watched, look: Look, recovery: Recovery) -> tuple[Watched, Action | None]:
    here = _region(look)
    found = choose(question_of(now.pulse, here), look.sights)
    if isinstance(found, Choice):
        # What would be lost is still on the old one's disk: it gets the time to start again.
        is_time = not found.lost_bytes or now.pulse.useless >= PATIENT_MISSES
        action = _failover(now, look, here) if is_time else None
        return replace(now, lost_since=None), action
    view = seen_from(here, look.vantages)
    if not recovery.is_automatic or not view.is_gone:
        return replace(now, lost_since=None), None
    since = look.at if now.lost_since is None else now.lost_since
    now = replace(now, lost_since=since)
    if look.at - since < recovery.after_seconds:
        return now, None
    for region in recovery.partners_of(here):
        if isinstance(choose(question_of(now.pulse, region, may_lose=True), look.sights), Choice):
            because = f"{view.because} for {look.at - since:.1f} s"
            return now, Action(
                kind=Kind.FAILOVER,
                region=region,
                because=because,
                names=(look.claim.name,),
                may_lose=True,
            )
    return now, None


def question_of(pulse: Pulse, region: str, *, may_lose: bool = False) -> Question:
    """Who is to follow the watched primary in a region."""
    return Question(
        old=pulse.claim.name,
        region=region,
        synchronous=pulse.synchronous or (),
        written=pulse.written,
        alive_at=pulse.alive_at,
        may_lose=may_lose,
    )


def _failover(now: Watched, look: Look, region: str) -> Action:
    return Action(
        kind=Kind.FAILOVER,
        region=region,
        because=now.pulse.because,
        names=(look.claim.name,),
        is_named=now.pulse.condition is Condition.UNPROMOTED,
    )


def _go_alone(now: Watched, look: Look, recovery: Recovery) -> Action | None:
    since, after = now.pulse.alone_since, recovery.alone_after_seconds
    if since is None or after is None or look.at - since < after:
        return None
    because = f"{now.pulse.because} for {look.at - since:.1f} s"
    return Action(kind=Kind.GO_ALONE, because=because, names=(look.claim.name,))


def _tidy(now: Watched, look: Look, recovery: Recovery) -> Action | None:
    """While all is well: standbys confirm again, and nobody follows the wrong server."""
    primary = next(sight for sight in look.sights if sight.name == look.claim.name)
    standbys = tuple(
        sight.name
        for sight in look.sights
        if sight.region == primary.region
        and sight.name in primary.followers
        and primary.received - sight.received <= CAUGHT_UP_BYTES
    )
    if recovery.is_synchronous and standbys and not set(standbys) <= set(primary.synchronous):
        because = f"{' and '.join(standbys)} follows again"
        return Action(kind=Kind.CONFIRM, because=because, names=(primary.name, *standbys))
    return _mend(now, look)


def _mend(now: Watched, look: Look) -> Action | None:
    for name, looks in now.strays:
        if looks >= STRAY_LOOKS:
            because = f"{name} does not follow {look.claim.name}"
            return Action(kind=Kind.MEND, names=(name,), because=because)
    return None


def _strays(watched: Watched, look: Look) -> tuple[tuple[str, int], ...]:
    """Who should follow the primary and does not. Of the fenced only its neighbours: a region that
    was given up comes back when somebody says so."""
    before, here = dict(watched.strays), _region(look)
    return tuple(
        (sight.name, before.get(sight.name, 0) + 1)
        for sight in look.sights
        if sight.name != look.claim.name
        and sight.follows != look.claim.name
        and (sight.answers or (sight.is_fenced and sight.region == here))
    )


def _region(look: Look) -> str:
    return next(sight.region for sight in look.sights if sight.name == look.claim.name)
