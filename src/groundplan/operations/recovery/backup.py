"""Makes backups: one in each repository, what the database holds beside it, old ones given up."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from groundplan.design.backups import Schedule
from groundplan.errors import TargetError
from groundplan.operations.recovery.retention import retained
from groundplan.operations.recovery.schedule import Due, due
from groundplan.operations.recovery.thread import kept, tried
from groundplan.ports.archive import Archive, Backup, Contents, Kind, Record, Records
from groundplan.ports.journal import Journal, Outcome, State


@dataclass(frozen=True, slots=True, kw_only=True)
class BackUp:
    """What is asked for. `due`: what the schedule asks for in each repository, maybe nothing."""

    kind: Literal["due", "full", "incremental"] = "due"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPorts:
    """Who does it."""

    archive: Archive
    records: Records
    schedule: Schedule


def back_up(journal: Journal, ports: BackupPorts, arguments: BackUp) -> Outcome:
    """One backup in each repository that needs one; a repository that fails holds up no other."""
    now, made, failed = journal.now(), [], []
    for region in ports.archive.repositories:
        result = _one(journal, ports, arguments, region, now)
        if isinstance(result, TargetError):
            journal.tell(f"no backup in {region}", because=result.why)
            failed.append(f"{region}: {result.why}")
        elif result is not None:
            faults = "; ".join(result.faults)
            journal.tell(f"{result.kind} backup {result.name}", because=faults or _size(result))
            made.append(result)
            failed += [f"{result.name}: {fault}" for fault in result.faults]
    if made:
        write_down(journal, ports.archive, ports.records, made)
    deleted = tuple(_give_up_old(journal, ports, now))
    return _outcome(made, failed, deleted)


def _one(
    journal: Journal, ports: BackupPorts, arguments: BackUp, region: str, now: float
) -> Backup | TargetError | None:
    wanted: Due | TargetError | None
    if arguments.kind == "due":
        wanted = tried(
            journal,
            f"look into {region}",
            Due | None,
            lambda: due(ports.schedule, ports.archive.backups(region), now),
        )
    else:
        wanted = Due(kind=Kind(arguments.kind), because="it was asked for")
    if wanted is None or isinstance(wanted, TargetError):
        return wanted
    kind = wanted.kind
    journal.tell(
        f"makes {'a' if kind is Kind.FULL else 'an'} {kind} backup in {region}",
        because=wanted.because,
    )
    return tried(
        journal,
        f"back up to {region}",
        Backup,
        lambda: ports.archive.back_up(region, kind, journal.operation),
    )


def write_down(journal: Journal, archive: Archive, records: Records, made: list[Backup]) -> None:
    """Writes down what the database held, so that a copy can be compared with it later."""
    contents = tried(journal, "record contents", Contents, archive.contents)
    if isinstance(contents, TargetError):
        journal.tell("what the database holds was not recorded", because=contents.why)
        known, because = None, contents.why
    else:
        known, because = contents, ""

    def save() -> None:
        for backup in made:
            records.save(Record(backup=backup, contents=known, because=because))

    kept(journal, "write down", None, save)


def _give_up_old(journal: Journal, ports: BackupPorts, now: float) -> Iterator[str]:
    records = kept(journal, "read records", tuple[Record, ...], ports.records.all)
    proven = {r.backup.name: r.proven_at for r in records if r.proven_at and not r.deleted_at}
    for region in ports.archive.repositories:
        there = tried(
            journal,
            f"list {region}",
            tuple[Backup, ...],
            lambda: ports.archive.backups(region),  # noqa: B023
        )
        if isinstance(there, TargetError):
            continue
        decided = retained(there, proven, keep_seconds=ports.schedule.keep_seconds, now=now)
        if not decided.delete:
            continue

        def delete() -> None:
            ports.archive.delete(region, decided.delete)  # noqa: B023
            for record in records:
                if record.backup.repository == region and record.backup.label in decided.delete:  # noqa: B023
                    ports.records.save(replace(record, deleted_at=now))

        refused = tried(journal, f"delete in {region}", None, delete)
        if isinstance(refused, TargetError):
            journal.tell(f"old backups in {region} were not deleted", because=refused.why)
        else:
            journal.tell(
                f"deleted in {region}: {', '.join(decided.delete)}", because="older than is kept"
            )
            yield from (f"{region}:{label}" for label in decided.delete)


def _outcome(made: list[Backup], failed: list[str], deleted: tuple[str, ...]) -> Outcome:
    good = [backup for backup in made if not backup.faults]
    names = ", ".join(backup.name for backup in made)
    if failed and not good:
        summary = f"no good backup was made: {'; '.join(failed)}"
    elif failed:
        summary = f"made {names}; but {'; '.join(failed)}"
    else:
        summary = f"made {names}" if made else "nothing was due"
    return Outcome(
        state=State.FAILED if failed and not good else State.DONE,
        summary=summary,
        facts={
            "backups": [backup.name for backup in made],
            "faults": list(failed),
            "deleted": list(deleted),
        },
    )


def _size(backup: Backup) -> str:
    megabytes = backup.bytes / 2**20
    stored = backup.stored_bytes / 2**20
    return f"{megabytes:.0f} MB, {stored:.1f} MB of it new in the repository"
