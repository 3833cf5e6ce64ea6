"""Who takes the traces, and which of them are kept for how long."""

from collections.abc import Iterator

from groundplan.design.addresses import address
from groundplan.design.part import PartKind
from groundplan.design.parts import TraceLink, Tracer
from groundplan.design.sampling import Sampling, ServiceStrategy, Strategy
from groundplan.spec.load import Source
from groundplan.spec.tracing import DefaultStrategy
from groundplan.spec.tracing import ServiceStrategy as Written
from groundplan.units import Duration

HTTP_PORT = 4318
# What the design document allows a service; without any cap an outage would fill the disk.
PER_SECOND = 100.0
# Jaeger's own default; every trace of a small platform would be kept by "1 trace a second", too.
DEFAULT = Strategy(share=0.1, per_second=PER_SECOND)
SLOW_SECONDS = 1.0


def tracers(source: Source) -> tuple[Tracer, ...]:
    """One for the platform, so that its caps are true ones; none when the file has no `jaeger`."""
    if source.platform.jaeger is None:
        return ()
    retention = source.platform.retention
    keep = retention.traces if retention else None
    return (
        Tracer(
            name="global/tracer",
            site="global",
            address=_address(source),
            sampling=_sampling(source),
            keep=keep.text if keep else "",
        ),
    )


def link(source: Source, service: str | None = None) -> TraceLink | None:
    """How a service reaches it, or a gateway."""
    if source.platform.jaeger is None:
        return None
    sampling = _sampling(source)
    return TraceLink(
        address=_address(source),
        port=HTTP_PORT,
        share=sampling.widest,
        kept_share=sampling.of(service).share if service else sampling.widest,
        slow_seconds=sampling.slow_seconds,
    )


def notes(source: Source) -> Iterator[str]:
    """What the file leaves open."""
    for part in tracers(source):
        if not part.keep:
            yield "traces are never deleted: retention names no time for them"


def _address(source: Source) -> str:
    """In the block of the file's first region, whether that runs or not."""
    return address(source.platform.local.network, region=0, kind=PartKind.TRACER, number=1)


def _sampling(source: Source) -> Sampling:
    jaeger, kpis = source.platform.jaeger, source.platform.kpis
    assert jaeger is not None
    promised = kpis.performance.api_response_time if kpis else None
    limit = promised.limit if promised else None
    default = _default(jaeger.sampling.default_strategy)
    return Sampling(
        default=default,
        services=tuple(
            ServiceStrategy(service=each.service, strategy=_of_service(each, default))
            for each in jaeger.sampling.per_service_strategies
        ),
        slow_seconds=limit.seconds if isinstance(limit, Duration) else SLOW_SECONDS,
    )


def _default(written: DefaultStrategy | None) -> Strategy:
    match written:
        case None:
            return DEFAULT
        case DefaultStrategy(type="probabilistic"):
            return Strategy(share=written.param, per_second=PER_SECOND)
        case DefaultStrategy(type="ratelimiting"):
            return Strategy(share=1.0, per_second=written.param)
        case _:
            on = written.param > 0
            return Strategy(share=float(on), per_second=PER_SECOND if on else 0.0)


def _of_service(written: Written, default: Strategy) -> Strategy:
    """`adaptive` names a cap and no share: its share is the default's."""
    cap = float(written.max_traces_per_second or PER_SECOND)
    match written.type:
        case "probabilistic":
            share = default.share if written.param is None else min(1.0, written.param)
            return Strategy(share=share, per_second=cap)
        case "ratelimiting":
            rate = cap if written.param is None else written.param
            return Strategy(share=1.0, per_second=min(cap, rate))
        case _:
            return Strategy(share=default.share, per_second=cap)
