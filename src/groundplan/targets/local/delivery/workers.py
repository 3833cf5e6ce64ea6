"""Two versions of a service that has no requests: workers, judged by what they count themselves.

A share of the work is a number of replicas: who runs takes jobs. So the first replica of the new
version works from its start. No gateway could take its share back when nobody renews it: each
replica has a lease of its own and ends its work with it (`by_lease`), so stable has all of it.
"""

import math
import re
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace

from groundplan.design.parts import Service
from groundplan.design.release import Counters, running_of, standing
from groundplan.errors import TargetError
from groundplan.ports.releases import Counts, Look, Sight
from groundplan.targets.local.delivery.releases import LocalReleases
from groundplan.targets.local.parts.http import get

SECONDS = 2.0
ASKERS = 16
BACK_SECONDS = 30.0  # in which one whose lease had ended may start to work again
Jobs = tuple[int, int]  # that ended, and failed ones of them
_SAMPLE = re.compile(
    r'^([A-Za-z_:][A-Za-z0-9_:]*)(?:\{((?:[^"{}]|"(?:[^"\\]|\\.)*")*)\})?\s+([^\s]+)', re.MULTILINE
)
_LABEL = re.compile(r'([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"')


@dataclass(slots=True, kw_only=True)
class LocalWorkers:
    """The port for a service whose replicas count jobs."""

    inner: LocalReleases
    counters: Counters
    _before: dict[str, Jobs] = field(default_factory=dict)
    _weights: dict[str, int] = field(default_factory=dict)
    _lapsed: dict[str, float] = field(default_factory=dict)  # regions, and when a lease was renewed
    clock: Callable[[], float] = time.time

    def see(self) -> Sight:
        """Asks every replica what it has counted."""
        design = self.inner.design()
        canaries = self.inner.canaries(design)
        stable = running_of(design, self.inner.release.service)
        parts = (*canaries, *stable)
        with ThreadPoolExecutor(max_workers=ASKERS) as pool:
            answers = pool.map(self._asked, parts)
            now = {part.name: jobs for part, jobs in zip(parts, answers, strict=True) if jobs}
        regions = dict.fromkeys(part.site for part in parts)
        looks = {
            region: self._look(now, _at(region, canaries), _at(region, stable))
            for region in regions
        }
        serving = {region: self._serving(region, _at(region, canaries)) for region in regions}
        self._before |= now
        sight = self.inner.see()
        # Who may not work is not ready, but no worse for that: nobody renewed the lease in time.
        ready = {
            region: None if self._is_away(region, _at(region, canaries)) else number
            for region, number in sight.ready.items()
        }
        return replace(sight, looks=looks, serving=serving, ready=ready)

    def serve(self, weights: Mapping[str, int], *, until: float) -> None:
        """Starts and ends replicas until the new version has its share of them, and renews their
        leases."""
        standing, now = self.inner.canaries(self.inner.design()), self.clock()
        for part in standing:
            if self.inner.leases.ended(part, now) is not None:
                self._lapsed[part.site] = now
        self.inner.leases.grant(standing, until=until)
        before, self._weights = self._weights, dict(weights)
        changed = {
            region: self._number(region, weight)
            for region, weight in weights.items()
            if weight or before.get(region)
        }
        if changed:
            # What did not come up is not served, and a rollout that sees that goes back.
            with suppress(TargetError):
                self._stand(changed)

    def work(self, name: str, regions: tuple[str, ...]) -> str:
        """One replica in each region to begin with; everything else as for other services."""
        if not name.startswith("start"):
            return self.inner.work(name, regions)
        try:
            self._stand(dict.fromkeys(regions, 1))
        except TargetError as error:
            return f"{error.part}: {error.why}"
        return ""

    def _stand(self, numbers: Mapping[str, int]) -> None:
        design = self.inner.design()
        wanted = standing(design, self.inner.followed(design), numbers)
        if wanted != design:
            with self.inner.leases.granted(self.inner.canaries(wanted)), self.inner.alone():
                self.inner.build(wanted)
        known = {part.name for part in self.inner.canaries(design)}
        for part in self.inner.canaries(wanted):
            if part.name not in known:
                self._before[part.name] = (0, 0)  # all that it ever counts is news

    def _number(self, region: str, weight: int) -> int:
        """How many replicas are a share; a share that is not nothing is one at least."""
        followed = self.inner.followed(self.inner.design())
        whole = sum(part.site == region for part in followed.replicas)
        return math.ceil(whole * weight / 100)

    def _serving(self, region: str, canaries: tuple[Service, ...]) -> int | None:
        weight = self._weights.get(region)
        now = self.clock()
        if not canaries or weight == 0:
            return 0
        if all(self.inner.leases.ended(part, now) is not None for part in canaries):
            return 0
        return weight if weight and len(canaries) == self._number(region, weight) else None

    def _is_away(self, region: str, canaries: tuple[Service, ...]) -> bool:
        now = self.clock()
        renewed = self._lapsed.get(region)
        return any(self.inner.leases.ended(part, now) is not None for part in canaries) or (
            renewed is not None and now - renewed < BACK_SECONDS
        )

    def _look(
        self, now: Mapping[str, Jobs], canary: tuple[Service, ...], stable: tuple[Service, ...]
    ) -> Look | None:
        """None when no replica of the new version answers. One that is silent is counted later."""
        if canary and not any(part.name in now for part in canary):
            return None
        return Look(self._grown(now, canary), self._grown(now, stable))

    def _grown(self, now: Mapping[str, Jobs], parts: Iterable[Service]) -> Counts:
        ended = failed = 0
        for part in parts:
            if part.name in now:
                # Of those that stood before, the first look tells where their counters stand.
                before = self._before.get(part.name, now[part.name])
                all_, bad = _growth(before, now[part.name])
                ended, failed = ended + all_, failed + bad
        return Counts(ended, tuple(min(failed, ended) for _ in self.inner.slow))

    def _asked(self, part: Service) -> Jobs | None:
        if part.metrics_path is None:
            return None
        try:
            status, body = get(part.address, part.port, part.metrics_path, SECONDS)
            if status != 200:
                return None
            return value(body, self.counters.ended), value(body, self.counters.failed)
        except (OSError, ValueError):
            return None


def value(text: str, wanted: str) -> int:
    """The sum of a counter's samples that have all labels of `name{label="value"}`, in a page of
    Prometheus' text format; a counter that is not there yet has counted nothing."""
    name, _, selector = wanted.partition("{")
    labels = dict(_LABEL.findall(selector))
    total = 0.0
    for found, written, number in _SAMPLE.findall(text):
        if found == name and labels.items() <= dict(_LABEL.findall(written)).items():
            total += float(number)
    return round(total)


def _growth(before: Jobs, now: Jobs) -> Jobs:
    """Less than before is growth from zero: the replica began anew."""
    if now[0] < before[0] or now[1] < before[1]:
        return now
    return now[0] - before[0], now[1] - before[1]


def _at(region: str, parts: Iterable[Service]) -> tuple[Service, ...]:
    return tuple(part for part in parts if part.site == region)
