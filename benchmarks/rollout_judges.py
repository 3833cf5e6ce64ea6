"""Judges of rollouts beside each other, on the same seeded traffic: ours, Flagger's, Argo's.

The plan is the design document's: 5, 15, 25, 35, 45, 50 % for five minutes each, limit 1 %. Flagger
1.44: one check per interval, over the last minute, no value fails, threshold 1, rollback one tick
later. Argo Rollouts 1.9: background analysis every minute, over one minute with failureLimit 0, or
over five with 2; without requests 0/0 is NaN, and `result[0] < 0.01` is false.
"""

import argparse
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from measured import table

from groundplan.operations.delivery.judge import Bound
from groundplan.operations.delivery.phases import Phase
from groundplan.operations.delivery.plan import Plan, Wave
from groundplan.operations.delivery.run import rehearse
from groundplan.twin.releases import Behaviour, TwinReleases
from groundplan.twin.traffic import Bursts, Version, poisson

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
class End:
    """How one rollout ended."""

    outcome: str  # aborted, passed or asked
    seconds: float
    failed: int  # requests of users


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One kind of release under one load."""

    rate: float
    error: float
    bursty: bool


Judge = Callable[[Cell, int], End]


def ours(cell: Cell, seed: int) -> End:
    """The machine itself, on the twin."""
    releases = TwinReleases(
        regions=("one",),
        requests_per_second=cell.rate,
        canary=Behaviour.steady(cell.error, bursty=cell.bursty),
        stable=Behaviour.steady(min(cell.error, STABLE), bursty=cell.bursty),
        seed=seed,
    )
    for decision in rehearse(PLAN, releases, releases.clock.passed):
        phase = decision.state.phase
    outcome = {Phase.RETURNED: "aborted", Phase.DONE: "passed"}.get(phase, "asked")
    seconds = releases.exposed_seconds or releases.seconds
    return End(outcome=outcome, seconds=seconds, failed=releases.failed)


def flagger(cell: Cell, seed: int) -> End:
    """advanceCanary: a failed check only counts; the tick after it takes the traffic back."""
    step, failed_checks, every = 0, 0, round(INTERVAL / LOOK)
    traffic, window = _traffic(cell, seed), deque[tuple[int, int]](maxlen=round(60 / LOOK))
    total, looks = 0, 0
    next(traffic)
    while True:
        window.append(counts := traffic.send(WEIGHTS[step] / 100))
        total += counts[1]
        looks += 1
        if looks % every:
            continue
        if WEIGHTS[step] == 100:
            return End(outcome="passed", seconds=looks * LOOK, failed=total)
        if failed_checks >= 1:
            return End(outcome="aborted", seconds=looks * LOOK, failed=total)
        if _is_over(window):
            failed_checks += 1
        else:
            step += 1


def argo(*, minutes: int, failure_limit: int) -> Judge:
    """Background analysis each minute; more failed measurements than the limit abort."""

    def run(cell: Cell, seed: int) -> End:
        traffic = _traffic(cell, seed)
        window = deque[tuple[int, int]](maxlen=round(minutes * 60 / LOOK))
        total = failures = looks = 0
        next(traffic)
        for weight in WEIGHTS:
            for _ in range(round(INTERVAL / LOOK)):
                window.append(counts := traffic.send(weight / 100))
                total += counts[1]
                looks += 1
                is_judged = looks % round(60 / LOOK) == 0 and weight < 100
                if is_judged and _is_over(window):
                    failures += 1
                    if failures > failure_limit:
                        return End(outcome="aborted", seconds=looks * LOOK, failed=total)
        return End(outcome="passed", seconds=looks * LOOK, failed=total)

    return run


def _is_over(window: deque[tuple[int, int]]) -> bool:
    requests = sum(count for count, _ in window)
    return not requests or sum(bad for _, bad in window) / requests >= LIMIT


def _traffic(cell: Cell, seed: int) -> Iterator[tuple[int, int]]:
    """Takes the canary's share, gives its requests and failures of one look."""
    chance, now, share = Random(seed), 0.0, 0.0
    bursts = Bursts(chance, cell.error) if cell.bursty else None
    version = Version(chance, lambda now: cell.error, bursts)
    counts = (0, 0)
    while True:
        share = yield counts
        requests = poisson(chance, cell.rate * LOOK * share)
        counts = (requests, version.failures(requests, now, LOOK))
        now += LOOK


JUDGES: dict[str, Judge] = {
    "groundplan": ours,
    "Flagger 1m, threshold 1": flagger,
    "Argo 1m/1m, limit 0": argo(minutes=1, failure_limit=0),
    "Argo 1m/5m, limit 2": argo(minutes=5, failure_limit=2),
}


def _row(cell: Cell, rollouts: int) -> tuple[str, ...]:
    words = [f"{cell.rate:g}", f"{cell.error:.1%}", "bursts" if cell.bursty else "independent"]
    for judge in JUDGES.values():
        ends = [judge(cell, seed) for seed in range(rollouts)]
        aborted = [end for end in ends if end.outcome == "aborted"]
        text = f"{len(aborted) / rollouts:.2%} aborted"
        if asked := sum(end.outcome == "asked" for end in ends):
            text += f", {asked / rollouts:.0%} asked"
        shown = aborted if cell.error >= LIMIT else [end for end in ends if end not in aborted]
        if shown:
            minutes = statistics.median(end.seconds for end in shown) / 60
            text += (
                f"; {minutes:.2g} min, {statistics.median(end.failed for end in shown):g} failed"
            )
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
    """The whole grid with --rollouts 4000 takes most of an hour; parts of it are chosen."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rollouts", type=int, default=40)
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
        rows.append(_row(cell, chosen.rollouts))
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
