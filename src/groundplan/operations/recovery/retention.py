"""Which backups stay. Pure. Age decides, and three things stand above it: what others need, the
backup that was proven last, and the newest good one."""

from collections.abc import Mapping
from dataclasses import dataclass

from groundplan.ports.archive import Backup


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Labels to keep, each with its reason, and labels to delete, oldest first."""

    keep: Mapping[str, str]
    delete: tuple[str, ...]


def retained(
    backups: tuple[Backup, ...],
    proven: Mapping[str, float],
    *,
    keep_seconds: float,
    now: float,
) -> Kept:
    """What stays in one repository. `proven`: names of backups of any repository, and when."""
    ordered = sorted(backups, key=lambda backup: backup.ended)
    if not proven:
        reason = "no backup is proven yet, so none is given up"
        return Kept(keep={backup.label: reason for backup in ordered}, delete=())
    keep: dict[str, str] = {}
    young = [backup for backup in ordered if backup.ended >= now - keep_seconds]
    older = [backup for backup in ordered if backup.ended < now - keep_seconds]
    for backup in young:
        keep[backup.label] = "it is young enough"
    good_older = [backup for backup in older if not backup.faults]
    if good_older:
        keep.setdefault(good_older[-1].label, "the first moments of the time to keep need it")
    good = [backup for backup in ordered if not backup.faults]
    if good:
        keep.setdefault(good[-1].label, "it is the newest good one")
    here = [backup for backup in ordered if backup.name in proven]
    if here:
        last = max(here, key=lambda backup: proven[backup.name])
        keep.setdefault(last.label, "it was proven last")
    for backup in ordered:
        if backup.label in keep:
            for label in backup.needs:
                keep.setdefault(label, f"{backup.label} needs it")
    return Kept(
        keep=keep,
        delete=tuple(backup.label for backup in ordered if backup.label not in keep),
    )
