"""Where files belong by their age, and which may go. Pure; the lifecycle policies of the file.

Tiers are folders here and storage classes in a cloud. The days are those after the last moment of a
partition, so no row moves or goes before its time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from groundplan.design.lake_zone import LakeZone
from groundplan.parquet.keep import Expiry, Keep
from groundplan.parquet.manifest import Listed

STANDARD, INFREQUENT, ARCHIVE = "", "infrequent", "archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """After how many days the files of a zone move, and go; None: never."""

    infrequent: int | None = None
    archive: int | None = None
    expire: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A file that belongs elsewhere."""

    file: Listed
    tier: str


def ages(zones: Iterable[LakeZone]) -> Mapping[str, Ages]:
    """By the name of the zone."""
    return {
        zone.name: Ages(infrequent=zone.infrequent, archive=zone.archive, expire=zone.expire)
        for zone in zones
    }


def moves(files: Iterable[Listed], policies: Mapping[str, Ages], now: datetime) -> tuple[Move, ...]:
    """Files whose tier is not that of their age. None moves back."""
    found = []
    for file in files:
        policy = policies.get(zone_of(file.partition.prefix), Ages())
        wanted = STANDARD
        for days, tier in ((policy.infrequent, INFREQUENT), (policy.archive, ARCHIVE)):
            if days is not None and Keep.days(days).until(file.partition.ends) <= now:
                wanted = tier
        if _ORDER.index(wanted) > _ORDER.index(tier_of(file)):
            found.append(Move(file=file, tier=wanted))
    return tuple(found)


def expiries(
    files: Iterable[Listed], policies: Mapping[str, Ages], now: datetime
) -> tuple[Expiry, ...]:
    """Partitions that may go, and why."""
    found = []
    for partition in sorted({file.partition for file in files}):
        days = policies.get(zone_of(partition.prefix), Ages()).expire
        if days is None:
            continue
        until = Keep.days(days).until(partition.ends)
        if until <= now:
            because = f"{partition.path}: {days} days ended on {until:%Y-%m-%d %H:%M}"
            found.append(Expiry(partition=partition, because=because))
    return tuple(found)


def zone_of(prefix: str) -> str:
    """The zone in "zone=raw/table=events"."""
    return prefix.partition("/")[0].removeprefix("zone=")


def tier_of(file: Listed) -> str:
    """The tier that a file is in."""
    first = file.path.partition("/")[0]
    return first if first in _ORDER else STANDARD


_ORDER = (STANDARD, INFREQUENT, ARCHIVE)
