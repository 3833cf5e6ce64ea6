"""Spans of requests and of what they ask the database, sent to a tracer as OTLP over HTTP.

When a request is over it is known whether its spans are sent: a share is, chosen by the trace's id,
and of the others whatever failed or was slow. The rest costs a few tuples, and no message.
A thread does the sending: a tracer that is slow or away never stops the service. Spans that find
the queue full or the tracer away are dropped and counted.
"""

import http.client
import os
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from mvlbim_api.environment import Environment
from mvlbim_api.web.trace import Trace

_QUEUE_MAX = 20_000
_ASKED_MAX = 500  # spans of one request
_BATCH_MAX = 512
_BATCH_SECONDS = 0.5
_SEND_SECONDS = 2.0
_SERVER, _CLIENT = Message.SPAN_KIND_SERVER, Message.SPAN_KIND_CLIENT
_MILLION = 1_000_000

Value = str | int


class Done(NamedTuple):
    """A span that has ended."""

    trace: Trace
    span_id: str
    parent_id: str | None
    name: str
    kind: Message.SpanKind.ValueType
    start_ns: int
    end_ns: int
    is_error: bool
    attributes: Mapping[str, Value]


class Asked(NamedTuple):
    """What a request asked a database."""

    name: str
    server: str
    start_ns: int
    end_ns: int
    is_error: bool


@dataclass(slots=True)
class Here:
    """The request that is answered here, and what it asked so far. `is_sent`: once it is known."""

    trace: Trace
    asked: list[Asked] = field(default_factory=list)
    is_sent: bool | None = None


here: ContextVar[Here | None] = ContextVar("here", default=None)


class Spans:
    def __init__(self, environment: Environment) -> None:
        self.dropped = 0
        self._place = urlsplit(environment.otel_exporter_otlp_endpoint)
        self._sent = round(environment.traces_sent_share * _MILLION)
        self._kept = round(environment.traces_kept_share * _MILLION)
        self._slow_seconds = environment.traces_slow_seconds
        self._resource = _resource(environment)
        self._done: queue.SimpleQueue[Done] = queue.SimpleQueue()
        self.is_on = bool(self._place.netloc)
        if self.is_on:
            threading.Thread(target=self._send_all, name="span-sender", daemon=True).start()

    def begin(self, trace: Trace) -> None:
        """A request came; what is asked from here on is asked for it."""
        if self.is_on:
            here.set(Here(trace))

    def end(self, name: str, status: int, seconds: float, attributes: Mapping[str, Value]) -> bool:
        """It was answered. Whether the tracer keeps its trace, unless there are too many: only
        then a metric should point at it."""
        found = here.get()
        if not self.is_on or found is None:
            return False
        number = _number(found.trace)
        is_telling = (
            status >= 500
            or seconds >= self._slow_seconds
            or any(each.is_error for each in found.asked)
        )
        found.is_sent = is_telling or number < self._sent
        if found.is_sent:
            self._put_request(found, name, status, seconds, attributes)
        found.asked.clear()
        return is_telling or number < self._kept

    @contextmanager
    def asking(self, name: str, server: str) -> Iterator[None]:
        """A span of what the request that is answered here asks a database."""
        found = here.get()
        if found is None:
            yield
            return
        start, is_error = time.time_ns(), True
        try:
            yield
            is_error = False
        finally:
            asked = Asked(name, server, start, time.time_ns(), is_error)
            if found.is_sent is not None:  # what goes on after the answer
                if found.is_sent or is_error:
                    self._put_asked(found.trace, asked)
            elif len(found.asked) < _ASKED_MAX:
                found.asked.append(asked)
            else:
                self.dropped += 1

    def _put_request(
        self,
        found: Here,
        name: str,
        status: int,
        seconds: float,
        attributes: Mapping[str, Value],
    ) -> None:
        trace, end = found.trace, time.time_ns()
        for each in found.asked:
            self._put_asked(trace, each)
        more = {**attributes, "http.response.status_code": status}
        start, is_error = end - round(seconds * 1e9), status >= 500
        self._put(
            Done(
                trace, trace.span_id, trace.parent_id, name, _SERVER, start, end, is_error, more
            )
        )  # fmt: skip

    def _put_asked(self, trace: Trace, asked: Asked) -> None:
        attributes = {"db.system.name": "postgresql", "server.address": asked.server}
        self._put(
            Done(
                trace, os.urandom(8).hex(), trace.span_id, asked.name, _CLIENT, asked.start_ns,
                asked.end_ns, asked.is_error, attributes,
            )
        )  # fmt: skip

    def _put(self, span: Done) -> None:
        if self._done.qsize() >= _QUEUE_MAX:
            self.dropped += 1
        else:
            self._done.put(span)

    def _send_all(self) -> None:
        line = http.client.HTTPConnection(self._place.netloc, timeout=_SEND_SECONDS)
        while True:
            batch = [self._done.get()]
            if self._done.qsize() < _BATCH_MAX:
                # Not woken by each span that comes: that would stop the others each time.
                time.sleep(_BATCH_SECONDS)
            while len(batch) < _BATCH_MAX and not self._done.empty():
                batch.append(self._done.get())
            if not self._is_sent(line, self._message(batch)):
                self.dropped += len(batch)

    def _is_sent(self, line: http.client.HTTPConnection, body: bytes) -> bool:
        """Tried twice: a kept connection may have been closed in the meantime."""
        for _ in range(2):
            try:
                line.request("POST", "/v1/traces", body, {"content-type": "application/x-protobuf"})
                answer = line.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                line.close()
            else:
                return answer.status == 200
        return False

    def _message(self, batch: list[Done]) -> bytes:
        request = ExportTraceServiceRequest()
        resource = request.resource_spans.add()
        for key, text in self._resource.items():
            resource.resource.attributes.add(key=key).value.string_value = text
        scope = resource.scope_spans.add()
        scope.scope.name = "mvlbim_api"
        for done in batch:
            span = scope.spans.add(
                trace_id=bytes.fromhex(done.trace.trace_id),
                span_id=bytes.fromhex(done.span_id),
                parent_span_id=bytes.fromhex(done.parent_id or ""),
                name=done.name,
                kind=done.kind,
                start_time_unix_nano=done.start_ns,
                end_time_unix_nano=done.end_ns,
            )
            if done.is_error:
                span.status.code = Status.STATUS_CODE_ERROR
            for key, value in done.attributes.items():
                attribute = span.attributes.add(key=key)
                if isinstance(value, int):
                    attribute.value.int_value = value
                else:
                    attribute.value.string_value = value
        return request.SerializeToString()


def _number(trace: Trace) -> int:
    """By which all who send spans choose the same traces: as Envoy's sampler does."""
    return int.from_bytes(bytes.fromhex(trace.trace_id[:16]), "little") % _MILLION


def _resource(environment: Environment) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in environment.otel_resource_attributes.split(","))
    return {
        "service.name": environment.service_name,
        "service.version": environment.service_version,
        "cloud.region": environment.region,
        **{key.strip(): value.strip() for key, equals, value in pairs if equals},
    }
