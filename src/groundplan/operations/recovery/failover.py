"""Failover: the primary is given up and another server takes its place, here or elsewhere.

The order keeps two from ever taking writes: end the old one for certain, choose by what is left of
its log, write down who is named, and only then promote.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from groundplan.errors import TargetError
from groundplan.operations.recovery.choice import Choice, Question, Refusal, choose
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
from groundplan.ports.databases import Claim, Databases
from groundplan.ports.journal import Journal, Json, Outcome, State

LOOKS = 8
PAUSE_SECONDS = 0.25
CANDIDATES = 3
_MOVE = TypeAdapter(Move)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failover:
    """`primary` is given up for a server of `region`; `written` is what it was seen to write, and
    `alive_at` when it was last seen to confirm a write."""

    primary: str
    region: str
    because: str
    confirmation: Confirmation
    synchronous: tuple[str, ...] = ()
    written: int = 0
    alive_at: float | None = None
    may_lose: bool = False
    is_named: bool = False  # an earlier one named it and came no further: it is to be promoted


def failover(journal: Journal, ports: Ports, arguments: Failover) -> Outcome:
    """Ends with exactly one primary, wherever it is interrupted."""
    databases, began = ports.databases, journal.now()
    old = claim_of(journal, databases)
    if old.name != arguments.primary:
        return Outcome(
            state=State.REFUSED, summary=f"{old.name} is the primary, not {arguments.primary}"
        )
    journal.tell(f"{old.name} is given up", because=arguments.because)
    if arguments.is_named:
        return _finish(journal, ports, old, began)
    journal.step(f"fence {old.name}", lambda: databases.fence(old.name))
    found = _replaced(journal, databases, old, arguments)
    if isinstance(found, Refusal):
        return _give_back(journal, databases, old, found)
    move, choice = found
    seconds = journal.now() - began
    gather(journal, databases, move)
    here = databases.region_of(old.name)
    replicas: Json = {}
    if arguments.region != here:
        journal.step("move home", lambda: ports.regions.move_home(arguments.region))
        replicas = carry(journal, ports.regions, arguments.region)
    elif bring_back(journal, databases, old.name) and arguments.confirmation.is_wanted:
        standbys = tuple(dict.fromkeys((*move.standbys, old.name)))
        journal.step(
            "let commits wait again", lambda: databases.confirm_by(move.new.name, standbys)
        )
    return Outcome(
        state=State.DONE,
        summary=f"{move.new.name} is the primary, {seconds:.1f} s after {old.name} was given up; "
        f"{choice.loss}",
        facts=facts_of(move, seconds, (choice.lost_bytes, choice.lost_seconds), replicas),
    )


def _replaced(
    journal: Journal, databases: Databases, old: Claim, arguments: Failover
) -> tuple[Move, Choice] | Refusal:
    """The first candidate that can be promoted. One that cannot is ended before the next."""
    tried: list[str] = []
    last = old
    for _ in range(CANDIDATES):
        found = _chosen(journal, databases, arguments, tuple(tried))
        if isinstance(found, Refusal):
            return found if not tried else Refusal(why=f"{', '.join(tried)} failed; {found.why}")
        choice, move = found
        move = replace(move, old=old, new=Claim(name=choice.name, term=last.term + 1))
        journal.tell(f"{choice.name} takes over", because=f"{choice.because}; {choice.loss}")
        try:
            take_over(journal, databases, move)
        except TargetError as error:
            journal.tell(f"{choice.name} cannot", because=error.why)
            named = claim_of(journal, databases)
            if named.term > last.term and named != move.new:  # it may follow that one by now
                return Refusal(why=f"{named.name} was made the primary meanwhile")
            journal.step(f"fence {choice.name}", lambda: databases.fence(choice.name))  # noqa: B023
            tried.append(choice.name)
            last = move.new
            continue
        return move, choice
    return Refusal(why=f"{', '.join(tried)} could not be promoted")


def _chosen(
    journal: Journal, databases: Databases, arguments: Failover, tried: tuple[str, ...]
) -> tuple[Choice, Move] | Refusal:
    """Looks several times: on a busy machine a server may miss one."""
    question = Question(
        old=arguments.primary,
        region=arguments.region,
        synchronous=tuple(name for name in arguments.synchronous if name not in tried),
        written=arguments.written,
        alive_at=arguments.alive_at,
        may_lose=arguments.may_lose,
        excluded=tried,
    )
    why = ""
    for number in range(LOOKS):
        said = journal.step(
            f"choose {len(tried)}.{number}", lambda: _choice(databases, question, arguments)
        )
        if "why" not in said:
            return Choice(**said["choice"]), _MOVE.validate_python(said["move"])
        why = str(said["why"])
        journal.sleep(PAUSE_SECONDS)
    return Refusal(why=why)


def _choice(databases: Databases, question: Question, arguments: Failover) -> dict[str, Any]:
    sights = databases.look()
    found = choose(question, sights)
    if isinstance(found, Refusal):
        return {"why": found.why}
    old = Claim(name=arguments.primary, term=0)
    move = planned(found.name, old, sights, arguments.confirmation)
    return {"choice": asdict(found), "move": asdict(move)}


def _finish(journal: Journal, ports: Ports, claim: Claim, began: float) -> Outcome:
    databases = ports.databases
    journal.step(f"promote {claim.name}", lambda: databases.promote(claim.name))
    seconds = journal.now() - began
    others = tuple(name for name in databases.names() if name != claim.name)
    gather(journal, databases, Move(old=claim, new=claim, standbys=(), others=others))
    region = databases.region_of(claim.name)
    journal.step("move home", lambda: ports.regions.move_home(region))
    replicas = carry(journal, ports.regions, region)
    return Outcome(
        state=State.DONE,
        summary=f"{claim.name}, which was named before, is the primary",
        facts={
            "new": claim.name,
            "term": claim.term,
            "seconds": seconds,
            "lost_bytes": None,  # whoever named it knew
            "lost_seconds": None,
            "replicas": replicas,
        },
    )


def _give_back(journal: Journal, databases: Databases, old: Claim, why: Refusal) -> Outcome:
    """Nobody was promoted, so the old one may go on: unless somebody was named meanwhile."""
    if journal.step("see who is named", lambda: databases.claim() == old):
        try:
            journal.step(f"start {old.name} again", lambda: databases.start(old.name))
        except TargetError as error:
            journal.tell(f"{old.name} does not come back", because=error.why)
    return Outcome(state=State.FAILED, summary=f"nobody can take over: {why.why}")
