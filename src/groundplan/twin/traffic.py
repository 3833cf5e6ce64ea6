"""Seeded traffic for two versions of a service: requests and failures per look, not per request.

Failures come independently, or in bursts: for about two seconds half of one version's requests fail
(a pause, a lost connection), so rarely that the mean is the same. A gate has to cope with both.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

BURST_SECONDS = 2.0
BURST_SHARE = 0.5
_MANY = 30  # from here on the normal distribution is near enough (and counts are whole and >= 0)
Failing = Callable[[float], float]  # virtual time -> share of requests that fail


@dataclass(slots=True)
class Bursts:
    """When a version is in a burst: seconds of good and bad times, both exponential."""

    chance: Random
    mean: float  # share of failed requests in the long run
    is_bad: bool = False
    left: float = -1.0

    def share(self, seconds: float) -> float:
        """The share of the next seconds that is bad."""
        if self.mean <= 0 or seconds <= 0:
            return 0.0
        if self.left < 0:
            self.is_bad = self.chance.random() < self.mean / BURST_SHARE
            self.left = self._length()
        bad = passed = 0.0
        while passed < seconds:
            piece = min(self.left, seconds - passed)
            bad += piece if self.is_bad else 0.0
            passed += piece
            self.left -= piece
            if self.left <= 1e-9:
                self.is_bad = not self.is_bad
                self.left = self._length()
        return bad / seconds

    def _length(self) -> float:
        share = min(self.mean / BURST_SHARE, 1.0)
        good = BURST_SECONDS * (1 - share) / share
        return self.chance.expovariate(1 / (BURST_SECONDS if self.is_bad else max(good, 1e-9)))


@dataclass(slots=True)
class Version:
    """One version's behaviour: the mean share of failures, in bursts or not."""

    chance: Random
    failing: Failing
    bursts: Bursts | None = None

    @classmethod
    def steady(cls, chance: Random, mean: float, *, bursty: bool = False) -> "Version":
        """One whose mean does not change."""
        return cls(chance, lambda now: mean, Bursts(chance, mean) if bursty else None)

    def failures(self, requests: int, now: float, seconds: float) -> int:
        """How many of these requests fail."""
        if self.bursts is None:
            return binomial(self.chance, requests, self.failing(now))
        bad = self.bursts.share(seconds)
        return binomial(self.chance, requests, bad * BURST_SHARE) if bad else 0


def poisson(chance: Random, mean: float) -> int:
    """How many requests come, when so many come in the mean."""
    if mean > _MANY:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    floor, number, product = math.exp(-mean), 0, chance.random()
    while product > floor:
        number += 1
        product *= chance.random()
    return number


def binomial(chance: Random, tries: int, share: float) -> int:
    """How many of so many tries succeed."""
    if tries <= 0 or share <= 0:
        return 0
    if share >= 1:
        return tries
    mean = tries * share
    if mean > _MANY and tries - mean > _MANY:
        drawn = round(chance.gauss(mean, math.sqrt(mean * (1 - share))))
        return min(tries, max(0, drawn))
    if share > 0.5:
        return tries - binomial(chance, tries, 1 - share)
    found, place, step = 0, 0, math.log1p(-share)
    while True:  # from one success to the next
        place += int(math.log(1.0 - chance.random()) / step) + 1
        if place > tries:
            return found
        found += 1
