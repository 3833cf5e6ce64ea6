"""What the replicas of a service use on this machine, as shares of what the file allows them."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import psutil

from groundplan.design.parts import Service
from groundplan.ports.releases import Usage

_EVERY_SECONDS = 1.0  # looks closer together tell nothing of processor time


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one replica may use; None where the file does not say."""

    cores: float | None = None
    bytes: int | None = None


NO_LIMITS = Limits()


@dataclass(slots=True)
class Times:
    """Processor time of processes, weighed against the look before."""

    clock: Callable[[], float] = time.monotonic
    _before: dict[int, tuple[float, float]] = field(default_factory=dict)

    def cores(self, pid: int) -> float | None:
        """How many cores a process and what it started have used since; None at the first look."""
        now = self.clock()
        try:
            process = psutil.Process(pid)
            used = sum(map(_seconds, (process, *process.children(recursive=True))))
        except psutil.Error:
            return None
        before = self._before.get(pid)
        if before is not None and now - before[0] < _EVERY_SECONDS:
            return None
        self._before[pid] = now, used
        return None if before is None else max(0.0, used - before[1]) / (now - before[0])


@dataclass(slots=True)
class Scales:
    """Weighs processes against what the file allows."""

    limits: Limits
    clock: Callable[[], float] = time.monotonic
    _times: Times = field(init=False)

    def __post_init__(self) -> None:
        self._times = Times(self.clock)

    def usage(
        self, canary: Iterable[Service], stable: Iterable[Service], pids: Mapping[str, int]
    ) -> Usage:
        """The means of both sides; a side without a reading has none."""
        sides = [
            [pids[part.name] for part in side if part.name in pids] for side in (canary, stable)
        ]
        mine, theirs = (self._means(side) for side in sides)
        return Usage(
            canary=mine,
            stable=theirs,
            canary_replicas=len(sides[0]),
            stable_replicas=len(sides[1]),
        )

    def _means(self, pids: list[int]) -> dict[str, float]:
        cores = [used for pid in pids if (used := self._times.cores(pid)) is not None]
        sizes = [size for pid in pids if (size := bytes_of(pid)) is not None]
        found = {}
        if self.limits.cores and cores:
            found["cpu_usage"] = sum(cores) / len(cores) / self.limits.cores
        if self.limits.bytes and sizes:
            found["memory_usage"] = sum(sizes) / len(sizes) / self.limits.bytes
        return found


def _seconds(process: psutil.Process) -> float:
    """Of one that ended meanwhile, its parent has them."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def bytes_of(pid: int) -> int | None:
    """Resident memory of a process and of what it started."""
    try:
        process = psutil.Process(pid)
        family = (process, *process.children(recursive=True))
        return sum(int(each.memory_info().rss) for each in family)
    except psutil.Error:
        return None
