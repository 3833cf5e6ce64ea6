"""Spans of the API: linked to whoever asked, sent in batches, and in nobody's way."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from mvlbim_api.environment import Environment
from mvlbim_api.spans import Spans, trace_here
from mvlbim_api.web.trace import trace_of
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAMPLED = trace_of(f"00-{TRACE}-{PARENT}-01".encode())


class Receiver(ThreadingHTTPServer):
    """Takes batches of spans."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[ExportTraceServiceRequest] = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def spans(self, count: int) -> list[Span]:
        ends = time.monotonic() + 10
        while time.monotonic() < ends:
            found = [
                span
                for batch in self.got
                for resource in batch.resource_spans
                for span in resource.scope_spans[0].spans
            ]
            if len(found) >= count:
                return found
            time.sleep(0.02)
        raise AssertionError(f"{count} spans did not come")


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.shutdown()
    server.server_close()


def environment(receiver: Receiver | None, share: float = 1.0) -> Environment:
    place = f"http://127.0.0.1:{receiver.server_address[1]}" if receiver else ""
    return Environment(
        region="north",
        otel_exporter_otlp_endpoint=place,
        otel_resource_attributes="service.instance.id=north/api-1, nonsense",
        traces_kept_share=share,
    )


def test_a_request_and_its_query_are_one_trace(receiver: Receiver) -> None:
    spans = Spans(environment(receiver))
    trace_here.set(SAMPLED)
    with spans.asking("projects.read", "db-1"):
        pass
    with pytest.raises(OSError, match="lost"), spans.asking("projects.read", "db-2"):
        raise OSError("lost")
    spans.request(SAMPLED, "GET /a", 503, 0.25, {"http.route": "/a"})
    query, failed, request = receiver.spans(3)
    assert {each.trace_id.hex() for each in (query, failed, request)} == {TRACE}
    assert request.parent_span_id.hex() == PARENT
    assert query.parent_span_id == failed.parent_span_id == request.span_id
    assert failed.status.code == request.status.code == Status.STATUS_CODE_ERROR
    assert query.status.code == Status.STATUS_CODE_UNSET
    assert request.end_time_unix_nano - request.start_time_unix_nano == 250_000_000
    resource = {
        a.key: a.value.string_value for a in receiver.got[0].resource_spans[0].resource.attributes
    }
    assert resource["service.name"] == "mvlbim-api"
    assert resource["service.instance.id"] == "north/api-1"


def test_what_is_not_sampled_is_not_sent(receiver: Receiver) -> None:
    spans = Spans(environment(receiver))
    quiet = trace_of(f"00-{TRACE}-{PARENT}-00".encode())
    spans.request(quiet, "GET /quiet", 200, 0.1, {})
    trace_here.set(quiet)
    with spans.asking("projects.read", "db-1"):
        pass
    spans.request(SAMPLED, "GET /heard", 200, 0.1, {})
    assert [each.name for each in receiver.spans(1)] == ["GET /heard"]
    assert not spans.is_kept(quiet, 500)


def test_a_metric_points_only_at_traces_that_are_kept(receiver: Receiver) -> None:
    assert Spans(environment(receiver)).is_kept(SAMPLED, 200)
    none = Spans(environment(receiver, share=0.0))
    assert not none.is_kept(SAMPLED, 200)
    assert none.is_kept(SAMPLED, 500)


def test_without_a_tracer_nothing_is_recorded_and_nothing_waits() -> None:
    spans = Spans(environment(None))
    spans.request(SAMPLED, "GET /a", 200, 0.1, {})
    assert not spans.is_on
    assert not spans.is_kept(SAMPLED, 500)
