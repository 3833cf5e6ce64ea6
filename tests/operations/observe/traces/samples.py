"""Spans and batches for tests."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from groundplan.design.sampling import Sampling, Strategy
from groundplan.operations.observe.traces.keeper import ROOM, Keeper
from groundplan.parquet.store import Store

NOW = 1_795_600_800.0  # 2026-11-25 10:00
ALL = Sampling(default=Strategy(share=1.0, per_second=1e6))


def ids(trace: int, span: int) -> tuple[bytes, bytes]:
    """A trace's and a span's id."""
    return trace.to_bytes(16, "big"), span.to_bytes(8, "big")


def span(
    trace: int,
    number: int,
    *,
    parent: int = 0,
    name: str = "GET /",
    at: float = NOW,
    seconds: float = 0.01,
    failed: bool = False,
    kind: Span.SpanKind.ValueType = Span.SPAN_KIND_SERVER,
    **attributes: str,
) -> Span:
    """One span; its length in seconds."""
    trace_id, span_id = ids(trace, number)
    start = round(at * 1e6) * 1000
    found = Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent.to_bytes(8, "big") if parent else b"",
        name=name,
        kind=kind,
        start_time_unix_nano=start,
        end_time_unix_nano=start + round(seconds * 1e9),
    )
    if failed:
        found.status.code = Status.STATUS_CODE_ERROR
        found.status.message = "it broke"
    for key, value in attributes.items():
        found.attributes.add(key=key.replace("__", ".")).value.string_value = value
    return found


def batch(*spans: Span, service: str = "shop") -> ExportTraceServiceRequest:
    """Spans of one service."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = service
    resource.scope_spans.add().spans.extend(spans)
    return request


@contextmanager
def keeping(
    folder: Path, sampling: Sampling = ALL, keep: str = "3 days", room: int = ROOM
) -> Iterator[Keeper]:
    """A keeper that has read its spool."""
    with Store(folder) as store:
        keeper = Keeper(store, sampling, keep, room=room)
        keeper.recover()
        yield keeper
        keeper.close()


def put(keeper: Keeper, *batches: ExportTraceServiceRequest, at: float = NOW) -> int:
    """Batches that came, on the disk and taken in; how many spans were not valid."""
    segment = keeper.append([each.SerializeToString() for each in batches], at)
    return sum(keeper.take(each, segment, at) for each in batches)


def decide_all(keeper: Keeper, *, at: float = NOW + 10) -> int:
    """A round; how many spans it wrote."""
    keeper.decide(at)
    groups = keeper.unwritten()
    spans = keeper.write(groups)
    keeper.wrote(len(groups))
    return spans


def stored(folder: Path, batches: Iterable[ExportTraceServiceRequest]) -> None:
    """A store in which these batches are kept."""
    with keeping(folder) as keeper:
        put(keeper, *batches)
        decide_all(keeper)
