"""Where records of a time are: `class=audit/year=2026/month=03/day=01/hour=09`, as Hive writes it.

All times are UTC. Pure.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

UNITS = ("year", "month", "day", "hour")
HOURLY = 4
DAILY = 3


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Partition:
    """A folder of records. `prefix` is what stands before the time, `depth` how far it is cut."""

    prefix: str  # "class=audit"
    begins: datetime
    depth: int = HOURLY

    @classmethod
    def at(cls, prefix: str, seconds: float, depth: int = HOURLY) -> "Partition":
        """The partition in which a moment lies, in seconds since 1970."""
        moment = datetime.fromtimestamp(seconds, UTC)
        values = (moment.year, moment.month, moment.day, moment.hour)[:depth]
        return cls(prefix=prefix, begins=_begin(values), depth=depth)

    @classmethod
    def parse(cls, path: str) -> "Partition":
        """The partition that a path names; ValueError when it names none."""
        prefix, _, rest = path.strip("/").partition("/year=")
        pieces = dict(piece.split("=", 1) for piece in f"year={rest}".split("/") if "=" in piece)
        values = tuple(int(pieces[unit]) for unit in UNITS if unit in pieces)
        if not rest or list(pieces) != list(UNITS[: len(values)]):
            raise ValueError(f"{path} is no partition")
        return cls(prefix=prefix, begins=_begin(values), depth=len(values))

    @property
    def path(self) -> str:
        """Where it is below the store's folder."""
        moment = self.begins
        values = (moment.year, moment.month, moment.day, moment.hour)
        pieces = (
            f"{unit}={value:0{4 if unit == 'year' else 2}d}"
            for unit, value in zip(UNITS[: self.depth], values, strict=False)
        )
        return "/".join((self.prefix, *pieces))

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        match self.depth:
            case 4:
                return self.begins + timedelta(hours=1)
            case 3:
                return self.begins + timedelta(days=1)
            case 2:
                return _begin(
                    (self.begins.year + self.begins.month // 12, self.begins.month % 12 + 1)
                )
            case _:
                return _begin((self.begins.year + 1,))


def by_time(
    table: pa.Table, name: str, prefix: str, depth: int = HOURLY
) -> dict[Partition, pa.Table]:
    """The rows by the time in one of their columns, in their order."""
    floors = _floors(table[name].combine_chunks(), depth)
    found = pc.unique(floors)
    partitions = [Partition.at(prefix, floor.timestamp(), depth) for floor in found.to_pylist()]
    runs = pc.run_end_encode(floors)
    if len(runs.values) == len(found):  # in the order of time, as rows mostly come
        edges = pairwise((0, *runs.run_ends.to_pylist()))
        slices = [table.slice(begin, end - begin) for begin, end in edges]
    else:
        slices = [table.filter(pc.equal(floors, floor)) for floor in found]
    return dict(zip(partitions, slices, strict=True))


def _floors(times: pa.TimestampArray, depth: int) -> pa.TimestampArray:
    """Where the partition of each time begins. Hours and days are all of one length in UTC, and
    arithmetic is ten times as fast as a calendar."""
    unit = timedelta(hours=1 if depth == HOURLY else 24) // timedelta(microseconds=1)
    if depth < DAILY or times.type.unit != "us" or times.type.tz not in (None, "UTC"):
        return pc.floor_temporal(times, unit=UNITS[depth - 1])
    micros = times.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return pa.array(micros // unit * unit).cast(times.type)


def _begin(values: tuple[int, ...]) -> datetime:
    year, month, day, hour = (*values, *(1, 1, 1, 0)[len(values) :])
    return datetime(year, month, day, hour, tzinfo=UTC)
