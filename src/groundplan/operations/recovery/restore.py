"""Brings the database back: into a folder of its own, or in place with the old data kept aside.

In place the files come out of the repository while the old server still serves; only then it is
stopped, and a recovery that fails puts the old data back.
"""

from dataclasses import dataclass
from typing import Any

from groundplan.errors import TargetError
from groundplan.operations.recovery.backup import write_down
from groundplan.operations.recovery.point import chosen, refused, shown
from groundplan.operations.recovery.safety import KEEP, give_up_old
from groundplan.operations.recovery.thread import kept, tried
from groundplan.ports.archive import (
    Archive,
    Backup,
    Copies,
    Fetched,
    Kind,
    Place,
    Point,
    Proof,
    Records,
)
from groundplan.ports.aside import Aside
from groundplan.ports.databases import Claim
from groundplan.ports.journal import Journal, Outcome, State

ROOM = 1.1  # of the backup's size has to be free: log that is replayed comes on top
SPARE_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """To where, and into which folder (absolute; empty: in place). `dry`: only say what it does.

    `keep`: so many safety copies stay after a restore in place, the newest in any case.
    """

    to: str
    into: str = ""
    dry: bool = False
    keep: int = KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePorts:
    """Who does it."""

    archive: Archive
    copies: Copies
    place: Place
    records: Records
    aside: Aside


def restore(journal: Journal, ports: RestorePorts, arguments: Restore) -> Outcome:
    """Chooses, checks the room, restores. Nothing is touched before all checks are passed."""
    try:
        points = _points(journal, ports, arguments)
        into = arguments.into or ports.place.fetched_to(journal.operation)
        kept(journal, "check the room", None, lambda: _check(ports.copies, points[0], into))
    except TargetError as error:
        return Outcome(
            state=State.REFUSED,
            summary=f"{error.why}; try: {error.try_}",
            facts={"why": error.why, "try": error.try_},
        )
    journal.tell(f"restores from {points[0].backup.name}", because=_where(points[0]))
    if arguments.dry:
        size = f"{points[0].backup.bytes / 2**20:.0f} MB"
        where = f"into {into}" if arguments.into else "in place"
        return Outcome(
            state=State.DONE,
            summary=f"would restore {points[0].backup.name} {_where(points[0])}, {size}, {where}",
            facts={"backup": points[0].backup.name, "bytes": points[0].backup.bytes},
        )
    if arguments.into:
        return _into(journal, ports, points, arguments.into)
    return _in_place(journal, ports, points, arguments.keep)


def _points(journal: Journal, ports: RestorePorts, arguments: Restore) -> tuple[Point, ...]:
    """The ways to the target. A repository that cannot be read is said, and the others are used."""
    backups: list[Backup] = []
    for region in ports.archive.repositories:
        found = tried(
            journal,
            f"list {region}",
            tuple[Backup, ...],
            lambda: ports.archive.backups(region),  # noqa: B023
        )
        if isinstance(found, TargetError):
            journal.tell(f"the repository in {region} cannot be used", because=found.why)
        else:
            backups += found
    now = journal.now()
    shipped = tried(journal, "send the log", int, ports.archive.ship)
    if isinstance(shipped, TargetError):
        journal.tell("the newest log could not be sent", because=shipped.why)
    end = None if isinstance(shipped, TargetError) else shipped
    return chosen(arguments.to, tuple(backups), now=now, end_lsn=end)


def _check(copies: Copies, point: Point, into: str) -> None:
    if not copies.is_empty(into):
        raise refused(into, f"{into} is not empty", "name a folder that does not exist yet")
    free, needed = copies.free(into), int(point.backup.bytes * ROOM) + SPARE_BYTES
    if free < needed:
        why = f"{needed / 2**20:.0f} MB are needed there and {free / 2**20:.0f} MB are free"
        raise refused(into, why, "free some space, or restore --into a folder on another disk")


def _fetch(
    journal: Journal, ports: RestorePorts, points: tuple[Point, ...], into: str, *, in_place: bool
) -> tuple[Point, Fetched] | str:
    """From the first repository that gives the files; else why none did."""
    whys = []
    for point in points:
        result = tried(
            journal,
            f"fetch {point.backup.name}",
            Fetched,
            lambda: ports.copies.fetch(point, into, in_place=in_place),  # noqa: B023
        )
        if isinstance(result, Fetched):
            return point, result
        journal.tell(f"{point.backup.name} cannot be restored", because=result.why)
        whys.append(f"{point.backup.name}: {result.why}")
    return "; ".join(whys)


