"""Rules of traces: a sampling that exists, one rate, room for what is sampled."""

from collections.abc import Iterator

from groundplan.checks.capacity.demand import RATE, demand
from groundplan.checks.numbers.volume import SECONDS_PER_DAY, spans
from groundplan.checks.observability.flows import GB, STORE, mean_rate, store
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.tracing import Sampling, ServiceStrategy

SAMPLING = "jaeger.sampling"
DEFAULT = f"{SAMPLING}.default_strategy"
NODES = "jaeger.storage.elasticsearch.nodes"
FILE_TYPES = ("probabilistic", "ratelimiting")


def _sampling(subject: Subject) -> Sampling:
    return subject.platform.jaeger.sampling if subject.platform.jaeger else Sampling()


@rule(
    "OBS006",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="A sampling strategy must be of a kind that the collector knows.",
    why="the collector warns in its log and traces next to nothing",
    source="Jaeger, sampling strategies of the collector (source at v2.20)",
)
def sampling_types_exist(subject: Subject) -> Iterator[Problem]:
    sampling, rate = _sampling(subject), demand(subject)
    fallback = subject.facts.limit("jaeger.adaptive.initial")
    if fallback is None:
        return
    kept = f" of {rate.platform:,.0f} requests/s" if rate else ""
    known = " or ".join(FILE_TYPES)
    for index, strategy in enumerate(sampling.per_service_strategies):
        if strategy.type in FILE_TYPES:
            continue
        cap = strategy.max_traces_per_second
        yield Problem(
            path=f"{SAMPLING}.per_service_strategies[{index}].type",
            also=(DEFAULT if sampling.default_strategy else SAMPLING,),
            message=f'"{strategy.type}" is not {known}: {strategy.service} is sampled at'
            f" {float(fallback.value):.1%}{kept}",
            try_=f"write type: ratelimiting and param: {cap}"
            if cap
            else "write type: probabilistic and param: 0.01",
            facts=(str(fallback.fact),),
        )
    default = sampling.default_strategy
    if default and default.type not in FILE_TYPES:
        yield Problem(
            path=f"{DEFAULT}.type",
            also=(SAMPLING,),
            message=f'"{default.type}" with {default.param:g} is not {known}',
            try_="write type: probabilistic with param: 1 for everything, 0 for nothing",
            facts=(str(fallback.fact),),
        )


@rule(
    "OBS007",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="Sampling rates must agree, and the store must hold what they let through.",
    why="the rate that people read is not the one that holds, or traces push the logs out",
    source="Jaeger, sampling; arithmetic",
)
def sampling_rates_agree(subject: Subject) -> Iterator[Problem]:
    sampling, rate = _sampling(subject), demand(subject)
    default = sampling.default_strategy
    if rate is None or default is None or default.type != "probabilistic":
        return
    own = {item.service: item for item in sampling.per_service_strategies}
    wanted, has_all = default.param * rate.platform, own.keys() >= subject.platform.services.keys()
    for index, strategy in enumerate(sampling.per_service_strategies):
        cap = cap_of(strategy)
        if cap is not None and has_all and wanted > cap:
            key = "max_traces_per_second" if strategy.max_traces_per_second else "param"
            yield Problem(
                path=f"{SAMPLING}.per_service_strategies[{index}].{key}",
                also=(f"{DEFAULT}.param", RATE),
                message=f"{default.param:.0%} of {rate.platform:,.0f} requests/s are {wanted:,.0f}"
                f" traces/s, and {strategy.service} may make {cap:g}: {cap / rate.platform:.2g} of"
                " all; the default holds for no service",
                try_=f"write param: {cap / rate.platform:.2g} and remove the strategy of"
                f" {strategy.service}, or raise its {key}",
            )
    caps = [cap_of(item) for item in own.values()]
    capped = sum(cap or wanted for cap in caps) if has_all else wanted
    yield from _room(subject, min(wanted, capped))


def cap_of(strategy: ServiceStrategy) -> float | None:
    """Traces per second at most."""
    if strategy.max_traces_per_second:
        return float(strategy.max_traces_per_second)
    return strategy.param if strategy.type == "ratelimiting" else None


def _room(subject: Subject, traces_per_second: float) -> Iterator[Problem]:
    found, rate, figures = store(subject), mean_rate(subject), subject.figures
    kept = subject.platform.retention.traces if subject.platform.retention else None
    jaeger, peak = subject.platform.jaeger, demand(subject)
    in_store = jaeger and jaeger.storage and jaeger.storage.elasticsearch
    if not (found and rate and kept and in_store and peak):
        return
    stream = spans(
        rate[0],
        sampled=traces_per_second / peak.platform,
        spans_each=figures.spans_per_trace.value,
        bytes_each=figures.bytes_per_span.value,
    )
    fitting = found[1].days(stream.bytes_per_day)
    if fitting is None or fitting >= kept.days:
        return
    yield Problem(
        path="retention.traces",
        also=(DEFAULT, f"{STORE}.storage"),
        message=f"traces take {stream.per_second * stream.bytes_each * SECONDS_PER_DAY / GB:,.3g}"
        f" GB a day; the store holds {fitting:.2g} days of them alone, {kept} are promised",
        try_="sample less, keep traces for a shorter time, or make the store larger",
        assumes=(*figures.spans_per_trace.assumes, *figures.bytes_per_span.assumes, *rate[1]),
    )


@rule(
    "OBS008",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="The servers that traces are sent to must be those of the store.",
    why="traces go to names that do not exist, or to some servers of the store only",
    source="the file itself; OpenSearch Service, domain endpoints",
)
def trace_servers_are_those_of_the_store(subject: Subject) -> Iterator[Problem]:
    jaeger, logging = subject.platform.jaeger, subject.platform.logging
    storage = jaeger.storage.elasticsearch if jaeger and jaeger.storage else None
    written = logging.elasticsearch if logging else None
    if storage is None or written is None or len(storage.nodes) < 2:
        return
    is_managed = (written.instance_type or "").endswith((".elasticsearch", ".search"))
    if not is_managed and len(storage.nodes) == written.cluster_size:
        return
    managed = ", which is managed and has a single endpoint" if is_managed else ""
    yield Problem(
        path=NODES,
        also=(f"{STORE}.cluster_size", f"{STORE}.instance_type"),
        message=f"traces go to {len(storage.nodes)} servers, {' and '.join(storage.nodes)}; the"
        f" store has {written.cluster_size}{managed}",
        try_="name the one endpoint of the store in nodes",
    )


@rule(
    "OBS009",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="Metrics and traces need a time for which they are kept, as logs do.",
    why="they go when the disk is full, or are gone when an incident of last month is looked into",
    source="Prometheus, storage retention; Jaeger, index cleaner",
)
def signals_have_a_retention(subject: Subject) -> Iterator[Problem]:
    platform, retention = subject.platform, subject.platform.retention
    metrics, jaeger = platform.prometheus, platform.jaeger
    has_metrics = metrics and "retention" in metrics.model_fields_set
    named = len(retention.model_fields_set) if retention else 0
    also = ("retention",) if retention else ()
    if jaeger and not (retention and retention.traces):
        yield Problem(
            path="jaeger",
            also=also,
            message=f"traces are stored, and none of {named} times to keep records is for them",
            try_='add retention.traces, for example "7 days"',
        )
    if metrics and not has_metrics and not (retention and retention.metrics):
        yield Problem(
            path="prometheus",
            also=also,
            message=f"metrics are collected, and none of {named} times to keep records is for them"
            f" (Prometheus keeps {metrics.retention})",
            try_='add retention.metrics, for example "30 days", or prometheus.retention',
        )
