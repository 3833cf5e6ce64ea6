"""Requests that the gateway left out of its share, and that failed or were slow. Pure.

Envoy chooses a request when it comes, and a record of its log when it is over. Such a record has
what the gateway's spans would have had, ids too: they are made here, so that what the service sent
of the same request stands below them.
"""

import hashlib
from collections.abc import Iterator

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from groundplan.design.late_requests import (
    ANSWERED,
    CLUSTER,
    DONE,
    OWN,
    PARENT,
    STATUS,
    TRIED,
    TRIES,
)
from groundplan.operations.observe.traces.otlp import BYTES_MAX, Refused, too_large
from groundplan.operations.observe.traces.sampling import is_in_share

_ERROR = Status.STATUS_CODE_ERROR


def spans_of(body: bytes, share: float) -> ExportTraceServiceRequest:
    """The spans of what a gateway logged; those in its share it sent itself."""
    if len(body) > BYTES_MAX:
        raise too_large()
    try:
        logged = ExportLogsServiceRequest.FromString(body)
    except DecodeError as error:
        raise Refused(400, f"the body is no OTLP protobuf: {error}") from error
    request = ExportTraceServiceRequest()
    for each in logged.resource_logs:
        found = request.resource_spans.add(resource=each.resource)
        scope = found.scope_spans.add()
        for records in each.scope_logs:
            for record in records.log_records:
                if not is_in_share(record.trace_id, share):
                    scope.spans.extend(_spans(record))
    return request


def _spans(record: LogRecord) -> Iterator[Span]:
    """The request, the tries of it that failed, and the last one, whose child is the service's."""
    said = {each.key: each.value.string_value for each in record.attributes}
    entered = _entered(record, said)
    yield entered
    tries = _number(said.get(TRIES, "")) or 0
    version, trace_id, span_id = (*said.get(PARENT, "").split("-"), "", "", "")[:3]
    begin, end = _number(said.get(TRIED, "")), _number(said.get(ANSWERED, ""))
    if tries > 1:
        failed = _tried(entered, said, f"{tries - 1} tries before that failed")
        failed.span_id = hashlib.sha256(entered.span_id).digest()[:8]
        failed.status.code = _ERROR
        failed.end_time_unix_nano = _after(entered, begin) or entered.end_time_unix_nano
        yield failed
    if tries and version and trace_id == record.trace_id.hex() and _is_id(span_id):
        last = _tried(entered, said, "")
        last.span_id = bytes.fromhex(span_id)
        last.status.code = entered.status.code
        last.start_time_unix_nano = _after(entered, begin) or entered.start_time_unix_nano
        last.end_time_unix_nano = _after(entered, end) or entered.end_time_unix_nano
        yield last


def _entered(record: LogRecord, said: dict[str, str]) -> Span:
    span = Span(
        trace_id=record.trace_id,
        span_id=record.span_id,
        name=record.body.string_value,
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=record.time_unix_nano,
    )
    span.end_time_unix_nano = _after(span, _number(said.get(DONE, ""))) or record.time_unix_nano
    span.attributes.extend(each for each in record.attributes if each.key not in OWN)
    status = _number(said.get(STATUS, "")) or 0
    if not status or status >= 500:  # without an answer the caller went away, or it did
        span.status.code = _ERROR
    return span


def _tried(entered: Span, said: dict[str, str], what: str) -> Span:
    method = entered.name.partition(" ")[0]
    name = f"{method} to {said.get(CLUSTER, '')}"
    return Span(
        trace_id=entered.trace_id,
        parent_span_id=entered.span_id,
        name=f"{name}: {what}" if what else name,
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=entered.start_time_unix_nano,
    )


def _after(span: Span, micros: int | None) -> int | None:
    return None if micros is None else span.start_time_unix_nano + micros * 1000


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _is_id(text: str) -> bool:
    return len(text) == 16 and not set(text) - set("0123456789abcdef")
