"""Plans, looks and rehearsals that the tests of releases share."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from groundplan.operations.delivery.judge import Bound, Case
from groundplan.operations.delivery.plan import Plan, Wave
from groundplan.operations.delivery.run import rehearse
from groundplan.operations.delivery.state import Decision, Rollout, Said
from groundplan.ports.releases import Counts, Look
from groundplan.twin.releases import Behaviour, TwinReleases

ERRORS = Bound(name="error_rate", limit=0.01, ceiling=0.01)
SLOW = Bound(name="response_time", limit=0.05, ceiling=0.05, over_seconds=0.2)
PLAN = Plan(
    service="api",
    strategy="canary",
    weights=(5, 15, 25, 35, 45, 50, 100),
    interval_seconds=300,
    waves=(Wave(regions=("us",), bake_seconds=300),),
    bounds=(ERRORS,),
)
THREE = replace(
    PLAN,
    waves=(
        Wave(regions=("us",), bake_seconds=300),
        Wave(regions=("ca", "eu"), bake_seconds=300),
    ),
)
GOOD, BAD = Behaviour.steady(0.002), Behaviour.steady(0.2)


def look(requests: int, bad: int, stable: int = 950, stable_bad: int = 2) -> Look:
    return Look(Counts(requests, (bad,)), Counts(stable, (stable_bad,)))


def heard(looks: Iterable[Look], *regions: str, bound: Bound = ERRORS) -> Case:
    """A case in which every region had these looks."""
    names = regions or ("us",)
    case = Case.of((bound,), names, steps=7)
    for each in looks:
        case = case.after(dict.fromkeys(names, each))
    return case


def twin(plan: Plan, canary: Behaviour = GOOD, **fields: Any) -> TwinReleases:
    given = {"requests_per_second": 50.0, "stable": GOOD, **fields}
    return TwinReleases(regions=plan.regions, canary=canary, bounds=len(plan.bounds), **given)


def rehearsed(
    plan: Plan,
    releases: TwinReleases,
    words: dict[float, Said] | None = None,
    *,
    start: Rollout | None = None,
    seconds: float = math.inf,
) -> list[Decision]:
    decisions = rehearse(
        plan, releases, releases.clock.passed, words=words, start=start, seconds=seconds
    )
    return list(decisions)
