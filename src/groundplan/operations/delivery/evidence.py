"""How strongly counts speak against a version, for it, or against it beside another one.

All three are e-values: under the hypothesis that they test, none of them exceeds 1/risk at any
time with more than that risk, however often one looks (Ville's inequality; Lindon, Sanden,
Shirikian 2022, arXiv 2205.14762; Waudby-Smith, Ramdas 2023, arXiv 2010.09686).

Failures come in bursts, so a look counts as *one* request that failed by the share it saw: its
factor is linear in that share, which keeps its mean at 1 whatever hangs together within the look.
"""

import math
from dataclasses import dataclass
from functools import cache

from groundplan.checks.numbers.gate import ABOVE, BELOW

RATIOS = (1.5, 2.0, 3.0, 5.0, 10.0, 30.0)  # how much worse than stable the canary may be
WHOLE = 0.75  # weight of "it was bad from the start"; the steps share what is left
BURST = 3  # times the limit: after such a look the next one is no news, for bursts straddle
FEW = 10  # requests of a look; among more, a single failure is no sign of a burst
_HUGE = 1e200  # far beyond any threshold, and its square root still multiplies


@dataclass(frozen=True, slots=True)
class Against:
    """Evidence that failures are more frequent than a limit, since the start and in each step."""

    limit: float
    steps: int = 1  # how many there will be
    whole: tuple[float, ...] = ()
    step: tuple[float, ...] = ()
    closed: float = 0.0  # what ended steps left
    rests: bool = False

    def after(self, requests: int, failures: int) -> "Against":
        """With one look more."""
        if not requests:
            return self
        if self.rests:
            return Against(self.limit, self.steps, self.whole, self.step, self.closed)
        share = failures / requests
        factors = [share * bad + (1 - share) * good for bad, good in _odds(self.limit)]
        fresh = (1 / len(factors),) * len(factors)
        return Against(
            self.limit,
            self.steps,
            _multiplied(self.whole or fresh, factors),
            _multiplied(self.step or fresh, factors),
            self.closed,
            share > BURST * self.limit and (failures > 1 or requests < FEW),
        )

    def in_next_step(self) -> "Against":
        """What a version did in earlier steps must not hide what it does from now on."""
        closed = self.closed + sum(self.step)
        return Against(self.limit, self.steps, self.whole, (), closed, self.rests)

    @property
    def value(self) -> float:
        """The e-value."""
        return _weighed(self.steps, self.whole, self.step, self.closed)


