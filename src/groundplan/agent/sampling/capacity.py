"""Promises of capacity: the most that was ever served. Pure, like the other measures.

Without traffic nothing is known of them, so they are never broken; what was shown stays shown.
"""

from collections.abc import Callable, Mapping

from groundplan.agent.sampling import queries
from groundplan.agent.sampling.reading import Reading, answered, evidence
from groundplan.agent.sampling.seen import RegionMetrics, Seen
from groundplan.promise.promise import Evidence, Promise, Verdict

Capacity = Callable[[RegionMetrics], float]


def records(
    promises: tuple[Promise, ...], seen: Seen, best: Mapping[str, Evidence]
) -> tuple[Evidence, ...]:
    """New evidence where there is a new record. `best` has the newest evidence by promise."""
    found = (
        _record(promise, seen, best.get(promise.id))
        for promise in promises
        if promise.id in CAPACITIES
    )
    return tuple(record for record in found if record is not None)


def _record(promise: Promise, seen: Seen, best: Evidence | None) -> Evidence | None:
    capacity, query = CAPACITIES[promise.id]
    known, away = answered(seen)
    before = best.value if best else None
    now = sum(map(capacity, known)) if known else None
    value = max((seen for seen in (before, now) if seen is not None), default=None)
    is_kept = value is not None and promise.verdict(value) is Verdict.KEPT
    verdict = Verdict.KEPT if is_kept else Verdict.UNKNOWN
    if best is not None and (best.value, best.verdict) == (value, verdict):
        return None
    reading = Reading(
        verdict=verdict,
        value=value,
        how=f"the highest seen of {query.text}",
        because=_because(promise, value, is_kept=is_kept) if value is not None else away,
        samples=len(known),
    )
    return evidence(promise, seen, reading, lasts=None)


def _because(promise: Promise, value: float, *, is_kept: bool) -> str:
    if is_kept:
        return f"{value:,.0f} were served at once"
    return f"the most so far was {value:,.1f}: nobody has asked for {promise.target} yet"


def _served_per_second(region: RegionMetrics) -> float:
    return region.served_per_second


def _connections(region: RegionMetrics) -> float:
    return region.connections


CAPACITIES: dict[str, tuple[Capacity, queries.Query]] = {
    "kpis.scalability.requests_per_second": (_served_per_second, queries.SERVED),
    "kpis.scalability.concurrent_users": (_connections, queries.CONNECTIONS),
}
