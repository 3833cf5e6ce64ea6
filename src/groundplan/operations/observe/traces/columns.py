"""Spans as Arrow tables, one for each hour, and back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import pyarrow as pa
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message

from groundplan.operations.observe.logs.record import FUTURE_SECONDS, PAST_SECONDS
from groundplan.operations.observe.logs.redact import redacted
from groundplan.operations.observe.traces.pending import Group, Origin, is_callers_mistake
from groundplan.parquet.partition import Partition

PREFIX = "kind=span"
HOUR = 3600
SCHEMA = pa.schema(
    {
        "trace_id": pa.string(),
        "span_id": pa.string(),
        "parent_id": pa.string(),
        "service": pa.string(),
        "name": pa.string(),
        "span_kind": pa.string(),
        "start": pa.timestamp("us", tz="UTC"),
        "duration_ns": pa.int64(),
        "status": pa.string(),
        "kept": pa.string(),
        "fields": pa.string(),
    }
)
KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
STATES = ("unset", "ok", "error")
_ADDRESSES = frozenset({"http.url", "http.target", "url.full"})
CLOCK = "groundplan.written_start"  # what a broken clock wrote, as nanoseconds since 1970


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A span that was kept. Times are seconds since 1970; `why` its trace was kept."""

    trace_id: str
    span_id: str
    parent_id: str
    service: str
    name: str
    kind: str
    start: float
    duration_ns: int
    status: str
    why: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    resource: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[Mapping[str, Any], ...] = ()
    links: tuple[Mapping[str, Any], ...] = ()
    message: str = ""  # of its status
    scope: str = ""

    @property
    def ends(self) -> float:
        """Its end, in seconds since 1970."""
        return self.start + self.duration_ns / 1e9


def tables(groups: Iterable[Group]) -> dict[Partition, pa.Table]:
    """The spans by hour; those of a trace stand together."""
    hours: dict[int, list[tuple[Any, ...]]] = {}
    resources: dict[int, dict[str, Any]] = {}
    for group in groups:
        for origin, span, at in sorted(group.spans, key=lambda each: each[1].start_time_unix_nano):
            row = _row(origin, span, at, str(group.why), resources)
            hours.setdefault(row[6] // (HOUR * 1_000_000), []).append(row)
    return {Partition.at(PREFIX, hour * HOUR): _table(rows) for hour, rows in hours.items()}


def partition_of(span: Message, at: float) -> Partition:
    """Where a span that came at a moment is kept."""
    start_ns, _, _ = _times(span, at)
    return Partition.at(PREFIX, start_ns // 10**9)


def span_of(row: Mapping[str, Any]) -> Span:
    """The span of a row that a query answered."""
    more = orjson.loads(row["fields"]) if row["fields"] else {}
    start = row["start"]
    assert isinstance(start, datetime)
    return Span(
        trace_id=row["trace_id"],
        span_id=row["span_id"],
        parent_id=row["parent_id"] or "",
        service=row["service"],
        name=row["name"],
        kind=row["span_kind"],
        start=start.replace(tzinfo=start.tzinfo or UTC).timestamp(),
        duration_ns=row["duration_ns"],
        status=row["status"],
        why=row["kept"],
        attributes=more.get("attributes", {}),
        resource=more.get("resource", {}),
        events=tuple(more.get("events", ())),
        links=tuple(more.get("links", ())),
        message=more.get("message", ""),
        scope=more.get("scope", ""),
    )


def _table(rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True))
    arrays = [
        pa.array(column, pa.int64()).cast(field.type)
        if field.name == "start"
        else pa.array(column, field.type)
        for column, field in zip(columns, SCHEMA, strict=True)
    ]
    return pa.table(arrays, schema=SCHEMA)


def _row(
    origin: Origin, span: Message, at: float, why: str, resources: dict[int, dict[str, Any]]
) -> tuple[Any, ...]:
    start_ns, duration_ns, is_clock_wrong = _times(span, at)
    resource = resources.get(id(origin.resource))
    if resource is None:
        resource = resources[id(origin.resource)] = _attributes(origin.resource.attributes)
    more = _more(origin, span)
    more["resource"] = resource
    if is_clock_wrong:
        more["attributes"][CLOCK] = str(span.start_time_unix_nano)
    return (
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex() or None,
        origin.service,
        span.name,
        KINDS[span.kind] if 0 <= span.kind < len(KINDS) else KINDS[0],
        start_ns // 1000,
        duration_ns,
        _state(span),
        why,
        redacted(orjson.dumps(more, option=orjson.OPT_NON_STR_KEYS)).decode(),
    )


def _more(origin: Origin, span: Message) -> dict[str, Any]:
    """What no column has."""
    more: dict[str, Any] = {"attributes": _attributes(span.attributes)}
    if span.events:
        more["events"] = [
            {
                "name": event.name,
                "time_ns": event.time_unix_nano,
                "attributes": _attributes(event.attributes),
            }
            for event in span.events
        ]
    if span.links:
        more["links"] = [
            {
                "trace_id": link.trace_id.hex(),
                "span_id": link.span_id.hex(),
                "attributes": _attributes(link.attributes),
            }
            for link in span.links
        ]
    if span.status.message:
        more["message"] = span.status.message
    if origin.scope.name:
        more["scope"] = origin.scope.name
    return more


def _state(span: Message) -> str:
    """Its status. A 4xx is the caller's mistake, though clients' spans have it as an error."""
    if is_callers_mistake(span) or not 0 <= span.status.code < len(STATES):
        return STATES[0]
    return STATES[span.status.code]


def _times(span: Message, at: float) -> tuple[int, int, bool]:
    """Start and length in nanoseconds, and whether a clock is so wrong that arrival counts."""
    start, end = span.start_time_unix_nano, span.end_time_unix_nano
    earliest, latest = (at - PAST_SECONDS) * 1e9, (at + FUTURE_SECONDS) * 1e9
    is_wrong = not earliest < start < latest or end >= latest
    length = max(0, end - start)
    if is_wrong:
        start = round(at * 1e9)
        length = min(length, 10**9 * HOUR)
    return start, length, is_wrong


def _attributes(found: Iterable[KeyValue]) -> dict[str, Any]:
    return {each.key: _shown(each.key, _value(each.value)) for each in found}


def _shown(key: str, value: Any) -> Any:
    """An address without its query: secrets travel there."""
    if key in _ADDRESSES and isinstance(value, str):
        return value.partition("?")[0]
    return value


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    match kind:
        case None:
            return None
        case "array_value":
            return [_value(each) for each in value.array_value.values]
        case "kvlist_value":
            return _attributes(value.kvlist_value.values)
        case "bytes_value":
            return value.bytes_value.hex()
        case _:
            return getattr(value, kind)
