"""Judges of rollouts beside each other, on the same seeded traffic: ours, Flagger's, Argo's.

The plan is the design document's: 5, 15, 25, 35, 45, 50 % for five minutes each, limit 1 %. Flagger
1.44: one check per interval, over the last minute, no value fails, threshold 1, rollback one tick
later. Argo Rollouts 1.9: background analysis every minute, over one minute with failureLimit 0, or
over five with 2; without requests 0/0 is NaN, and `result[0] < 0.01` is false.
"""

import argparse
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from lanes import ABORTED, ASKED, PASSED, Draw, Ends, Flags, Floats, Traffic, roll_out
from measured import table

from groundplan.operations.delivery.judge import Bound
from groundplan.operations.delivery.plan import Plan, Wave
from groundplan.operations.delivery.run import rehearse
from groundplan.twin.releases import Behaviour, TwinReleases

LIMIT = 0.01
STABLE = 0.005
LOOK = 5.0
WEIGHTS = (5, 15, 25, 35, 45, 50, 100)
INTERVAL = 300.0
PLAN = Plan(
    service="api",
    strategy="canary",
    weights=WEIGHTS,
    interval_seconds=INTERVAL,
    waves=(Wave(regions=("one",), bake_seconds=INTERVAL),),
    bounds=(Bound(name="error_rate", limit=LIMIT, ceiling=LIMIT),),
    hold_seconds=1800.0,
    look_seconds=LOOK,
)
RATES = (1.0, 5.0, 50.0, 500.0)
ERRORS = (0.002, 0.005, 0.009, 0.02, 0.05, 0.2)
SIMULTANEOUS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One kind of release under one load."""

    rate: float
    error: float
    bursty: bool

    def traffic(self, lanes: int, seed: int) -> Traffic:
        """What its users do, in so many rollouts."""
        return Traffic(
            rate=self.rate,
            error=self.error,
            stable_error=min(self.error, STABLE),
            bursty=self.bursty,
            lanes=lanes,
            look_seconds=LOOK,
            chance=np.random.default_rng(seed),
        )


Judge = Callable[[Draw, int], Ends]


def ours(draw: Draw, lanes: int) -> Ends:
    """The machine's arithmetic."""
    return roll_out(PLAN, draw, lanes)


def flagger(draw: Draw, lanes: int) -> Ends:
    """advanceCanary: a failed check only counts; the tick after it takes the traffic back."""
    every = round(INTERVAL / LOOK)
    run = _Run(draw, lanes, looks_in_window=round(60 / LOOK))
    step, failed_checks = np.zeros(lanes, dtype=int), np.zeros(lanes, dtype=int)
    while run.going.any():
        run.look(np.array(WEIGHTS)[step] / 100)
        if run.looks % every:
            continue
        is_over = run.is_over()
        run.end(run.going & (step == len(WEIGHTS) - 1), PASSED)
        run.end(run.going & (failed_checks >= 1), ABORTED)
        failed_checks += run.going & is_over
        step += run.going & ~is_over
    return run.ends


def argo(*, minutes: int, failure_limit: int) -> Judge:
    """Background analysis each minute; more failed measurements than the limit abort."""

    def judge(draw: Draw, lanes: int) -> Ends:
        run = _Run(draw, lanes, looks_in_window=round(minutes * 60 / LOOK))
        failures = np.zeros(lanes, dtype=int)
        for weight in WEIGHTS:
            for _ in range(round(INTERVAL / LOOK)):
                run.look(np.full(lanes, weight / 100))
                if run.looks % round(60 / LOOK) == 0 and weight < 100:
                    failures += run.is_over()
                    run.end(run.going & (failures > failure_limit), ABORTED)
        run.end(run.going, PASSED)
        return run.ends

    return judge


