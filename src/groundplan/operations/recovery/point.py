"""From what a person writes to where a restore ends: `latest`, a backup, an lsn or a time. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from groundplan.errors import TargetError
from groundplan.ports.archive import Backup, Point

FORMS = "latest, a backup's name, an lsn such as 0/3000100, or a time such as 2026-01-31T13:30:00Z"
_LSN = re.compile(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})")


def chosen(
    to: str, backups: tuple[Backup, ...], *, now: float, end_lsn: int | None
) -> tuple[Point, ...]:
    """The ways to get there, the best first: a repository may turn out to be damaged.

    TargetError for what nobody can restore. `end_lsn`: where the database is, if it is known.
    """
    good = tuple(backup for backup in backups if not backup.faults)
    if not good:
        raise refused(to, "there is no good backup in any repository", "groundplan backup run")
    if to == "latest":
        return tuple(Point(backup=backup, is_latest=True) for backup in _newest_of_each(good))
    named = [backup for backup in backups if to in (backup.name, backup.label)]
    if named:
        return tuple(Point(backup=backup) for backup in named)
    if found := _LSN.fullmatch(to):
        return _at_lsn(to, (int(found[1], 16) << 32) + int(found[2], 16), good, end_lsn)
    return _at_time(to, good, now)


def moment(text: str) -> float | None:
    """A time with its zone, else in UTC, as seconds since 1970; None when it is no time."""
    try:
        read = datetime.fromisoformat(text.strip().replace(" UTC", "+00:00"))
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def shown(at: float) -> str:
    """A time as it can be written again."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def refused(to: str, why: str, try_: str) -> TargetError:
    """Why nothing can be restored to there; nothing was touched."""
    return TargetError(part="restore", doing=f"choosing what leads to {to}", why=why, try_=try_)


def _at_lsn(to: str, lsn: int, good: tuple[Backup, ...], end: int | None) -> tuple[Point, ...]:
    if end is not None and lsn > end:
        why = f"the database has not come that far: it is at {end >> 32:X}/{end & 0xFFFFFFFF:X}"
        raise refused(to, why, "name an earlier lsn, or latest")
    before = [backup for backup in good if backup.stop_lsn <= lsn]
    if not before:
        first = min(good, key=lambda backup: backup.stop_lsn)
        at = f"{first.stop_lsn >> 32:X}/{first.stop_lsn & 0xFFFFFFFF:X}"
        raise refused(to, f"the oldest backup, {first.name}, ends after it, at {at}", f"--to {at}")
    return tuple(Point(backup=backup, lsn=lsn) for backup in _newest_of_each(tuple(before)))


def _at_time(to: str, good: tuple[Backup, ...], now: float) -> tuple[Point, ...]:
    at = moment(to)
    if at is None:
        raise refused(to, "no backup is called so, and it is no lsn and no time", f"write {FORMS}")
    if at > now:
        why = f"it is in the future: it is {shown(now)} now"
        raise refused(to, why, "--to latest")
    before = [backup for backup in good if backup.ended <= at]
    if not before:
        first = min(good, key=lambda backup: backup.ended)
        why = f"the oldest backup, {first.name}, was complete at {shown(first.ended)}"
        raise refused(to, why, f"--to {first.name}")
    return tuple(Point(backup=backup, at=at) for backup in _newest_of_each(tuple(before)))


def _newest_of_each(backups: tuple[Backup, ...]) -> tuple[Backup, ...]:
    """The newest backup of each repository; of two, the newer first: less log to replay."""
    newest: Mapping[str, Backup] = {
        backup.repository: backup for backup in sorted(backups, key=lambda backup: backup.ended)
    }
    return tuple(sorted(newest.values(), key=lambda backup: -backup.ended))
