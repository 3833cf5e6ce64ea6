"""Proofs of retention: whether what is written fits into what is there, for as long as promised,
and whether what is moved away is kept there."""

from groundplan.checks.observability.flows import CLASSES, hot_days
from groundplan.checks.observability.logs import is_carried
from groundplan.checks.proofs.proof import Argument, Proof, argument
from groundplan.checks.proofs.room import (
    CERTAIN,
    POSSIBLE,
    REQUESTS,
    compared,
    is_in_store,
    missing,
    share_that_fits,
    shown_store,
    spreads,
    traces_per_second,
)
from groundplan.checks.proofs.spread import Values, judge
from groundplan.checks.reading import span
from groundplan.checks.subject import Subject
from groundplan.promise.promise import Promise, Verdict
from groundplan.units import Duration

LAKE = "data_lake.lifecycle_policies"
ARCHIVE = "logging.archive"
PIPELINES = "logging.logstash.pipelines"
DAY_SECONDS = 86_400


def logs(subject: Subject, promise: Promise) -> Proof:
    """A class of logs: room in the store, a way to it, and an archive that keeps the rest."""
    told, name = argument(subject, promise), promise.id.removeprefix("retention.")
    retention, logging = subject.platform.retention, subject.platform.logging
    kept = getattr(retention, name)
    why = missing(subject)
    if why or retention is None or logging is None or retention.application_logs is None:
        return told.unknown(why or f"how long what requests write is kept is not said: {REQUESTS}")
    told, archived = _archive(told, kept)
    if archived is not None and archived < promise.limit:
        result = f"the archive deletes after {span(archived)} what is to be kept for {kept}"
        return told.ends(Verdict.BROKEN, archived, result)
    ranges = spreads(subject, logs=CERTAIN, traces=POSSIBLE)
    told = shown_store(told, ranges)
    hot = hot_days(subject, kept) * DAY_SECONDS

    def seconds(values: Values) -> float:
        share = share_that_fits(subject, values)
        return promise.limit if share == 1 else hot * share

    judgement = judge(promise, ranges, seconds)
    if judgement.verdict is Verdict.KEPT and not is_carried(logging, name.partition("_")[0]):
        told = told.written("pipelines", len(logging.logstash.pipelines), PIPELINES)
        return told.unknown(f"it fits, and no pipeline is known to bring {name}: say {PIPELINES}")
    return told.judged(judgement, compared(subject, ranges))


def _archive(told: Argument, kept: Duration) -> tuple[Argument, float | None]:
    """For how long records are kept with the archive, in seconds; None when nothing ends it."""
    platform = told.subject.platform
    archive = platform.logging.archive if platform.logging else None
    if archive is None or archive.after >= kept:
        return told, None
    told = told.written("moved to the archive after", archive.after, f"{ARCHIVE}.after")
    policies = platform.data_lake.lifecycle_policies if platform.data_lake else ()
    ends = {
        policy.expiration: number
        for number, policy in enumerate(policies)
        if policy.expiration is not None
        and (not policy.buckets or archive.bucket in policy.buckets)
    }
    if not ends:
        return told, None
    days = min(ends)
    told = told.written("deleted there after", f"{days} days", f"{LAKE}[{ends[days]}].expiration")
    return told, archive.after.seconds + days * DAY_SECONDS


def traces(subject: Subject, promise: Promise) -> Proof:
    """Sampled traces, in the store of the logs."""
    told = argument(subject, promise)
    if not is_in_store(subject):
        return told.unknown("how large the store of the traces is is not in the file")
    why, sampled = missing(subject), traces_per_second(subject)
    if why or sampled is None:
        return told.unknown(why or "how many are sampled is not said: jaeger.sampling")
    ranges = spreads(subject, logs=POSSIBLE, traces=CERTAIN)
    told = told.computed(
        "traces", f"{sampled:,.3g}/s", "what the sampling lets through at the peak"
    )
    told = shown_store(told, ranges)
    judgement = judge(
        promise, ranges, lambda values: promise.limit * share_that_fits(subject, values)
    )
    return told.judged(judgement, compared(subject, ranges))


def metrics(subject: Subject, promise: Promise) -> Proof:
    """Metrics. Their number is not in the file, so that only a shorter setting is a proof."""
    told, prometheus = argument(subject, promise), subject.platform.prometheus
    if prometheus is None:
        return told.unknown("nothing in the file collects metrics")
    told = told.written("Prometheus keeps them for", prometheus.retention, "prometheus.retention")
    if prometheus.retention.seconds < promise.limit:
        result = f"Prometheus deletes them after {prometheus.retention}"
        return told.ends(Verdict.BROKEN, prometheus.retention.seconds, result)
    return told.unknown("how many metrics there are, and on which disk, is not in the file")


def lake(subject: Subject, promise: Promise) -> Proof:
    """Files of the lake: no policy of the same buckets may delete them earlier."""
    told, data = argument(subject, promise), subject.platform.data_lake
    policies = data.lifecycle_policies if data else ()
    number = int(promise.id.partition("[")[2].partition("]")[0])
    mine = set(policies[number].buckets or (data.buckets if data else ()))
    days = promise.limit / DAY_SECONDS
    for other, policy in enumerate(policies):
        end, theirs = policy.expiration, set(policy.buckets or (data.buckets if data else ()))
        if end is not None and end < days and mine & theirs:
            told = told.written("deleted after", f"{end} days", f"{LAKE}[{other}].expiration")
            result = f"another policy deletes files of the same buckets after {end} days"
            return told.ends(Verdict.BROKEN, float(end * DAY_SECONDS), result)
    return told.ends(Verdict.KEPT, promise.limit, "no policy deletes them earlier")


LOG_CLASSES = tuple(f"retention.{name}" for name in CLASSES)
