"""Spans of the API: linked to whoever asked, sent in batches, and in nobody's way."""

import random
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from mvlbim_api.environment import Environment
from mvlbim_api.spans import Spans
from mvlbim_api.web.trace import trace_of
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from groundplan.operations.observe.traces.sampling import is_in_share

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


def environment(receiver: Receiver | None, sent: float = 1.0, kept: float = 1.0) -> Environment:
    place = f"http://127.0.0.1:{receiver.server_address[1]}" if receiver else ""
    return Environment(
        region="north",
        otel_exporter_otlp_endpoint=place,
        otel_resource_attributes="service.instance.id=north/api-1, nonsense",
        traces_sent_share=sent,
        traces_kept_share=kept,
        traces_slow_seconds=0.2,
    )


def answered(spans: Spans, name: str, *, status: int = 200, seconds: float = 0.1) -> bool:
    """A request that asked once; whether a metric may point at it."""
    spans.begin(trace_of(f"00-{TRACE}-{PARENT}-00".encode()))
    with spans.asking(f"query of {name}", "db-1"):
        pass
    return spans.end(name, status, seconds, {})


def test_a_request_and_its_query_are_one_trace(receiver: Receiver) -> None:
    spans = Spans(environment(receiver))
    spans.begin(SAMPLED)
    with spans.asking("projects.read", "db-1"):
        pass
    with pytest.raises(OSError, match="lost"), spans.asking("projects.read", "db-2"):
        raise OSError("lost")
    spans.end("GET /a", 503, 0.25, {"http.route": "/a"})
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


def test_what_failed_or_was_slow_is_sent_whole_whatever_the_share(receiver: Receiver) -> None:
    spans = Spans(environment(receiver, sent=0.0, kept=0.0))
    assert not answered(spans, "GET /ordinary")
    assert answered(spans, "GET /failed", status=503)
    assert answered(spans, "GET /slow", seconds=0.2)
    spans.begin(SAMPLED)
    with pytest.raises(OSError, match="lost"), spans.asking("query of GET /lost", "db-1"):
        raise OSError("lost")
    assert spans.end("GET /lost", 200, 0.1, {})
    names = [each.name for each in receiver.spans(6)]
    assert names == [
        *("query of GET /failed", "GET /failed"),
        *("query of GET /slow", "GET /slow"),
        *("query of GET /lost", "GET /lost"),
    ]


def test_the_share_is_chosen_by_the_id_as_the_tracer_chooses(receiver: Receiver) -> None:
    spans = Spans(environment(receiver, sent=0.3, kept=0.1))
    chance = random.Random(5)
    ids = [chance.randbytes(16) for _ in range(300)]
    kept = []
    for trace_id in ids:
        spans.begin(trace_of(f"00-{trace_id.hex()}-{PARENT}-01".encode()))
        if spans.end("GET /", 200, 0.01, {}):
            kept.append(trace_id)
    sent = [each for each in ids if is_in_share(each, 0.3)]
    assert 60 < len(sent) < 120
    assert [each.trace_id for each in receiver.spans(len(sent))] == sent
    assert kept == [each for each in sent if is_in_share(each, 0.1)]


def test_what_goes_on_after_the_answer_follows_it(receiver: Receiver) -> None:
    spans = Spans(environment(receiver, sent=0.0))
    for name, status in (("quiet", 200), ("loud", 500)):
        answered(spans, name, status=status)
        with spans.asking(f"after {name}", "db-1"):
            pass
    assert [each.name for each in receiver.spans(3)] == ["query of loud", "loud", "after loud"]


def test_without_a_tracer_nothing_is_recorded_and_nothing_waits() -> None:
    spans = Spans(environment(None))
    assert not answered(spans, "GET /a", status=500)
    assert not spans.is_on