@dataclass(frozen=True, slots=True)
class Beside:
    """Evidence that failures are more frequent than the stable version's at the same time.

    Given that a request failed, it was the canary's by its share of the requests, if both are
    alike. So it stays valid when shares and load change, and when something fails both.
    """

    steps: int = 1
    whole: tuple[float, ...] = (0.0,) * len(RATIOS)  # logarithms
    step: tuple[float, ...] = (0.0,) * len(RATIOS)
    closed: float = 0.0

    def after(self, canary: tuple[int, int], stable: tuple[int, int]) -> "Beside":
        """With one look more; each side as requests and failures."""
        failures = canary[1] + stable[1]
        if not failures or not canary[0] or not stable[0]:
            return self
        share = canary[0] / (canary[0] + stable[0])
        gains = [
            canary[1] * math.log(ratio) - failures * math.log1p((ratio - 1) * share)
            for ratio in RATIOS
        ]
        whole, step = _added(self.whole, gains), _added(self.step, gains)
        return Beside(self.steps, whole, step, self.closed)

    def in_next_step(self) -> "Beside":
        """As with `Against`."""
        closed = self.closed + sum(_values(self.step))
        return Beside(self.steps, self.whole, closed=closed)

    @property
    def value(self) -> float:
        """The e-value."""
        return _weighed(self.steps, _values(self.whole), _values(self.step), self.closed)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted so far, and how much it came in bursts."""

    requests: int = 0
    failures: int = 0
    looks: int = 0  # with requests
    squares: float = 0.0  # sum of failures^2 / requests

    def after(self, requests: int, failures: int) -> "Tally":
        """With one look more."""
        if not requests:
            return self
        return Tally(
            self.requests + requests,
            self.failures + failures,
            self.looks + 1,
            self.squares + failures * failures / requests,
        )

    @property
    def rate(self) -> float:
        """The share that failed; 0 without requests."""
        return self.failures / self.requests if self.requests else 0.0

    @property
    def burstiness(self) -> float:
        """How many times more the looks differ than chance makes them; 1 at least (Pearson)."""
        spread = self.rate * (1 - self.rate) * (self.looks - 1)
        if spread <= 0:
            return 1.0
        return max(1.0, (self.squares - self.failures**2 / self.requests) / spread)

    def proof(self, limit: float) -> float:
        """Evidence that failures are rarer than the limit. Bursty requests count for fewer."""
        return self._evidence(_logs(limit, BELOW))

    def is_over(self, limit: float) -> bool:
        """Whether more failed than may, and not by the chance of a first few requests."""
        return self.rate > limit and self._evidence(_logs(limit, ABOVE)) >= 1

    def _evidence(self, logs: tuple[tuple[float, float], ...]) -> float:
        failures = self.failures / self.burstiness
        successes = self.requests / self.burstiness - failures
        each = [failures * bad + successes * good for bad, good in logs]
        return sum([math.exp(min(log, 460.0)) for log in each]) / len(each)


@dataclass(frozen=True, slots=True)
class Meter:
    """All that is known of one gate in one place."""

    limit: float  # what is to be proven
    ceiling: float  # what must not be exceeded
    against: Against
    beside: Beside
    canary: Tally = Tally()
    stable: Tally = Tally()
    stable_in_step: int = 0

    @classmethod
    def of(cls, limit: float, ceiling: float, *, steps: int) -> "Meter":
        """An empty one, for a rollout of so many steps."""
        return cls(limit, ceiling, Against(ceiling, steps), Beside(steps))

    def after(self, canary: tuple[int, int], stable: tuple[int, int]) -> "Meter":
        """With one look more; each side as requests and failures."""
        return Meter(
            self.limit,
            self.ceiling,
            self.against.after(*canary),
            self.beside.after(canary, stable),
            self.canary.after(*canary),
            self.stable.after(*stable),
            self.stable_in_step + stable[0],
        )

    def in_next_step(self) -> "Meter":
        """At the beginning of a step."""
        return Meter(
            self.limit,
            self.ceiling,
            self.against.in_next_step(),
            self.beside.in_next_step(),
            self.canary,
            self.stable,
        )

    @property
    def proof(self) -> float:
        """The e-value for "rarer than the limit"."""
        return self.canary.proof(self.limit)


@cache
def _odds(limit: float) -> tuple[tuple[float, float], ...]:
    """For each rate that the mixture weighs, the factors of a failure and of a success."""
    rates = [limit * multiple for multiple in ABOVE if limit * multiple < 1]
    return tuple((rate / limit, (1 - rate) / (1 - limit)) for rate in rates)


@cache
def _logs(limit: float, multiples: tuple[float, ...]) -> tuple[tuple[float, float], ...]:
    """The logarithms of the factors of a failure and of a success."""
    rates = [limit * multiple for multiple in multiples if limit * multiple < 1]
    return tuple((math.log(rate / limit), math.log1p(-rate) - math.log1p(-limit)) for rate in rates)


def _multiplied(wealth: tuple[float, ...], factors: list[float]) -> tuple[float, ...]:
    return tuple([min(each * factor, _HUGE) for each, factor in zip(wealth, factors, strict=True)])


def _added(logs: tuple[float, ...], gains: list[float]) -> tuple[float, ...]:
    return tuple([each + gain for each, gain in zip(logs, gains, strict=True)])


def _values(logs: tuple[float, ...]) -> tuple[float, ...]:
    return tuple([math.exp(min(each, 460.0)) / len(logs) for each in logs])


def _weighed(steps: int, whole: tuple[float, ...], step: tuple[float, ...], closed: float) -> float:
    """A mean of e-values is an e-value; steps to come are left out, which only makes it smaller."""
    started = sum(whole) if whole else 1.0
    return WHOLE * started + (1 - WHOLE) * (closed + (sum(step) if step else 1.0)) / steps
