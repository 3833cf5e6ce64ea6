"""What a failover and a switchover have in common: one server is named, promoted and followed."""

from dataclasses import dataclass

from groundplan.errors import TargetError
from groundplan.ports.databases import Claim, Databases, Sight
from groundplan.ports.journal import Journal, Json
from groundplan.ports.regions import Regions


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What these operations act through."""

    databases: Databases
    regions: Regions


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What the file says of synchronous standbys: whether commits wait for one of the region, and
    whether they may go on when there is none."""

    is_wanted: bool = False
    may_be_none: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """From one primary to the next. `standbys` are to confirm the new one's commits."""

    old: Claim
    new: Claim
    standbys: tuple[str, ...]
    others: tuple[str, ...]


def claim_of(journal: Journal, databases: Databases) -> Claim:
    """Who the primary is as the operation begins."""
    said = journal.step("see who is the primary", lambda: _listed(databases.claim()))
    return Claim(name=str(said[0]), term=int(said[1]))


def planned(new: str, old: Claim, sights: tuple[Sight, ...], confirmation: Confirmation) -> Move:
    """Who confirms and who follows. Pure; the old one comes back later, by itself."""
    region = next(sight.region for sight in sights if sight.name == new)
    others = [s for s in sights if s.answers and s.name not in (new, old.name)]
    standbys = [s.name for s in others if s.region == region and not s.is_primary]
    if not standbys and not confirmation.may_be_none:
        standbys = [s.name for s in sights if s.region == region and s.name != new]
    return Move(
        old=old,
        new=Claim(name=new, term=old.term + 1),
        standbys=tuple(standbys) if confirmation.is_wanted else (),
        others=tuple(s.name for s in others),
    )


def take_over(journal: Journal, databases: Databases, move: Move) -> None:
    """The old primary is stopped for certain when this is called."""
    new = move.new.name
    journal.step(f"name {new} in term {move.new.term}", lambda: databases.name_primary(move.new))
    # Before it takes a write: its standbys have to have it, too.
    journal.step(f"let commits on {new} wait", lambda: databases.confirm_by(new, move.standbys))
    journal.step(f"promote {new}", lambda: databases.promote(new))


def gather(journal: Journal, databases: Databases, move: Move) -> tuple[str, ...]:
    """The others follow the new primary. Returns who does not: the watch mends those."""
    left = []
    for name in move.others:
        try:
            journal.step(f"let {name} follow", lambda: databases.follow(name, move.new.name))  # noqa: B023
        except TargetError as error:
            left.append(name)
            journal.tell(f"{name} does not follow yet", because=error.why)
    return tuple(left)


def bring_back(journal: Journal, databases: Databases, name: str) -> bool:
    """Makes a stopped server a replica; tells whether it is one."""
    try:
        how = journal.step(f"bring {name} back", lambda: databases.rejoin(name))
    except TargetError as error:
        journal.tell(f"{name} is not back yet", because=error.why)
        return False
    journal.tell(f"{name} is back as a replica", because=f"its data was {how}")
    return True


def carry(journal: Journal, regions: Regions, region: str) -> Json:
    """The new home gets the replicas that it needs. A lack of them is no reason to fail: the
    database serves, and the next `up` makes them."""
    try:
        grown = journal.step(f"scale {region}", lambda: regions.carry(region))
    except TargetError as error:
        journal.tell(f"{region} has no more replicas yet", because=error.why)
        return {}
    for name, (before, after) in grown.items():
        journal.tell(f"{name} has {after} replicas instead of {before}")
    return {name: list(counts) for name, counts in grown.items()}


def facts_of(
    move: Move, seconds: float, lost: tuple[int, float | None], replicas: Json
) -> dict[str, Json]:
    """What became of it, for programs; `lost`: bytes of log, and seconds of writes."""
    return {
        "old": move.old.name,
        "new": move.new.name,
        "term": move.new.term,
        "seconds": seconds,
        "lost_bytes": lost[0],
        "lost_seconds": lost[1],
        "replicas": replicas,
    }


def _listed(claim: Claim) -> list[str | int]:
    return [claim.name, claim.term]
