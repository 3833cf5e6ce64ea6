"""What logs and traces need in the store of the logs, as ranges: inputs of the proofs of retention.

The store is shared: when it is full it takes no more of anything.
"""

from groundplan.checks.capacity.demand import RATE, demand
from groundplan.checks.numbers.volume import SECONDS_PER_DAY
from groundplan.checks.observability.flows import STORE, classes, hot_days, store
from groundplan.checks.observability.traces import cap_of
from groundplan.checks.proofs.proof import Argument
from groundplan.checks.proofs.spread import Spread, Values, exactly, of_figure
from groundplan.checks.subject import Subject

REQUESTS = "application_logs"  # the class of what requests write
OTHERS = 0.2  # of the lines of requests, for each other class at most
FIGURES = ("log_lines_per_request", "bytes_per_log_line", "night_traffic")
TRACE_FIGURES = ("spans_per_trace", "bytes_per_span")
GB = 1e9


def missing(subject: Subject) -> str:
    """What the file has to say before anything is known of the store; "" when it does."""
    if store(subject) is None:
        return f"how large the store is is not in the file: say {STORE}.storage"
    if demand(subject) is None:
        return f"how much is written is not known: say {RATE}"
    return ""


def spreads(subject: Subject, *, logs: Spread, traces: Spread) -> dict[str, Spread]:
    """The ranges of what decides; `logs` and `traces` are 1 where they are known to be there."""
    figures = subject.figures
    names = (*FIGURES, *TRACE_FIGURES)
    ranges = {name: of_figure(getattr(figures, name), name) for name in names}
    others = Spread(likely=0, better=0, worse=OTHERS)
    return ranges | {"others": others, "logs": logs, "traces": traces}


CERTAIN = exactly(1)
POSSIBLE = Spread(likely=1, better=0, worse=1)


def share_that_fits(subject: Subject, values: Values) -> float:
    """Of what should be in the store; 1 when all of it fits."""
    found = store(subject)
    assert found is not None
    needed = needed_bytes(subject, values)
    return min(1.0, found[1].usable_bytes / needed) if needed else 1.0


def needed_bytes(subject: Subject, values: Values) -> float:
    """What should be in the store, each byte once."""
    return values["logs"] * _logs(subject, values) + values["traces"] * _traces(subject, values)


def compared(subject: Subject, ranges: dict[str, Spread]) -> str:
    """What should be in the store beside what has room there, in words."""
    found = store(subject)
    assert found is not None
    needed = needed_bytes(subject, {name: each.likely for name, each in ranges.items()})
    room = found[1].usable_bytes
    return f"{needed / GB:,.0f} GB should be in the store, which has room for {room / GB:,.0f} GB"


def _logs(subject: Subject, values: Values) -> float:
    daily = _mean_rate(subject, values) * values["log_lines_per_request"] * SECONDS_PER_DAY
    days = sum(
        hot_days(subject, kept) * (1 if name == REQUESTS else values["others"])
        for name, kept in classes(subject).items()
    )
    return daily * values["bytes_per_log_line"] * days


def _traces(subject: Subject, values: Values) -> float:
    retention, peak = subject.platform.retention, demand(subject)
    kept, sampled = (retention.traces if retention else None), traces_per_second(subject)
    if kept is None or sampled is None or peak is None or not is_in_store(subject):
        return 0.0
    daily = _mean_rate(subject, values) * sampled / peak.platform * SECONDS_PER_DAY
    return daily * values["spans_per_trace"] * values["bytes_per_span"] * kept.days


def _mean_rate(subject: Subject, values: Values) -> float:
    """Over a day; between the promised peak and the quietest hour."""
    wanted = demand(subject)
    return wanted.platform * (1 + values["night_traffic"]) / 2 if wanted else 0.0


def is_in_store(subject: Subject) -> bool:
    """Whether traces go where the logs are."""
    jaeger = subject.platform.jaeger
    return bool(jaeger and jaeger.storage and jaeger.storage.elasticsearch)


def traces_per_second(subject: Subject) -> float | None:
    """At the peak, at most; None when no strategy says."""
    sampling = subject.platform.jaeger.sampling if subject.platform.jaeger else None
    default, peak = (sampling.default_strategy if sampling else None), demand(subject)
    if sampling is None or default is None or peak is None:
        return None
    match default.type:
        case "probabilistic":
            wanted = default.param * peak.platform
        case "ratelimiting":
            wanted = default.param
        case "const":
            wanted = peak.platform if default.param else 0.0
    own = {item.service: item for item in sampling.per_service_strategies}
    if own.keys() < subject.platform.services.keys():
        return wanted
    return min(wanted, sum(cap_of(item) or wanted for item in own.values()))


def shown_store(told: Argument, ranges: dict[str, Spread]) -> Argument:
    """The lines of the store and of what should be in it."""
    subject, found = told.subject, store(told.subject)
    assert found is not None
    written, disks = found
    likely = {name: each.likely for name, each in ranges.items()}
    told = told.written("requests per second", f"{_peak(subject):,.0f}", RATE).figures(*FIGURES)
    for name, kept in classes(subject).items():
        told = told.written(f"{name.replace('_', ' ')} are kept for", kept, f"retention.{name}")
        if name != REQUESTS:
            told = told.assumed(
                f"{name.replace('_', ' ')} written", f"0 to {OTHERS:g} of the requests' lines"
            )
    if _traces(subject, likely):
        told = told.figures(*TRACE_FIGURES)
    told = told.written("servers", written.cluster_size, f"{STORE}.cluster_size")
    told = told.written("disk of each", written.storage, f"{STORE}.storage")
    told = told.written("copies besides the first", written.replicas, f"{STORE}.replicas")
    told = told.limit("may be full to", f"{disks.fill:.0%}", "opensearch.fill.max")
    told = told.computed(
        "room", f"{disks.usable_bytes / GB:,.0f} GB", "servers x disk x full / copies"
    )
    needed = needed_bytes(subject, likely) / GB
    return told.computed("needed", f"{needed:,.0f} GB", "mean rate x lines x bytes x days")


def _peak(subject: Subject) -> float:
    wanted = demand(subject)
    return wanted.platform if wanted else 0.0
