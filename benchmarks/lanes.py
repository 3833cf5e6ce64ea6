"""Thousands of rollouts side by side, one lane each: what the machine does, in arrays.

The rollout's arithmetic of one region, one gate and one wave, look by look, so that a table of
cells takes minutes. It decides nothing of its own: `tests/operations/delivery/test_lanes.py` gives
the machine the same counts and asks for the same ends.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from groundplan.checks.numbers.gate import ABOVE, BELOW
from groundplan.operations.delivery.evidence import BURST, FEW, RATIOS, WHOLE
from groundplan.operations.delivery.judge import (
    DISASTER_REQUESTS,
    DISASTER_SHARE,
    RISK,
    RISK_BESIDE,
    RISK_PROOF,
)
from groundplan.operations.delivery.plan import Plan
from groundplan.twin.traffic import BURST_SECONDS, BURST_SHARE

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Sides = tuple[Floats, Floats, Floats, Floats]  # canary requests and failures, stable's
Draw = Callable[[Floats], Sides]  # from the canary's share in each lane
ABORTED, PASSED, ASKED = 1, 2, 3


@dataclass(slots=True, kw_only=True)
class Ends:
    """How each lane ended: one of the three, after how many looks, with how many failures."""

    outcome: NDArray[np.int64]
    looks: NDArray[np.int64]  # from the first weight served to the end
    failed: NDArray[np.int64]

    @classmethod
    def none(cls, lanes: int) -> "Ends":
        """Nobody has ended."""
        return cls(outcome=_zeros(lanes), looks=_zeros(lanes), failed=_zeros(lanes))


@dataclass(slots=True)
class Bursts:
    """Good and bad times of each lane, as `twin.traffic.Bursts` has them."""

    chance: np.random.Generator
    mean: float
    lanes: int
    is_bad: Flags = field(init=False)
    left: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.is_bad = self.chance.random(self.lanes) < self.mean / BURST_SHARE
        self.left = self._lengths(self.is_bad)

    def share(self, seconds: float) -> Floats:
        """The share of the next seconds that is bad, in each lane."""
        bad, passed = np.zeros(self.lanes), np.zeros(self.lanes)
        while (going := passed < seconds - 1e-12).any():
            piece = np.where(going, np.minimum(self.left, seconds - passed), 0.0)
            bad += np.where(self.is_bad, piece, 0.0)
            passed += piece
            self.left -= piece
            over = self.left <= 1e-9
            self.is_bad ^= over
            self.left = np.where(over, self._lengths(self.is_bad), self.left)
        return bad / seconds

    def _lengths(self, is_bad: Flags) -> Floats:
        share = min(self.mean / BURST_SHARE, 1.0)
        good = max(BURST_SECONDS * (1 - share) / share, 1e-9)
        return self.chance.exponential(np.where(is_bad, BURST_SECONDS, good))


@dataclass(slots=True, kw_only=True)
class Traffic:
    """Seeded requests and failures of both versions, in every lane."""

    rate: float
    error: float
    stable_error: float
    bursty: bool
    lanes: int
    look_seconds: float
    chance: np.random.Generator
    _bursts: tuple[Bursts, Bursts] | None = None

    def __post_init__(self) -> None:
        if self.bursty:
            means = self.error, self.stable_error
            canary, stable = (Bursts(self.chance, mean, self.lanes) for mean in means)
            self._bursts = canary, stable

    def __call__(self, share: Floats) -> Sides:
        """One look."""
        canary = self.chance.poisson(self.rate * self.look_seconds * share)
        stable = self.chance.poisson(self.rate * self.look_seconds * (1 - share))
        failing: tuple[float | Floats, float | Floats] = self.error, self.stable_error
        if self._bursts:
            first, second = (each.share(self.look_seconds) for each in self._bursts)
            failing = first * BURST_SHARE, second * BURST_SHARE
        mine = self.chance.binomial(canary, failing[0])
        theirs = self.chance.binomial(stable, failing[1])
        found = (np.asarray(each, dtype=np.float64) for each in (canary, mine, stable, theirs))
        return next(found), next(found), next(found), next(found)


class _Evidence:
    """The meters of `operations.delivery.evidence`, in arrays."""

    def __init__(self, lanes: int, limit: float, steps: int) -> None:
        above = np.array([limit * each for each in ABOVE if limit * each < 1])
        below = np.array([limit * each for each in BELOW if limit * each < 1])
        self.steps, self.limit = steps, limit
        self.odds = above / limit, (1 - above) / (1 - limit)
        self.logs_above = np.log(above / limit), np.log1p(-above) - np.log1p(-limit)
        self.logs_below = np.log(below / limit), np.log1p(-below) - np.log1p(-limit)
        self.whole = np.full((lanes, len(above)), 1 / len(above))
        self.step = self.whole.copy()
        self.closed, self.beside_closed = np.zeros(lanes), np.zeros(lanes)
        self.beside, self.beside_step = (
            np.zeros((lanes, len(RATIOS))),
            np.zeros((lanes, len(RATIOS))),
        )
        self.rests = np.zeros(lanes, dtype=bool)
        self.requests, self.failures = np.zeros(lanes), np.zeros(lanes)
        self.looks, self.squares = np.zeros(lanes), np.zeros(lanes)
        self.stable_in_step = np.zeros(lanes)
        self.disasters = np.zeros(lanes)

    def hear(self, sides: Sides) -> None:
        """One look more."""
        canary, bad, stable, other = sides
        seen = canary > 0
        share = np.divide(bad, canary, out=np.zeros_like(bad), where=seen)
        counts = seen & ~self.rests
        factor = share[:, None] * self.odds[0] + (1 - share[:, None]) * self.odds[1]
        factor[~counts] = 1.0
        np.minimum(self.whole * factor, 1e200, out=self.whole)
        np.minimum(self.step * factor, 1e200, out=self.step)
        burst = (share > BURST * self.limit) & ((bad > 1) | (canary < FEW))
        self.rests = np.where(seen, counts & burst, self.rests)
        part = canary / np.maximum(canary + stable, 1)
        tells = (bad + other > 0) & seen & (stable > 0)
        for number, ratio in enumerate(RATIOS):
            gain = bad * np.log(ratio) - (bad + other) * np.log1p((ratio - 1) * part)
            gain[~tells] = 0.0
            self.beside[:, number] += gain
            self.beside_step[:, number] += gain
        self.requests += canary
        self.failures += bad
        self.looks += seen
        self.squares += share * bad
        self.stable_in_step += stable
        plain = (canary >= DISASTER_REQUESTS) & (bad >= DISASTER_SHARE * canary)
        plain &= other <= DISASTER_SHARE / 2 * stable
        self.disasters = np.where(plain, self.disasters + 1, 0)

    def next_step(self, lanes: Flags) -> None:
        """What `in_next_step` does, in some lanes."""
        self.closed[lanes] += self.step[lanes].sum(axis=1)
        self.beside_closed[lanes] += _means(self.beside_step[lanes])
        self.step[lanes] = 1 / self.step.shape[1]
        self.beside_step[lanes] = 0.0
        self.stable_in_step[lanes] = 0.0

    def aborts(self) -> Flags:
        """Where the judge says ABORT."""
        steps = self.closed + self.step.sum(axis=1)
        against = WHOLE * self.whole.sum(axis=1) + (1 - WHOLE) * steps / self.steps
        found: Flags = against >= 1 / RISK
        steps = self.beside_closed + _means(self.beside_step)
        beside = WHOLE * _means(self.beside) + (1 - WHOLE) * steps / self.steps
        found &= (self.stable_in_step == 0) | (beside >= 1 / RISK_BESIDE)
        return found | (self.disasters >= 2)

    def stands(self, lanes: Flags) -> tuple[Flags, Flags]:
        """In some lanes: whether every bound is kept, and whether that is proven."""
        requests, failures = self.requests[lanes], self.failures[lanes]
        rate = failures / np.maximum(requests, 1)
        spread = rate * (1 - rate) * (self.looks[lanes] - 1)
        chance = self.squares[lanes] - failures**2 / np.maximum(requests, 1)
        bursts = np.divide(chance, spread, out=np.ones_like(rate), where=spread > 0)
        bursts = np.maximum(bursts, 1.0)
        bad, good = failures / bursts, (requests - failures) / bursts
        over = (rate > self.limit) & (_mixture(bad, good, self.logs_above) >= 1)
        within = ~over & (requests > 0)
        return within, within & (_mixture(bad, good, self.logs_below) >= 1 / RISK_PROOF)


def roll_out(plan: Plan, draw: Draw, lanes: int) -> Ends:
    """A plan of one region, one bound and one wave, in every lane until the last one ends."""
    evidence = _Evidence(lanes, plan.bounds[0].limit, plan.steps)
    weights = np.array(plan.weights) / 100
    last = len(weights) - 1
    step, watched = np.zeros(lanes, dtype=int), np.full(lanes, -1)  # -1: the weight is being taken
    ends = Ends.none(lanes)
    interval = round(plan.interval_seconds / plan.look_seconds)
    hold = round(plan.hold_seconds / plan.look_seconds)
    bake = round(plan.waves[0].bake_seconds / plan.look_seconds)
    while (going := ends.outcome == 0).any():
        sides = draw(weights[step])
        ends.failed += np.where(going, sides[1], 0).astype(int)
        ends.looks += going
        evidence.hear(sides)
        watched += 1
        ends.outcome[going & evidence.aborts()] = ABORTED
        length = np.where(step == last, bake, interval)
        asks = (ends.outcome == 0) & (watched >= length)
        if not asks.any():
            continue
        within, proven = np.zeros(lanes, dtype=bool), np.zeros(lanes, dtype=bool)
        within[asks], proven[asks] = evidence.stands(asks)
        is_next_all = (step < last) & (weights[np.minimum(step + 1, last)] == 1)
        onward = asks & within & (proven | ~is_next_all)
        ends.outcome[onward & (step == last)] = PASSED
        ends.outcome[asks & ~onward & (watched >= length + hold)] = ASKED
        moved = onward & (step < last)
        evidence.next_step(moved)
        step[moved] += 1
        watched[moved] = -1
    return ends


def _zeros(lanes: int) -> NDArray[np.int64]:
    return np.zeros(lanes, dtype=np.int64)


def _means(logs: Floats) -> Floats:
    found: Floats = np.exp(np.minimum(logs, 460.0)).mean(axis=1)
    return found


def _mixture(bad: Floats, good: Floats, logs: tuple[Floats, Floats]) -> Floats:
    return _means(bad[:, None] * logs[0] + good[:, None] * logs[1])
