"""Backups: what is copied where, when, and for how long. All times are UTC.

A repository belongs to a region and is lost with it, so a cross-region backup has two of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from groundplan.spec.load import Source
from groundplan.units import TimeWindow, WeeklyWindow

DAY_SECONDS = 86_400.0
WEEK_SECONDS = 7 * DAY_SECONDS
SHIPPING_SECONDS = 300.0  # where the file does not say how far behind the shipped log may be

Compression = Literal["zst", "lz4"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A place for copies; `directory` is relative to the platform's folder."""

    region: str
    directory: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When copies are made. Windows are minutes: of the day, and of the week from Monday."""

    every_seconds: float
    full_seconds: float
    keep_seconds: float
    window: tuple[int, int] | None = None
    maintenance: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiving:
    """Where a database server sends its log; the same for each, so that it outlives a failover."""

    stanza: str
    repositories: tuple[Repository, ...]
    compression: Compression
    timeout_seconds: int  # a segment is sent after this time, full or not


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseBackups:
    """Backups of the primary database."""

    archiving: Archiving
    schedule: Schedule
    verify_seconds: float  # how often one is proven


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """Everything that is copied."""

    database: DatabaseBackups | None = None


def backups(source: Source, regions: tuple[str, ...]) -> Backups:
    """What the file asks for. `regions`: all of the file, the primary first."""
    return Backups(database=_database(source, regions))


def backup_notes(source: Source, regions: tuple[str, ...]) -> Iterator[str]:
    """What of it has no meaning on one machine."""
    backup = source.platform.backup
    written = backup.database if backup else None
    if written is None or source.platform.primary_database is None:
        return
    if written.cross_region and len(regions) < 2:
        yield "backups in another region: the platform has only one"
    for key in ("kms_key", "account", "immutable"):
        if getattr(written, key):
            yield f"backup.database.{key}: here a pass phrase of the platform opens its backups"


def _database(source: Source, regions: tuple[str, ...]) -> DatabaseBackups | None:
    backup, database = source.platform.backup, source.platform.primary_database
    written = backup.database if backup else None
    if written is None or database is None:
        return None
    windows = database.backup
    every = written.frequency.seconds or DAY_SECONDS
    places = [regions[0], *_elsewhere(written.regions, regions)[: int(written.cross_region)]]
    shipping = written.log_shipping.seconds if written.log_shipping else SHIPPING_SECONDS
    test = written.restore_test
    return DatabaseBackups(
        archiving=Archiving(
            stanza=source.platform.platform,
            repositories=tuple(
                Repository(region=name, directory=f"backups/{name}/database") for name in places
            ),
            compression=written.compression,
            # The rest of the time is for the transfer.
            timeout_seconds=max(1, int(shipping * 0.8)),
        ),
        schedule=Schedule(
            every_seconds=every,
            full_seconds=max(every, WEEK_SECONDS),
            keep_seconds=written.retention.seconds,
            window=_minutes(windows.backup_window if windows else None),
            maintenance=_minutes(windows.maintenance_window if windows else None),
        ),
        verify_seconds=(test.seconds if test else None) or DAY_SECONDS,
    )


def _elsewhere(wanted: tuple[str, ...], regions: tuple[str, ...]) -> list[str]:
    """Other regions than the primary, those that the file names for copies first."""
    others = list(regions[1:])
    return sorted(others, key=lambda name: (name not in wanted, others.index(name)))


def _minutes(window: TimeWindow | WeeklyWindow | None) -> tuple[int, int] | None:
    return (window.start_minute, window.end_minute) if window else None
