"""Proofs of response times, at the gateways of the regions: the users' own way is not in the file.

A percentile is over the requests of all regions, so that a far region counts as much as it is
used.
"""

from groundplan.checks.capacity.demand import RATE, facing_fleets
from groundplan.checks.proofs.distance import shown_sites, sites
from groundplan.checks.proofs.load import (
    cores,
    promised_rate,
    shown_busiest,
    shown_database,
    shown_fleets,
)
from groundplan.checks.proofs.proof import Argument, Proof, argument
from groundplan.checks.proofs.response import (
    SIDECARS,
    percentile,
    query_seconds,
    service_seconds,
    sidecar_seconds,
    spreads,
    ways,
)
from groundplan.checks.proofs.spread import Spread, Values, judge
from groundplan.checks.subject import Subject
from groundplan.promise.promise import Bound, Promise
from groundplan.units import Threshold

QUANTILE = 0.95  # where the file names none
NOWHERE = "the place of a region is in no table, so nothing is known of the way to its database"


def api_time(subject: Subject, promise: Promise) -> Proof:
    """What most requests take: a service, the mesh, the database, the ways between regions."""
    told, known, share = argument(subject, promise), sites(subject), _quantile(promise)
    missing = _not_a_time(promise) or _no_service(subject) or _no_rate(subject)
    if missing or known is None:
        return told.unknown(missing or NOWHERE)
    has_database = subject.platform.primary_database is not None

    def seconds(values: Values) -> float:
        served = service_seconds(subject, values, share) + sidecar_seconds(subject)
        asked = max(1.0, values["queries"]) if has_database else 0.0
        served += asked * query_seconds(subject, values, share) if has_database else 0.0
        return served + percentile(ways(known, values, asked), share)

    ranges = spreads(subject)
    told = _shown_services(told, ranges, share)
    if has_database:
        told = _shown_queries(shown_sites(told, known), ranges, share)
    judgement = judge(promise, ranges, seconds)
    steps = "services + mesh + queries x (database + way), over the requests of all regions"
    return _shown_sum(told, judgement.value, steps).judged(
        judgement, _result(judgement.value, share)
    )


def query_time(subject: Subject, promise: Promise) -> Proof:
    """What most queries take: the database, and the way to the nearest one that may answer."""
    told, known, share = argument(subject, promise), sites(subject), _quantile(promise)
    missing = _not_a_time(promise) or _no_database(subject) or _no_rate(subject)
    if missing or known is None:
        return told.unknown(missing or NOWHERE)

    def seconds(values: Values) -> float:
        taken = query_seconds(subject, values, share)
        return taken + percentile(ways(known, values, 1.0), share)

    ranges = spreads(subject)
    told = told.written("requests per second", f"{promised_rate(subject):,.0f}", RATE)
    told = _shown_queries(shown_sites(told, known), ranges, share)
    judgement = judge(promise, ranges, seconds)
    steps = "database + way, over the queries of all regions"
    return _shown_sum(told, judgement.value, steps).judged(
        judgement, _result(judgement.value, share)
    )


def page_time(subject: Subject, promise: Promise) -> Proof:
    """Nothing: it happens in browsers."""
    return argument(subject, promise).unknown(
        "a page loads in a browser, over networks that are not in the file: only measuring tells"
    )


def _shown_services(told: Argument, ranges: dict[str, Spread], share: float) -> Argument:
    subject = told.subject
    likely = {name: each.likely for name, each in ranges.items()}
    told = told.written("requests per second", f"{promised_rate(subject):,.0f}", RATE)
    told = shown_fleets(shown_busiest(told)).figures("cpu_per_request")
    told = told.computed(
        f"p{share * 100:g} of the services",
        _shown(service_seconds(subject, likely, share)),
        "M/M/c queue (Erlang C) of the replicas in the busiest region",
    )
    if sidecar_seconds(subject):
        told = told.limit("proxies of the mesh", _shown(sidecar_seconds(subject)), SIDECARS)
    return told


def _shown_queries(told: Argument, ranges: dict[str, Spread], share: float) -> Argument:
    subject = told.subject
    likely = {name: each.likely for name, each in ranges.items()}
    told = shown_database(told).figures("queries_per_request", "database_time_per_query")
    return told.computed(
        f"p{share * 100:g} of a query in the database",
        _shown(query_seconds(subject, likely, share)),
        "M/M/c queue (Erlang C) of its processors; waits for its disk are not in it",
    )


def _shown_sum(told: Argument, value: float | None, steps: str) -> Argument:
    return told if value is None else told.computed("all of it", _shown(value), steps)


def _shown(seconds: float) -> str:
    return f"{seconds * 1000:,.3g} ms" if seconds < 1e6 else "no end: the load is too much"


def _result(value: float | None, share: float) -> str:
    if value is None:
        return "at the promised load requests queue up without end, with the likely figures"
    return f"p{share * 100:g} is {value * 1000:,.0f} ms"


def _quantile(promise: Promise) -> float:
    try:
        return Threshold.parse(promise.target).quantile or QUANTILE
    except ValueError:
        return QUANTILE


def _not_a_time(promise: Promise) -> str:
    is_time = promise.unit == "s" and promise.bound is Bound.AT_MOST
    return "" if is_time else "a response time has an upper limit in seconds, and this is none"


def _no_service(subject: Subject) -> str:
    facing = facing_fleets(subject.platform)
    if not facing:
        return "the file has no services, so nothing is known to answer"
    if not cores(subject):
        lacks = next(fleet for fleet in facing if not fleet.cpu)
        return f"how fast a replica is is not known: say {lacks.path}.resources.requests.cpu"
    return ""


def _no_rate(subject: Subject) -> str:
    return "" if promised_rate(subject) else f"how many requests come is not known: say {RATE}"


def _no_database(subject: Subject) -> str:
    has_one = subject.platform.primary_database is not None
    return "" if has_one else "the file has no database"
