"""Proofs of capacity: requests and users that the largest number of replicas and the database
carry, and the data that comes with them. The smallest number is shown beside it."""

import math

from groundplan.checks.capacity.demand import RATE, facing_fleets
from groundplan.checks.numbers.queueing import think_seconds
from groundplan.checks.proofs.load import (
    carried,
    cores,
    promised_rate,
    shown_busiest,
    shown_database,
    shown_fitting,
    shown_fleets,
    spreads,
)
from groundplan.checks.proofs.proof import Argument, Proof, argument
from groundplan.checks.proofs.spread import Spread, Values, judge, of_figure
from groundplan.checks.reading import span
from groundplan.checks.subject import Subject
from groundplan.promise.promise import Promise, Verdict

USERS = "kpis.scalability.concurrent_users"


def requests(subject: Subject, promise: Promise) -> Proof:
    """Requests per second until the services or the database are full."""
    told = argument(subject, promise)
    if not facing_fleets(subject.platform):
        return told.unknown("the file has no services, so nothing is known to carry requests")
    ranges = spreads(subject)
    told = _shown(told, ranges)
    judgement = judge(promise, ranges, lambda values: carried(subject, values))
    return told.judged(judgement, _result(judgement.value, "requests/s"))


def users(subject: Subject, promise: Promise) -> Proof:
    """Users at the same time, by Little's law: each waits, reads, and asks again."""
    told, rate = argument(subject, promise), promised_rate(subject)
    if not facing_fleets(subject.platform):
        return told.unknown("the file has no services, so nothing is known to carry users")
    if rate is None:
        return told.unknown(f"nobody says how often a user asks: say {RATE}")
    pause = think_seconds(promise.limit, rate)
    ranges = spreads(subject)
    told = _shown(told, ranges).written("requests per second", f"{rate:,.0f}", RATE)
    told = told.computed("each user asks once in", span(pause), "users / requests per second")
    judgement = judge(promise, ranges, lambda values: carried(subject, values) * pause)
    if judgement.value is not None:
        told = told.computed(
            "users", f"{judgement.value:,.0f}", "requests carried x time between two of a user"
        )
    return told.judged(judgement, _result(judgement.value, "users"))


def throughput(subject: Subject, promise: Promise) -> Proof:
    """Data that comes in with the requests that are carried."""
    told, kpis = argument(subject, promise), subject.platform.kpis
    rate = kpis.scalability.data_throughput if kpis else None
    if not facing_fleets(subject.platform):
        return told.unknown("the file has no services, so nothing is known to take data in")
    if rate is None or rate.of not in ("bytes", "requests"):
        return told.unknown(
            f"what one of the {rate.of if rate else 'things'} costs is not in the file"
        )
    ranges = spreads(subject)
    told = _shown(told, ranges)
    if rate.of == "requests":
        judgement = judge(promise, ranges, lambda values: carried(subject, values))
        return told.judged(judgement, _result(judgement.value, "requests/s"))
    told = told.figures("request_bytes")
    ranges["size"] = of_figure(subject.figures.request_bytes, "request_bytes", more_is_worse=False)
    judgement = judge(promise, ranges, lambda values: carried(subject, values) * values["size"])
    result = _result(judgement.value, "bytes of requests a second")
    if judgement.verdict is Verdict.BROKEN:
        why = f"{result}; whether data comes in by another way is not in the file"
        return told.ends(Verdict.UNKNOWN, judgement.value, why)
    return told.judged(judgement, result)


def _result(value: float | None, what: str) -> str:
    if value is None:
        return f"how many {what} are carried is not known"
    return f"the services and the database carry {value:,.0f} {what}"


def _shown(told: Argument, ranges: dict[str, Spread]) -> Argument:
    """The lines of the replicas, the database, and the requests that both carry."""
    subject = told.subject
    told = shown_fitting(shown_fleets(shown_busiest(told))).figures("cpu_per_request")
    likely: Values = {name: each.likely for name, each in ranges.items()}
    by_services = carried(subject, {**likely, "processors": math.inf})
    if math.isfinite(by_services):
        told = _targets(told)
        told = told.computed(
            "services carry",
            f"{by_services:,.0f} requests/s",
            "replicas x cores x target utilization / CPU per request / share of the busiest region",
        )
        told = told.computed("with the fewest replicas", *_fewest(subject, likely))
    told = shown_database(told)
    by_database = carried(subject, {**likely, "cores": math.inf})
    if math.isfinite(by_database):
        told = told.figures("queries_per_request", "database_time_per_query", "write_share")
        told = told.computed(
            "the database carries",
            f"{by_database:,.0f} requests/s",
            "half of its processors / time per query / queries of a request at the primary",
        )
    return told


def _targets(told: Argument) -> Argument:
    for each in facing_fleets(told.subject.platform):
        if each.is_scaled and each.utilisation < 1:
            return told.written(
                "the autoscaler adds replicas at",
                f"{each.utilisation:.0%}",
                "autoscaling.horizontal_pod_autoscaler.target_cpu_utilization",
            )
    return told


def _fewest(subject: Subject, likely: Values) -> tuple[str, str]:
    low = sum(each.fleet.low * each.promised * each.fleet.utilisation for each in cores(subject))
    count = sum(each.fleet.low for each in cores(subject))
    rate = carried(subject, {**likely, "cores": low, "processors": math.inf})
    return f"{rate:,.0f} requests/s", f"the same with {count} replicas in a region"
