"""Copies what is not the database: the caches, and the files of applications.

One copy in each repository that needs one, then old ones are given up.
"""

from dataclasses import dataclass
from typing import Literal

from groundplan.design.backups import Schedule
from groundplan.errors import TargetError
from groundplan.operations.recovery.retention import retained
from groundplan.operations.recovery.schedule import due
from groundplan.operations.recovery.thread import kept
from groundplan.ports.archive import Backup
from groundplan.ports.journal import Journal, Outcome, State
from groundplan.ports.shelf import Shelf
from groundplan.promise.promise import Promise

What = Literal["cache", "files", "configuration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What is asked for. `is_due`: only where the schedule asks for it, too."""

    what: What
    is_due: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPorts:
    """Who does it."""

    shelf: Shelf
    schedule: Schedule | None  # None: a copy is made at each change, and each is kept
    promises: tuple[Promise, ...] = ()


def copy(journal: Journal, ports: CopyPorts, arguments: Copy) -> Outcome:
    """A repository that fails holds up no other."""
    now, made, deleted, faults = journal.now(), list[str](), list[str](), list[str]()
    for region in ports.shelf.repositories:
        try:
            backup = _one(journal, ports, arguments, region, now)
            if backup is not None:
                made.append(backup.name)
                faults += [f"{backup.name}: {fault}" for fault in backup.faults]
            deleted += _give_up_old(journal, ports, region, now)
        except TargetError as error:
            journal.tell(f"no copy of the {arguments.what} in {region}", because=error.why)
            faults.append(f"{region}: {error.why}")
    summary = f"made {', '.join(made)}" if made else "nothing was due"
    if faults:
        summary = f"{summary}; but {'; '.join(faults)}" if made else "; ".join(faults)
    return Outcome(
        state=State.FAILED if faults and not made else State.DONE,
        summary=summary,
        facts={"copies": list(made), "deleted": list(deleted), "faults": list(faults)},
    )


def is_due(ports: CopyPorts, region: str, now: float) -> str | None:
    """Why a copy is to be made in a repository now; None: it is not."""
    if ports.schedule is None:
        return None
    found = due(ports.schedule, ports.shelf.copies(region), now)
    return found.because if found else None


def _one(
    journal: Journal, ports: CopyPorts, arguments: Copy, region: str, now: float
) -> Backup | None:
    because: str | None = "it was asked for"
    if arguments.is_due:
        because = kept(
            journal, f"look into {region}", str | None, lambda: is_due(ports, region, now)
        )
    if because is None:
        return None
    journal.tell(f"copies the {arguments.what} in {region}", because=because)
    made = kept(
        journal,
        f"copy in {region}",
        Backup,
        lambda: ports.shelf.copy(region, journal.operation),
    )
    size = f"{made.bytes / 2**20:.1f} MB, checked" if made.bytes else "checked"
    told = "; ".join(made.faults) or size
    journal.tell(f"copied: {made.name}", because=told)
    return made


def _give_up_old(journal: Journal, ports: CopyPorts, region: str, now: float) -> tuple[str, ...]:
    """Deletes what is too old. A copy counts once it was checked, so each is as good as proven."""
    schedule = ports.schedule
    if schedule is None:
        return ()

    def give_up() -> list[str]:
        there = ports.shelf.copies(region)
        checked = {each.name: each.ended for each in there if not each.faults}
        keep = schedule.keep_seconds
        old = retained(there, checked, keep_seconds=keep, now=now).delete
        if old:
            ports.shelf.delete(region, old)
        return list(old)

    deleted = kept(journal, f"give up old in {region}", list[str], give_up)
    if deleted:
        journal.tell(f"deleted in {region}: {', '.join(deleted)}", because="older than is kept")
    return tuple(f"{region}:{label}" for label in deleted)
