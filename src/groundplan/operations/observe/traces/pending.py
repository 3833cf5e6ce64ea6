"""Spans that wait for the rest of their trace, and what was decided lately. No clock, no disk.

A trace is decided as a whole some seconds after its first span came. Spans that come later follow
what was decided; one that failed brings a trace back that was let go, without what came before.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span, Status

from groundplan.design.sampling import Sampling
from groundplan.operations.observe.traces.sampling import Level, Trace, Why, decide

HOLD_SECONDS = 6.0  # gateway and service send once a second; a request in ten thousand is longer
REMEMBERED = 200_000  # traces of which it is known what was decided
_DAY_NS = 86_400 * 10**9  # what seems longer is a broken clock
_ERROR = Status.STATUS_CODE_ERROR
_STATUS = ("http.response.status_code", "http.status_code")
NO_TRACE, NO_SPAN = bytes(16), bytes(8)
DOORS = frozenset({"gateway", "edge"})  # they stand before every service, so no cap is theirs


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a span comes from."""

    service: str
    resource: Resource
    scope: InstrumentationScope

    def copy(self) -> "Origin":
        """The same without the batch that it is in."""
        resource, scope = Resource(), InstrumentationScope()
        resource.CopyFrom(self.resource)
        scope.CopyFrom(self.scope)
        return Origin(self.service, resource, scope)


@dataclass(slots=True)
class Group:
    """The spans of one trace that are here. `segment`: where the oldest is in the spool."""

    trace_id: bytes
    segment: int
    at: float
    spans: list[tuple[Origin, Span, float]] = field(default_factory=list)
    ids: set[bytes] = field(default_factory=set)
    is_error: bool = False
    longest_ns: int = 0
    why: Why | None = None  # once it was decided

    def leave_batches(self, left: dict[int, tuple[Origin, Origin]]) -> None:
        """Copies its spans out of the batches that they came in: one span keeps all of a batch in
        memory. `left` are the origins that were copied, and their copies."""
        copies = ScopeSpans(spans=[span for _, span, _ in self.spans]).spans
        spans = []
        for (origin, _, at), copy in zip(self.spans, copies, strict=True):
            if id(origin) not in left:
                left[id(origin)] = origin, origin.copy()
            spans.append((left[id(origin)][1], copy, at))
        self.spans = spans


class Pending:
    """All that waits."""

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling
        self._groups: dict[bytes, Group] = {}  # the first to come are first
        self._decided: OrderedDict[bytes, tuple[Why | None, frozenset[bytes]]] = OrderedDict()
        self._levels: dict[str, Level] = {}
        self.spans = 0
        self.counts: dict[str, int] = {}

    def take(self, request: ExportTraceServiceRequest, segment: int, at: float) -> int:
        """Takes a batch in; how many spans had no valid id. What is here already is no news."""
        rejected = 0
        for origin, spans in _origins(request):
            for span in spans:
                trace_id, span_id = span.trace_id, span.span_id
                if not _are_ids(trace_id, span_id):
                    rejected += 1
                    continue
                group = self._groups.get(trace_id)
                if group is None:
                    group = self._groups[trace_id] = Group(trace_id, segment, at)
                if span_id in group.ids or self._had(trace_id, span_id):
                    continue
                group.ids.add(span_id)
                group.spans.append((origin, span, at))
                if span.status.code == _ERROR and not is_callers_mistake(span):
                    group.is_error = True
                length = span.end_time_unix_nano - span.start_time_unix_nano
                if group.longest_ns < length < _DAY_NS:
                    group.longest_ns = length
                self.spans += 1
        self._count("rejected", rejected)
        return rejected

    def due(self, now: float, *, room: int) -> list[Group]:
        """Traces that are due and to be kept; only `room` spans may wait on."""
        kept: list[Group] = []
        left: dict[int, tuple[Origin, Origin]] = {}
        for trace_id, group in list(self._groups.items()):
            if group.at + HOLD_SECONDS > now and self.spans <= room:
                break
            del self._groups[trace_id]
            self.spans -= len(group.spans)
            if group.spans:
                self._decide(group, now)
                if group.why is not None:
                    group.leave_batches(left)
                    kept.append(group)
        return kept

    def known(self, trace_id: bytes, why: Why, spans: frozenset[bytes]) -> None:
        """Spans of a kept trace that are in the store already."""
        self._remember(trace_id, why, spans)

    @property
    def oldest_segment(self) -> int | None:
        """The first segment of the spool that something here is from."""
        return min((group.segment for group in self._groups.values()), default=None)

    def _decide(self, group: Group, now: float) -> None:
        before = self._decided.get(group.trace_id)
        if before is not None and before[0] is not None:
            group.why = before[0]  # a late span of a kept trace
            self._remember(group.trace_id, group.why, before[1] | group.ids)
            return
        is_slow = group.longest_ns >= self._sampling.slow_seconds * 1e9
        if before is not None and not group.is_error and not is_slow:
            return  # a late span of one that was let go
        service = _service(group)
        trace = Trace(trace_id=group.trace_id, is_error=group.is_error, is_slow=is_slow)
        is_kept, why, self._levels[service] = decide(
            trace, self._sampling.of(service), self._levels.get(service), now
        )
        self._count(why.value, 1)
        group.why = why if is_kept else None
        self._remember(group.trace_id, group.why, frozenset(group.ids) if is_kept else frozenset())

    def _had(self, trace_id: bytes, span_id: bytes) -> bool:
        before = self._decided.get(trace_id)
        return before is not None and span_id in before[1]

    def _remember(self, trace_id: bytes, why: Why | None, ids: frozenset[bytes]) -> None:
        self._decided[trace_id] = (why, ids)
        self._decided.move_to_end(trace_id)
        while len(self._decided) > REMEMBERED:
            self._decided.popitem(last=False)

    def _count(self, name: str, by: int) -> None:
        self.counts[name] = self.counts.get(name, 0) + by


def _origins(request: ExportTraceServiceRequest) -> Iterator[tuple[Origin, list[Span]]]:
    for resource in request.resource_spans:
        service = next(
            (a.value.string_value for a in resource.resource.attributes if a.key == "service.name"),
            "",
        )
        for scope in resource.scope_spans:
            origin = Origin(service or "unknown", resource.resource, scope.scope)
            yield origin, list(scope.spans)


def is_callers_mistake(span: Span) -> bool:
    """Whether what failed is only that somebody asked for what is not there (4xx)."""
    return span.kind == Span.SPAN_KIND_CLIENT and any(
        each.key in _STATUS and _number(each.value) // 100 == 4 for each in span.attributes
    )


def _number(value: AnyValue) -> int:
    text = value.string_value
    return int(text) if text.isascii() and text.isdigit() else value.int_value


def _are_ids(trace_id: bytes, span_id: bytes) -> bool:
    return len(trace_id) == 16 and len(span_id) == 8 and trace_id != NO_TRACE and span_id != NO_SPAN


def _service(group: Group) -> str:
    """Whose trace it is: the outermost service's behind the doors."""
    first = sorted(
        group.spans, key=lambda each: (each[0].service in DOORS, each[1].start_time_unix_nano)
    )
    return first[0][0].service
