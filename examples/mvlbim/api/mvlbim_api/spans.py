"""Spans of requests and of what they ask the database, sent to a tracer as OTLP over HTTP.

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
from typing import NamedTuple
from urllib.parse import urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from mvlbim_api.environment import Environment
from mvlbim_api.web.trace import Trace

_QUEUE_MAX = 20_000
_BATCH_MAX = 512
_BATCH_SECONDS = 0.5
_SEND_SECONDS = 2.0
_SERVER, _CLIENT = Message.SPAN_KIND_SERVER, Message.SPAN_KIND_CLIENT
_SPACE = 2**64

Value = str | int

trace_here: ContextVar[Trace | None] = ContextVar("trace_here", default=None)


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


class Spans:
    def __init__(self, environment: Environment) -> None:
        self.dropped = 0
        self._place = urlsplit(environment.otel_exporter_otlp_endpoint)
        self._share = round(environment.traces_kept_share * _SPACE)
        self._resource = _resource(environment)
        self._done: queue.SimpleQueue[Done] = queue.SimpleQueue()
        self.is_on = bool(self._place.netloc)
        if self.is_on:
            threading.Thread(target=self._send_all, name="span-sender", daemon=True).start()

    def request(
        self, trace: Trace, name: str, status: int, seconds: float, attributes: Mapping[str, Value]
    ) -> None:
        """The span of a request that was answered."""
        if self.is_on and trace.is_sampled:
            end = time.time_ns()
            start = end - round(seconds * 1e9)
            more = {**attributes, "http.response.status_code": status}
            self._put(
                Done(
                    trace, trace.span_id, trace.parent_id, name, _SERVER, start, end,
                    status >= 500, more,
                )
            )  # fmt: skip

    @contextmanager
    def asking(self, name: str, server: str) -> Iterator[None]:
        """A span of what the request that is answered here asks a database."""
        trace = trace_here.get()
        if not self.is_on or trace is None or not trace.is_sampled:
            yield
            return
        start, is_error = time.time_ns(), True
        try:
            yield
            is_error = False
        finally:
            attributes = {"db.system.name": "postgresql", "server.address": server}
            self._put(
                Done(
                    trace, os.urandom(8).hex(), trace.span_id, name, _CLIENT, start,
                    time.time_ns(), is_error, attributes,
                )
            )  # fmt: skip

    def is_kept(self, trace: Trace, status: int) -> bool:
        """Whether the tracer is sure to keep it: only then a metric should point at it."""
        if not self.is_on or not trace.is_sampled:
            return False
        return status >= 500 or int(trace.trace_id[16:], 16) < self._share

    def _put(self, span: Done) -> None:
        if self._done.qsize() >= _QUEUE_MAX:
            self.dropped += 1
        else:
            self._done.put(span)

    def _send_all(self) -> None:
        line = http.client.HTTPConnection(self._place.netloc, timeout=_SEND_SECONDS)
        while True:
            batch = [self._done.get()]
            ends = time.monotonic() + _BATCH_SECONDS
            while len(batch) < _BATCH_MAX and (left := ends - time.monotonic()) > 0:
                try:
                    batch.append(self._done.get(timeout=left))
                except queue.Empty:
                    break
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


def _resource(environment: Environment) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in environment.otel_resource_attributes.split(","))
    return {
        "service.name": environment.service_name,
        "service.version": environment.service_version,
        "cloud.region": environment.region,
        **{key.strip(): value.strip() for key, equals, value in pairs if equals},
    }
