"""How the promises about backups stand: from what is in the repositories and what is known of it.

Pure. What nobody could read is unknown; a backup that is gone before its time breaks a promise.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from groundplan.design.backups import Schedule
from groundplan.design.promises import LAST_PROOF, RESTORE_TIME
from groundplan.operations.recovery.copy import What
from groundplan.operations.recovery.schedule import hours, opened
from groundplan.ports.archive import Backup, Record
from groundplan.promise.promise import Evidence, EvidenceKind, Promise, Verdict

LASTS_SECONDS = 300.0
FREQUENCY = "backup.database.frequency"
RETENTION = ("backup.database.retention", "primary_database.backup.retention_days")
FILES_FREQUENCY = "backup.application_data.frequency"
FILES_RETENTION = "backup.application_data.retention"
CACHE_RETENTION = "cache_layer.backup.snapshot_retention_limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What the repositories hold; those that cannot be read, each with the reason."""

    backups: Mapping[str, tuple[Backup, ...]]
    unreadable: Mapping[str, str]
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    verdict: Verdict
    value: float | None
    how: str
    because: str


def evidence(
    promises: tuple[Promise, ...], stored: Stored, schedule: Schedule, now: float
) -> Iterator[Evidence]:
    """Measured evidence for each promise that backups of the database keep or break."""
    for promise in promises:
        found = _found(promise, stored, schedule, now)
        if found is not None:
            yield _measured(promise, found, stored, now)


def copy_evidence(
    promises: tuple[Promise, ...], stored: Stored, now: float, *, what: What, schedule: Schedule
) -> Iterator[Evidence]:
    """The same for copies of the caches or of files."""
    is_cache = what == "cache"
    for promise in promises:
        if promise.id == FILES_FREQUENCY and not is_cache:
            yield _measured(promise, _newest(promise, stored, schedule, now), stored, now)
        elif promise.id == (CACHE_RETENTION if is_cache else FILES_RETENTION):
            yield _measured(promise, _oldest(promise, stored, now), stored, now)


def _measured(promise: Promise, found: _Found, stored: Stored, now: float) -> Evidence:
    return Evidence(
        promise=promise.id,
        kind=EvidenceKind.MEASURED,
        verdict=found.verdict,
        value=found.value,
        at=now,
        how=found.how,
        because=found.because,
        samples=sum(len(backups) for backups in stored.backups.values()),
        lasts_seconds=LASTS_SECONDS,
    )


def _found(promise: Promise, stored: Stored, schedule: Schedule, now: float) -> _Found | None:
    if promise.id == FREQUENCY:
        return _newest(promise, stored, schedule, now)
    if promise.id in RETENTION:
        return _oldest(promise, stored, now)
    if promise.id == LAST_PROOF:
        return _proven(promise, stored, now)
    if promise.id == RESTORE_TIME:
        return _restored(promise, stored)
    return None


def _newest(promise: Promise, stored: Stored, schedule: Schedule, now: float) -> _Found:
    """The age of the newest good backup in the repository that is furthest behind. While the
    window is open the next one is not late yet."""
    how = "info of each repository: the newest good backup"
    ages: list[float] = []
    for region, backups in stored.backups.items():
        ended = [backup.ended for backup in backups if not backup.faults]
        if not ended:
            because = f"there is no good backup in {region} yet"
            return _Found(verdict=Verdict.UNKNOWN, value=None, how=how, because=because)
        ages.append(now - max(ended))
    if not ages:
        because = _unreadable(stored) or "there is no repository yet"
        return _Found(verdict=Verdict.UNKNOWN, value=None, how=how, because=because)
    opening = opened(schedule, now)
    waiting = now - opening if opening is not None else 0.0
    age = max(ages)
    value = max(0.0, age - waiting)
    verdict = promise.verdict(value)
    if stored.unreadable and verdict is Verdict.KEPT:
        verdict = Verdict.UNKNOWN
    because = "; ".join(filter(None, (f"it is {hours(age)} old", _unreadable(stored))))
    return _Found(verdict=verdict, value=value, how=how, because=because)


def _oldest(promise: Promise, stored: Stored, now: float) -> _Found:
    how = "info of each repository: the oldest backup, and whether each younger one is still there"
    there = {backup.name: backup for backups in stored.backups.values() for backup in backups}
    lost = [
        record.backup.name
        for record in stored.records
        if record.backup.name not in there
        and record.backup.repository in stored.backups
        and (record.deleted_at or now) - record.backup.ended < promise.limit
    ]
    if lost:
        because = f"gone before their time: {', '.join(lost[:3])}"
        youngest = max(r.backup.ended for r in stored.records if r.backup.name in lost)
        return _Found(verdict=Verdict.BROKEN, value=now - youngest, how=how, because=because)
    if not there:
        because = _unreadable(stored) or "there is no backup yet"
        return _Found(verdict=Verdict.UNKNOWN, value=None, how=how, because=because)
    age = now - min(backup.ended for backup in there.values())
    told = f"the oldest of {len(there)} is {hours(age)} old, and none went before its time"
    verdict = promise.verdict(age)
    if verdict is Verdict.BROKEN or stored.unreadable:
        verdict = Verdict.UNKNOWN  # time will tell: there are no older ones to keep yet
    because = "; ".join(filter(None, (told, _unreadable(stored))))
    return _Found(verdict=verdict, value=age, how=how, because=because)


def _proven(promise: Promise, stored: Stored, now: float) -> _Found:
    how = "restored, and every row compared with what the source held"
    proven = [r for r in stored.records if r.proven_at]
    failed = [r for r in stored.records if r.failed_at]
    if not proven:
        because = failed[-1].because if failed else "no backup was restored yet to prove it"
        verdict = Verdict.BROKEN if failed else Verdict.UNKNOWN
        return _Found(verdict=verdict, value=None, how=how, because=because)
    last = max(proven, key=lambda record: record.proven_at or 0)
    age = now - (last.proven_at or 0)
    later = [r for r in failed if (r.failed_at or 0) > (last.proven_at or 0)]
    told = f"{last.backup.name} was proven {hours(age)} ago"
    if later:
        told += f"; since then {later[-1].backup.name} was not: {later[-1].because}"
    return _Found(verdict=promise.verdict(age), value=age, how=how, because=told)


def _restored(promise: Promise, stored: Stored) -> _Found | None:
    timed = [r for r in stored.records if r.proven_at and r.restore_seconds is not None]
    if not timed:
        return None
    last = max(timed, key=lambda record: record.proven_at or 0)
    seconds = last.restore_seconds or 0.0
    return _Found(
        verdict=promise.verdict(seconds),
        value=seconds,
        how="the last proof: files out of the repository, then recovery",
        because=f"{last.backup.name}, {last.backup.bytes / 2**20:,.0f} MB",
    )


def _unreadable(stored: Stored) -> str:
    return "; ".join(f"{region} cannot be read: {why}" for region, why in stored.unreadable.items())
