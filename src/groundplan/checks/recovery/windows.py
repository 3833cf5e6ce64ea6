"""Rules of the hours in which the provider works on the stores."""

from collections.abc import Iterator
from itertools import combinations

from groundplan.checks.numbers.windows import LocalTime, Window, local_times, overlap_minutes
from groundplan.checks.reading import region_paths, span
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.platform import Platform
from groundplan.units import WeeklyWindow

BACKUP = "primary_database.backup.backup_window"
MAINTENANCE = "primary_database.backup.maintenance_window"
SNAPSHOT = "cache_layer.backup.snapshot_window"
OPENS, CLOSES = 9 * 60, 18 * 60  # business hours, from Monday to Friday
DAY = 1440
FRIDAY = 4


def _windows(platform: Platform) -> dict[str, Window]:
    """Every window that the file has, by its key."""
    database, cache = platform.primary_database, platform.cache_layer
    provider, snapshots = (database.backup if database else None), (cache.backup if cache else None)
    found = {
        BACKUP: provider.backup_window if provider else None,
        MAINTENANCE: provider.maintenance_window if provider else None,
        SNAPSHOT: snapshots.snapshot_window if snapshots else None,
    }
    return {path: window for path, window in found.items() if window}


@rule(
    "REC021",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="Windows of stores that need each other must not overlap.",
    why="the provider refuses them for one store; for two, both are slow or away at once",
    source="RDS API reference, PreferredMaintenanceWindow",
)
def windows_do_not_overlap(subject: Subject) -> Iterator[Problem]:
    for (path, window), (other, taken) in combinations(_windows(subject.platform).items(), 2):
        minutes = overlap_minutes(window, taken)
        if minutes:
            yield Problem(
                path=other,
                also=(path,),
                message=f"{taken} and {window}, the {_name(path)}, overlap {span(minutes * 60)} of"
                " each week",
                try_=f"move the {_name(other)} to begin when the {_name(path)} is over",
            )


@rule(
    "REC022",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="A window that slows or stops a store must be outside of business hours in every"
    " region that it serves.",
    why="night at the one end of the world is the working day at the other",
    source="AWS Well-Architected OPS; RDS user guide, backups of a single zone suspend I/O",
)
def windows_are_off_peak(subject: Subject) -> Iterator[Problem]:
    platform = subject.platform
    for path, window in _windows(platform).items():
        if _is_hidden(platform, path):
            continue
        busy = {}
        for region, place in region_paths(platform).items():
            known = subject.facts.region(region)
            times = _working(window, known.utc_offsets) if known else ()
            if known and times:
                busy[place] = f"{known.city} {times[0]}"
        if busy:
            yield Problem(
                path=path,
                also=tuple(busy),
                message=f"{window} UTC is in the business hours of {len(busy)} of"
                f" {len(region_paths(platform))} regions: {', '.join(busy.values())}",
                try_=_way_out(path),
            )


def _is_hidden(platform: Platform, path: str) -> bool:
    """Whether another server does the work meanwhile: a standby is backed up, not the primary."""
    database, cache = platform.primary_database, platform.cache_layer
    if path == BACKUP:
        return bool(database and database.multi_az)
    cluster = cache.cluster if cache else None
    return path == SNAPSHOT and bool(cluster and cluster.num_cache_clusters > 1)


def _working(window: Window, offsets: tuple[int, ...]) -> tuple[LocalTime, ...]:
    """The window on a region's clock at the times of the year when it is in business hours."""
    if isinstance(window, WeeklyWindow):
        days = {(window.start_minute + offset) // DAY % 7 for offset in offsets}
        if min(days) > FRIDAY:
            return ()
    times = local_times(window, offsets)
    return tuple(time for time in times if time.minutes_within(OPENS, CLOSES))


def _way_out(path: str) -> str:
    return {
        BACKUP: "add primary_database.multi_az: true, so that the standby is backed up",
        MAINTENANCE: "move the window to a Saturday or Sunday that is one everywhere",
        SNAPSHOT: "give the cache 2 servers, so that the other one is copied",
    }[path]


def _name(path: str) -> str:
    return path.rpartition(".")[2].replace("_", " ")
