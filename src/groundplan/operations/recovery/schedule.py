"""When a backup is due. Pure: from the schedule, what there is and the time, in UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime

from groundplan.design.backups import DAY_SECONDS, Schedule
from groundplan.ports.archive import Backup, Kind, Record

WEEK_MINUTES = 7 * 1440
SETTLE_SECONDS = 3600.0
EARLY = 0.05  # a backup begins so much before its time, for it has to be done by then


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A backup that is to be made now, and why."""

    kind: Kind
    because: str


def due(schedule: Schedule, backups: tuple[Backup, ...], now: float) -> Due | None:
    """What is to be made in a repository that holds these; None: nothing, or not now."""
    if is_maintenance(schedule, now):
        return None
    good = [backup for backup in backups if not backup.faults]
    fulls = [backup.began for backup in good if backup.kind is Kind.FULL]
    if not fulls:
        return Due(kind=Kind.FULL, because="there is no good full backup yet")
    newest, opening = max(backup.began for backup in good), opened(schedule, now)
    age, full_age = now - newest, now - max(fulls)
    wants_full = full_age >= schedule.full_seconds - min(DAY_SECONDS, schedule.every_seconds) / 2
    kind = Kind.FULL if wants_full else Kind.INCREMENTAL
    if opening is not None and newest < opening and (wants_full or _is_bound(schedule)):
        return Due(kind=kind, because=f"the window is open, and the newest is {hours(age)} old")
    if schedule.window is None and wants_full:
        return Due(kind=kind, because=f"the newest full backup is {hours(full_age)} old")
    if age <= latest_age(schedule):
        return None
    if _is_bound(schedule):
        because = f"its window was missed: the newest is {hours(age)} old"
        return Due(kind=kind, because=because)
    is_late = full_age > schedule.full_seconds + DAY_SECONDS
    kind = Kind.FULL if is_late else Kind.INCREMENTAL
    return Due(kind=kind, because=f"the newest is {hours(age)} old")


def latest_age(schedule: Schedule) -> float:
    """How old the newest backup may become before one is made whatever the window says."""
    if _is_bound(schedule):
        assert schedule.window is not None
        start, end = schedule.window
        return schedule.every_seconds + (end - start) % 1440 * 60
    return schedule.every_seconds * (1 - EARLY)


def opened(schedule: Schedule, now: float) -> float | None:
    """When the window opened that is open now; None: it is closed, or there is none."""
    if schedule.window is None:
        return None
    start, end = schedule.window
    since = (now % DAY_SECONDS - start * 60) % DAY_SECONDS
    return now - since if since < (end - start) % 1440 * 60 else None


def is_maintenance(schedule: Schedule, now: float) -> bool:
    """Whether the server may be worked on now, so that it is left alone."""
    if schedule.maintenance is None:
        return False
    start, end = schedule.maintenance
    moment = datetime.fromtimestamp(now, UTC)
    minute = moment.weekday() * 1440 + moment.hour * 60 + moment.minute
    return (minute - start) % WEEK_MINUTES < (end - start) % WEEK_MINUTES


def proof_is_due(records: tuple[Record, ...], every_seconds: float, now: float) -> bool:
    """Whether a backup is to be proven now. The first one has an hour to settle in; after a proof
    that failed, the next is tried a day later at the latest."""
    usable = [record for record in records if record.contents and not record.deleted_at]
    if not usable:
        return False
    tried = max(max(record.proven_at or 0, record.failed_at or 0) for record in records)
    if tried == 0:
        return now - min(record.backup.ended for record in usable) >= SETTLE_SECONDS
    has_failed = any((record.failed_at or 0) == tried for record in records)
    return now - tried >= (min(every_seconds, DAY_SECONDS) if has_failed else every_seconds)


def hours(seconds: float) -> str:
    """An age for people."""
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 2 * DAY_SECONDS:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / DAY_SECONDS:.1f} days"


def _is_bound(schedule: Schedule) -> bool:
    """A daily window can hold what is made daily or less often."""
    return schedule.window is not None and schedule.every_seconds >= DAY_SECONDS
