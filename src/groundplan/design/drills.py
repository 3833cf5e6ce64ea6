"""What can be rehearsed: the scenarios of the file, and what happens to single stores and doors."""

import re
from dataclasses import dataclass

from groundplan.design.disasters import disasters
from groundplan.spec.load import Source

# What nobody writes a scenario for, and happens more often than the rest.
_SMALL = {
    "cache-loss": "every server of a region's cache is gone",
    "edge-loss": "the edge is gone",
    "replica-lag": "a replica gets nothing more from its primary",
}
_FULL = ("disk-full", "the disk under a repository of backups is full")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One thing to rehearse. Times are in seconds; None: nothing was promised."""

    name: str  # what is typed: "regional-outage"
    title: str
    kind: str  # region, corruption, breach, or the small drill's own name
    action: str = ""
    is_automatic: bool = True
    approval_seconds: float | None = None  # how long an approval is waited for
    rto_seconds: float | None = None
    rpo_seconds: float | None = None


def drills(source: Source) -> tuple[Drill, ...]:
    """The file's scenarios that this machine can rehearse, then the small ones."""
    recovery = source.platform.disaster_recovery
    found: dict[str, Drill] = {}
    for disaster in disasters(source.platform):
        scenario = disaster.scenario
        assert recovery is not None
        if disaster.kind not in ("region", "corruption", "breach"):
            continue
        limit = scenario.restored_within or recovery.rto
        wait = scenario.approval_timeout
        found[_slug(scenario.name)] = Drill(
            name=_slug(scenario.name),
            title=scenario.name,
            kind=disaster.kind,
            action=scenario.action,
            is_automatic=scenario.automation == "automatic",
            approval_seconds=wait.seconds if wait else None,
            rto_seconds=limit.seconds,
            rpo_seconds=recovery.rpo.seconds,
        )
    backup = source.platform.backup
    has_backups = bool(backup and backup.database and source.platform.primary_database)
    for name, title in (*_SMALL.items(), *((_FULL,) if has_backups else ())):
        found.setdefault(name, Drill(name=name, title=title, kind=name))
    return tuple(found.values())


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