def _into(journal: Journal, ports: RestorePorts, points: tuple[Point, ...], into: str) -> Outcome:
    fetched = _fetch(journal, ports, points, into, in_place=False)
    if isinstance(fetched, str):
        return Outcome(state=State.FAILED, summary=f"no backup could be restored: {fetched}")
    point, files = fetched
    proof = tried(journal, "recover", Proof, lambda: ports.copies.finish(into))
    if isinstance(proof, TargetError):
        return Outcome(state=State.FAILED, summary=f"{into} does not recover: {proof.why}")
    seconds = files.seconds + proof.recover_seconds
    return Outcome(
        state=State.DONE,
        summary=f"restored {point.backup.name} {_where(point)} into {into} in {seconds:.1f} s: "
        f"{proof.rows:,} rows in {proof.tables} tables; sh {into}/start.sh starts it",
        facts={**_facts(point, files), "rows": proof.rows, "seconds": seconds},
    )


def _in_place(
    journal: Journal, ports: RestorePorts, points: tuple[Point, ...], keep: int
) -> Outcome:
    mark = journal.operation
    into = ports.place.fetched_to(mark)
    began = journal.now()
    if points[0].is_latest:  # what is written from here on would be lost
        kept(journal, "stop writing", None, ports.place.stop)
    fetched = _fetch(journal, ports, points, into, in_place=True)
    if isinstance(fetched, str):
        kept(journal, "serve as before", None, lambda: ports.place.swap_back(mark))
        return Outcome(
            state=State.FAILED, summary=f"no backup could be restored, nothing changed: {fetched}"
        )
    point, files = fetched
    journal.tell("stops the database", because=f"{files.bytes / 2**20:.0f} MB are ready beside it")
    stopped = journal.now()
    aside, term = _swapped(journal, ports.place, mark)
    started = tried(journal, "recover", None, ports.place.start)
    if isinstance(started, TargetError):
        journal.tell("puts the old data back", because=started.why)
        kept(journal, "put back", None, lambda: ports.place.swap_back(mark))
        return Outcome(
            state=State.FAILED,
            summary=f"the restored data does not recover, the old is back: {started.why}",
        )
    writable = journal.now()
    journal.tell(f"the database serves again after {writable - stopped:.1f} s")
    replicas = tried(journal, "rebuild replicas", tuple[str, ...], ports.place.rebuild)
    if isinstance(replicas, TargetError):
        journal.tell("replicas were not rebuilt", because=replicas.why)
    facts = {
        **_facts(point, files),
        "aside": aside,
        "term": term,
        "down_seconds": writable - stopped,
        "seconds": writable - began,
        "forgotten": list(give_up_old(journal, ports.aside, keep)),
    }
    return _backed_up(journal, ports, point, facts)


def _swapped(journal: Journal, place: Place, mark: str) -> tuple[str, int]:
    """Where the old data is now, and the new term: the restored data is a new history, as a
    promotion begins one."""
    kept(journal, "stop", None, place.stop)
    aside = kept(journal, "swap", str, lambda: place.swap(mark))
    old = kept(journal, "see who is the primary", Claim, place.claim)
    new = Claim(name=old.name, term=old.term + 1)
    kept(journal, f"name {new.name} in term {new.term}", None, lambda: place.name_primary(new))
    return aside, new.term


def _backed_up(
    journal: Journal, ports: RestorePorts, point: Point, facts: dict[str, Any]
) -> Outcome:
    """From here on there is a new history, and it needs a full backup to begin with."""
    fresh: list[Backup] = []
    for region in ports.archive.repositories:
        made = tried(
            journal,
            f"full backup in {region}",
            Backup,
            lambda: ports.archive.back_up(region, Kind.FULL, journal.operation),  # noqa: B023
        )
        if isinstance(made, TargetError):
            journal.tell(f"no backup in {region}", because=made.why)
        else:
            fresh.append(made)
    if fresh:
        write_down(journal, ports.archive, ports.records, fresh)
    return Outcome(
        state=State.DONE,
        summary=f"restored {point.backup.name} {_where(point)} in {facts['seconds']:.1f} s; no "
        f"writes for {facts['down_seconds']:.1f} s; the old data is in {facts['aside']}",
        facts=facts,
    )


def _facts(point: Point, files: Fetched) -> dict[str, Any]:
    return {
        "backup": point.backup.name,
        "bytes": files.bytes,
        "fetch_seconds": files.seconds,
    }


def _where(point: Point) -> str:
    if point.lsn is not None:
        return f"up to lsn {point.lsn >> 32:X}/{point.lsn & 0xFFFFFFFF:X}"
    if point.at is not None:
        return f"up to {shown(point.at)}"
    return "and all log since" if point.is_latest else "as it was at its end"
