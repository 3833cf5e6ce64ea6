"""From one look at the platform to Evidence. Pure: no clock, no network.

A promise that nothing measures, or that too little is known of, is unknown and says why.
"""

import math
from collections.abc import Callable

from groundplan.agent.sampling import queries
from groundplan.agent.sampling.histogram import added, quantile, total, without_fastest
from groundplan.agent.sampling.lag import replication_lag
from groundplan.agent.sampling.reading import Reading, answered, evidence
from groundplan.agent.sampling.seen import Buckets, Seen, Share
from groundplan.promise.promise import Evidence, Promise, Verdict
from groundplan.units import Threshold

QUANTILE = 0.95  # where the file names none
# A p95 of fewer than this many times the smallest number that has a slowest 5 % is chance.
TAILS = 5

Measure = Callable[[Promise, Seen], Reading]


def samples(promises: tuple[Promise, ...], seen: Seen) -> tuple[Evidence, ...]:
    """Evidence for every promise that has a sample in each round."""
    return tuple(
        evidence(promise, seen, MEASURES[promise.id](promise, seen))
        for promise in promises
        if promise.id in MEASURES
    )


def availability(promise: Promise, seen: Seen) -> Reading:
    """The worse of two shares: requests at the gateways, and our probes through the edge."""
    known, away = answered(seen)
    requests = Share(
        good=sum(region.requests.good for region in known),
        total=sum(region.requests.total for region in known),
    )
    shares = [share for share in (requests, seen.probes) if share.total]
    verdicts = [judged(share, promise.limit) for share in shares]
    parts = [
        f"{requests.total - requests.good:,} of {requests.total:,} requests failed",
        f"{seen.probes.total - seen.probes.good:,} of {seen.probes.total:,} probes",
    ]
    if Verdict.BROKEN in verdicts:
        verdict = Verdict.BROKEN
    elif not away and Verdict.KEPT in verdicts:
        verdict = Verdict.KEPT
    else:
        verdict = Verdict.UNKNOWN
        parts.append(away or f"{needed(promise.limit):,} are needed to tell {promise.target}")
    return Reading(
        verdict=verdict,
        value=min((share.good / share.total for share in shares), default=None),
        how=f"requests that did not fail: {queries.REQUESTS.text}; probes through the edge",
        because="; ".join(parts),
        samples=max(requests.total, seen.probes.total),
    )


def needed(limit: float) -> int:
    """The fewest samples in which one failure still keeps the limit."""
    return math.ceil(1 / (1 - limit) - 1e-6) if limit < 1 else 1


def judged(share: Share, limit: float) -> Verdict:
    """Too few samples tell nothing, except that there are more failures than they could have."""
    bad = share.total - share.good
    if bad > (1 - limit) * max(share.total, needed(limit)) + 1e-9:
        return Verdict.BROKEN
    return Verdict.KEPT if share.total >= needed(limit) else Verdict.UNKNOWN


def api_time(promise: Promise, seen: Seen) -> Reading:
    """Response times at the gateways, less our own probes: those are not users."""
    known, away = answered(seen)
    times = without_fastest(added(region.api_times for region in known), seen.probes_lately)
    how = f"{queries.API_TIMES.text}, without the agent's own probes"
    return _time(promise, times, how, away)


def query_time(promise: Promise, seen: Seen) -> Reading:
    """What services say of the time of their database queries."""
    known, away = answered(seen)
    times = added(region.query_times for region in known)
    return _time(promise, times, queries.QUERY_TIMES.text, away)


def _time(promise: Promise, times: Buckets, how: str, away: str) -> Reading:
    share = _quantile_of(promise)
    value = quantile(times, share)
    finite = value if value is not None and math.isfinite(value) else None
    count = int(total(times))
    few = math.ceil(TAILS / (1 - share) - 1e-6)
    if promise.unit != "s":
        why = f"times are measured in seconds, the promise is in {promise.unit}"
    elif value is None:
        why = away or f"nothing was counted in the last {queries.LATELY}"
    elif count < few:
        why = f"{count} were counted in the last {queries.LATELY}; a p{share * 100:g} needs {few}"
    elif finite is None:
        why = "it is beyond the last bucket of the histogram"
    else:
        why = away
    return Reading(
        verdict=promise.verdict(finite) if finite is not None and not why else Verdict.UNKNOWN,
        value=finite,
        how=f"p{share * 100:g} of {how}",
        because=why or f"{count:,} were counted in the last {queries.LATELY}",
        samples=count,
    )


def _quantile_of(promise: Promise) -> float:
    try:
        return Threshold.parse(promise.target).quantile or QUANTILE
    except ValueError:
        return QUANTILE


MEASURES: dict[str, Measure] = {
    "kpis.availability.target": availability,
    "kpis.performance.api_response_time": api_time,
    "kpis.performance.database_query_time": query_time,
    "disaster_recovery.rpo.replication_lag": replication_lag,
}
