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
CONFIGURATION = "backups/configuration"
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
class Copies:
    """Backups of something else than the database. Each one is whole, and kept by its age."""

    repositories: tuple[Repository, ...]
    schedule: Schedule
    paths: tuple[str, ...] = ()  # what is copied, relative to the platform file


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """Everything that is copied."""

    database: DatabaseBackups | None = None
    cache: Copies | None = None
    files: Copies | None = None
    configuration: str | None = None  # the folder of its history, relative to the platform's


def backups(source: Source, regions: tuple[str, ...], running: tuple[str, ...]) -> Backups:
    """What the file asks for. `regions`: all of the file, the primary first; `running`: here."""
    written = source.platform.backup
    return Backups(
        database=_database(source, regions),
        cache=_cache(source, running),
        files=_files(source, regions),
        configuration=CONFIGURATION if written and written.configuration else None,
    )


def backup_notes(source: Source, regions: tuple[str, ...]) -> Iterator[str]:
    """What of it has no meaning on one machine."""
    yield from _copy_notes(source)
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


def _cache(source: Source, running: tuple[str, ...]) -> Copies | None:
    """Daily snapshots of each region's cache; to keep them for no day means to make none."""
    cache = source.platform.cache_layer
    written = cache.backup if cache else None
    if written is None or written.snapshot_retention_limit == 0:
        return None
    return Copies(
        repositories=tuple(
            Repository(region=name, directory=f"backups/{name}/cache") for name in running
        ),
        schedule=_whole(
            DAY_SECONDS,
            written.snapshot_retention_limit * DAY_SECONDS,
            _minutes(written.snapshot_window),
        ),
    )


def _files(source: Source, regions: tuple[str, ...]) -> Copies | None:
    backup = source.platform.backup
    written = backup.application_data if backup else None
    if written is None or not written.paths or written.frequency.seconds is None:
        return None
    places = [name for name in regions if name in written.regions] or [regions[0]]
    if written.cross_region and places == [regions[0]]:
        places += _elsewhere(written.regions, regions)[:1]
    return Copies(
        repositories=tuple(
            Repository(region=name, directory=f"backups/{name}/files") for name in places
        ),
        schedule=_whole(written.frequency.seconds, written.retention.seconds),
        paths=written.paths,
    )


def _whole(every: float, keep: float, window: tuple[int, int] | None = None) -> Schedule:
    """A schedule of copies that are all whole, so that none is ever made for being full."""
    return Schedule(every_seconds=every, full_seconds=2 * every, keep_seconds=keep, window=window)


def _copy_notes(source: Source) -> Iterator[str]:
    backup = source.platform.backup
    files = backup.application_data if backup else None
    configuration = backup.configuration if backup else None
    if files and not files.paths:
        yield "backup.application_data: it names no paths, so no files are copied"
    if files and files.paths and files.frequency.seconds is None:
        yield f"backup.application_data.frequency: nothing is copied {files.frequency} here"
    for key in ("kms_key", "account", "immutable") if files and files.paths else ():
        if getattr(files, key):
            yield f"backup.application_data.{key}: here a password of the platform opens its copies"
    if configuration and configuration.storage and configuration.storage != "git":
        yield f"backup.configuration.storage: here it is git, not {configuration.storage}"
    if configuration and configuration.secrets:
        yield "backup.configuration.secrets: here no copy is made of secrets"


def _elsewhere(wanted: tuple[str, ...], regions: tuple[str, ...]) -> list[str]:
    """Other regions than the primary, those that the file names for copies first."""
    others = list(regions[1:])
    return sorted(others, key=lambda name: (name not in wanted, others.index(name)))


def _minutes(window: TimeWindow | WeeklyWindow | None) -> tuple[int, int] | None:
    return (window.start_minute, window.end_minute) if window else None
