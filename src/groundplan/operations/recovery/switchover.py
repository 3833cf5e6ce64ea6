"""Switchover: the primary moves to another region in order, and no write is lost.

Also the way back after a failover: what stands in the region is made a replica first.
"""

from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from groundplan.errors import TargetError
from groundplan.operations.recovery.moving import (
    Confirmation,
    Move,
    Ports,
    bring_back,
    carry,
    claim_of,
    facts_of,
    gather,
    planned,
    take_over,
)
from groundplan.ports.databases import Claim, Databases, Sight
from groundplan.ports.journal import Journal, Outcome, State

BEHIND_BYTES_MAX = 16 << 20  # one segment: what is sent while the old primary stops
LOOKS = 120
PAUSE_SECONDS = 0.5
LAST_LOOKS = 100
LAST_PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Switchover:
    """The region that is to have the primary."""

    region: str
    confirmation: Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Who would take over now. Without a target `why` tells what is in the way."""

    target: str = ""
    behind_bytes: int = 0
    away: tuple[str, ...] = ()  # servers of the region that are no replicas as they are
    why: str = ""


def readiness(region: str, claim: Claim, sights: tuple[Sight, ...]) -> Readiness:
    """Whether a region could have the primary now. Pure."""
    there = [sight for sight in sights if sight.region == region]
    primary = next((sight for sight in sights if sight.name == claim.name), None)
    away = tuple(sight.name for sight in there if sight.follows != claim.name)
    if not there:
        return Readiness(why=f"{region} has no replica of the database")
    if claim.name in {sight.name for sight in there}:
        return Readiness(why=f"the primary, {claim.name}, is in {region} already")
    if primary is None or not primary.answers or not primary.is_primary:
        return Readiness(
            away=away,
            why=f"{claim.name} does not answer as the primary: `groundplan failover {region}`",
        )
    following = [sight for sight in there if sight.follows == claim.name]
    if not following:
        return Readiness(away=away, why=f"nobody in {region} follows {claim.name}")
    best = max(following, key=lambda sight: (sight.received, sight.replayed))
    behind = max(0, primary.received - best.replayed)
    why = f"{best.name} is {behind:,} bytes behind" if behind > BEHIND_BYTES_MAX else ""
    return Readiness(target=best.name, behind_bytes=behind, away=away, why=why)


def switchover(journal: Journal, ports: Ports, arguments: Switchover) -> Outcome:
    """Ends with exactly one primary and every write, wherever it is interrupted."""
    databases, region = ports.databases, arguments.region
    old = claim_of(journal, databases)
    first = _READINESS.validate_python(
        journal.step("look", lambda: asdict(readiness(region, old, databases.look())))
    )
    if not first.target and not first.away:
        return Outcome(state=State.REFUSED, summary=first.why)
    for name in first.away:
        journal.tell(f"{name} is brought back first", because="it does not follow the primary")
        bring_back(journal, databases, name)
    ready = _caught_up(journal, databases, old, region)
    if ready.why:
        return Outcome(state=State.REFUSED, summary=ready.why)
    journal.tell(
        f"{old.name} hands over to {ready.target}",
        because=f"{ready.target} is {ready.behind_bytes:,} bytes behind",
    )
    began = journal.now()
    move = _handed_over(journal, databases, old, (ready.target, arguments.confirmation))
    if isinstance(move, str):
        return Outcome(state=State.FAILED, summary=f"{move}; {old.name} is the primary again")
    take_over(journal, databases, move)
    seconds = journal.now() - began
    gather(journal, databases, move)
    journal.step("move home", lambda: ports.regions.move_home(region))
    bring_back(journal, databases, old.name)
    replicas = carry(journal, ports.regions, region)
    return Outcome(
        state=State.DONE,
        summary=f"{move.new.name} is the primary; writes paused for {seconds:.1f} s",
        facts=facts_of(move, seconds, (0, 0.0), replicas),
    )


def _handed_over(
    journal: Journal, databases: Databases, old: Claim, target: tuple[str, Confirmation]
) -> Move | str:
    """The old primary is stopped, and the target has its whole log. Else it goes on, and why."""
    name, confirmation = target
    why = f"{name} did not get the whole log"
    try:
        end = journal.step(f"stop {old.name} in order", lambda: databases.shut_down(old.name))
        move = _complete(journal, databases, name, (old, end, confirmation))
    except TargetError as error:
        move, why = None, error.why
    if move is not None:
        return move
    journal.step(f"start {old.name} again", lambda: databases.start(old.name))
    return why


def _caught_up(journal: Journal, databases: Databases, old: Claim, region: str) -> Readiness:
    """What the region's servers lack is sent while the old primary still works."""
    ready = Readiness(why=f"{region} was not looked at")
    for number in range(LOOKS):
        said = journal.step(
            f"look {number}", lambda: asdict(readiness(region, old, databases.look()))
        )
        ready = _READINESS.validate_python(said)
        if not ready.why:
            break
        journal.sleep(PAUSE_SECONDS)
    return ready


def _complete(
    journal: Journal, databases: Databases, target: str, stopped: tuple[Claim, int, Confirmation]
) -> Move | None:
    """The move, as soon as the target has replayed the record that ends the old one's log."""
    for number in range(LAST_LOOKS):
        said = journal.step(f"compare {number}", lambda: _compared(databases, target, stopped))
        if said:
            return _MOVE.validate_python(said)
        journal.sleep(LAST_PAUSE_SECONDS)
    return None


def _compared(
    databases: Databases, target: str, stopped: tuple[Claim, int, Confirmation]
) -> dict[str, Any]:
    old, end, confirmation = stopped
    sights = databases.look()
    if not any(s.name == target and s.answers and s.replayed > end for s in sights):
        return {}
    return asdict(planned(target, old, sights, confirmation))


_READINESS = TypeAdapter(Readiness)
_MOVE = TypeAdapter(Move)