class _Run:
    """The looks of a threshold judge, and the window that it asks."""

    def __init__(self, draw: Draw, lanes: int, *, looks_in_window: int) -> None:
        self._draw, self.looks = draw, 0
        self._window = deque[tuple[Floats, Floats]](maxlen=looks_in_window)
        self.ends = Ends.none(lanes)

    @property
    def going(self) -> Flags:
        """Those that have not ended."""
        found: Flags = self.ends.outcome == 0
        return found

    def look(self, share: Floats) -> None:
        """One look more."""
        requests, bad, _, _ = self._draw(share)
        self._window.append((requests, bad))
        self.ends.failed += np.where(self.going, bad, 0).astype(int)
        self.looks += 1

    def is_over(self) -> Flags:
        """Where the window's rate is not below the limit; 0/0 is not."""
        requests = sum((each for each, _ in self._window), np.zeros(1))
        bad = sum((each for _, each in self._window), np.zeros(1))
        found: Flags = (requests == 0) | (bad >= LIMIT * requests)
        return found

    def end(self, lanes: Flags, outcome: int) -> None:
        """Some end here."""
        self.ends.outcome[lanes] = outcome
        self.ends.looks[lanes] = self.looks


JUDGES: dict[str, Judge] = {
    "groundplan": ours,
    "Flagger 1m, threshold 1": flagger,
    "Argo 1m/1m, limit 0": argo(minutes=1, failure_limit=0),
    "Argo 1m/5m, limit 2": argo(minutes=5, failure_limit=2),
}


def _row(cell: Cell, rollouts: int, seed: int) -> tuple[str, ...]:
    words = [f"{cell.rate:g}", f"{cell.error:.1%}", "bursts" if cell.bursty else "independent"]
    for judge in JUDGES.values():
        ends = judge(cell.traffic(rollouts, seed), rollouts)
        aborted = ends.outcome == ABORTED
        text = f"{aborted.mean():.2%} aborted"
        if (asked := (ends.outcome == ASKED).mean()) > 0:
            text += f", {asked:.1%} asked"
        shown = aborted if cell.error >= LIMIT else ~aborted
        if shown.any():
            minutes = np.median(ends.looks[shown]) * LOOK / 60
            text += f"; {minutes:.2g} min, {np.median(ends.failed[shown]):g} failed"
        words.append(text)
    return tuple(words)


def _costs() -> tuple[tuple[str, str, str], ...]:
    """What a decision costs, and whether one core keeps up with a thousand rollouts."""
    twins = [
        TwinReleases(
            regions=("one",),
            requests_per_second=50,
            canary=Behaviour.steady(0.002),
            stable=Behaviour.steady(0.002),
            seed=seed,
        )
        for seed in range(SIMULTANEOUS)
    ]
    rollouts = [rehearse(PLAN, each, each.clock.passed) for each in twins]
    began, decisions = time.process_time(), 0
    for _ in range(60):  # five minutes of virtual time for all of them at once
        for rollout in rollouts:
            next(rollout)
            decisions += 1
    seconds = time.process_time() - began
    virtual = min(each.seconds for each in twins)
    return (
        ("one decision, with the traffic", f"{seconds / decisions * 1e6:.0f} µs", "goal 1 ms"),
        (
            f"{SIMULTANEOUS} rollouts at once, {virtual:.0f} s of each",
            f"{seconds:.1f} s of one core",
            f"{virtual / seconds:.0f} x real time",
        ),
    )


def main() -> None:
    """The whole grid, or the parts of it that are chosen."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rollouts", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rates", type=float, nargs="*", default=RATES)
    parser.add_argument("--errors", type=float, nargs="*", default=ERRORS)
    parser.add_argument("--kinds", nargs="*", default=("independent", "bursts"))
    chosen = parser.parse_args()
    cells = [
        Cell(rate=rate, error=error, bursty=kind == "bursts")
        for kind in chosen.kinds
        for error in chosen.errors
        for rate in chosen.rates
    ]
    rows = []
    for cell in cells:
        rows.append(_row(cell, chosen.rollouts, chosen.seed))
        print("…", *rows[-1], sep=" | ", file=sys.stderr, flush=True)
    table(
        f"judges of rollouts, {chosen.rollouts} rollouts per cell; median minutes and failed"
        " requests of those passed (good releases) or aborted (bad ones)",
        ("requests/s", "true errors", "kind", *JUDGES),
        rows,
    )
    table("cost of a decision", ("what", "measured", "peer or goal"), _costs())


if __name__ == "__main__":
    main()
