"""The tracer as a process would run it: OTLP by HTTP and gRPC in, Jaeger's API out."""

import asyncio
import gzip
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
from operations.observe.traces.samples import batch, span, stored

from groundplan.agent.keepers.tracer import serve
from groundplan.agent.voice import Voice
from groundplan.design.late_requests import PATH as LATE
from groundplan.design.parts import Tracer
from groundplan.design.sampling import Sampling, Strategy
from groundplan.operations.observe.traces.otlp import BYTES_MAX, JSON, PROTOBUF

# Its ports are fixed, so each run of the tests has an address of its own.
HERE = f"127.64.{os.getpid() // 250 % 250}.{os.getpid() % 250 + 1}"
TIMES = "startTime=2026-11-25T00:00:00Z&endTime=2026-11-26T00:00:00Z"
HALF = Sampling(default=Strategy(share=0.5, per_second=1e6))
PART = Tracer(name="global/tracer", site="global", address=HERE, sampling=HALF, keep="3 days")


@dataclass
class Running:
    """A tracer that serves."""

    folder: Path
    http: httpx.Client

    def post(self, body: bytes, kind: str = PROTOBUF, **headers: str) -> httpx.Response:
        given = {"content-type": kind, **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.http.post("/v1/traces", content=body, headers=given)

    def waiting(self) -> int:
        found: int = self.http.get("/healthz").json()["waiting"]
        return found


@pytest.fixture(scope="module")
def tracer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("traces")
    stored(folder, (batch(span(0xABC, 1, name="GET /shown")),))
    stop: list[Any] = []

    async def run() -> None:
        ended = asyncio.Event()
        stop.append((asyncio.get_running_loop(), ended))
        await serve(folder, PART, Voice(), ended)

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    with httpx.Client(base_url=f"http://{PART.address}:{PART.port}", timeout=10) as client:
        ends = time.monotonic() + 15
        while time.monotonic() < ends:
            try:
                client.get("/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.02)
        yield Running(folder, client)
    loop, ended = stop[0]
    loop.call_soon_threadsafe(ended.set)
    thread.join(timeout=15)
    assert not thread.is_alive()


def now_batch(trace: int) -> Any:
    return batch(span(trace, 1, at=time.time()))


def test_a_batch_is_taken_in_each_form(tracer: Running) -> None:
    before = tracer.waiting()
    assert tracer.post(now_batch(1).SerializeToString()).content == b""
    packed = gzip.compress(now_batch(2).SerializeToString())
    assert tracer.post(packed, content_encoding="gzip").status_code == 200
    written = {"traceId": "03" * 16, "spanId": "01" * 8, "name": "x"}
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [written]}]}]}).encode()
    answer = tracer.post(body, JSON)
    assert (answer.status_code, answer.json()) == (200, {})
    with grpc.insecure_channel(f"{PART.address}:{PART.grpc_port}") as channel:
        TraceServiceStub(channel).Export(now_batch(4), timeout=10)  # type: ignore[no-untyped-call]
    assert tracer.waiting() == before + 4


def test_what_a_gateway_left_out_and_went_wrong_is_taken(tracer: Running) -> None:
    before = tracer.waiting()
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for trace_id in (b"\xff" * 16, b"\0" * 8 + b"\1" * 8):  # left out; in the share
        records.add(trace_id=trace_id, span_id=b"\1" * 8, time_unix_nano=time.time_ns())
    headers = {"content-type": PROTOBUF}
    for _ in range(2):  # told twice, it is there once
        answer = tracer.http.post(LATE, content=request.SerializeToString(), headers=headers)
        assert (answer.status_code, answer.content) == (200, b"")
    assert tracer.waiting() == before + 1
    assert tracer.http.post(LATE, content=b"\xff\xff", headers=headers).status_code == 400


def test_what_is_wrong_is_refused_with_a_sentence(tracer: Running) -> None:
    for body, kind, status, why in (
        (b"\xff\xff", PROTOBUF, 400, "no OTLP protobuf"),
        (b"{", JSON, 400, "no JSON"),
        (b"", "text/plain", 415, "content-type"),
        (bytes(BYTES_MAX + 1), PROTOBUF, 413, "at most"),
    ):
        answer = tracer.post(body, kind)
        assert answer.status_code == status
        assert why in answer.json()["message"]
    assert tracer.http.get("/v1/traces").status_code == 405
    assert tracer.http.post("/api/services").status_code == 405
    rejected = tracer.post(batch(span(0, 1)).SerializeToString())
    assert b"no valid trace id" in rejected.content


def test_grpc_says_what_is_wrong(tracer: Running) -> None:
    with grpc.insecure_channel(f"{PART.address}:{PART.grpc_port}") as channel:
        stub = TraceServiceStub(channel)  # type: ignore[no-untyped-call]
        assert stub.Export(batch(span(0, 1)), timeout=10).partial_success.rejected_spans == 1
        with pytest.raises(grpc.RpcError) as refused:
            stub.Export(batch(span(9, 1, name="x" * BYTES_MAX)), timeout=10)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_jaegers_paths_answer(tracer: Running) -> None:
    query = httpx.Client(base_url=f"http://{PART.address}:{PART.query_port}", timeout=10)
    with query:
        for path, expected in (
            ("/api/services", "data"),
            ("/api/services/a%2Fb/operations", "data"),
            ("/api/operations?service=shop", "data"),
            ("/api/traces?service=shop&tag=a:b&tag=c:d", "data"),
            (f"/api/traces?traceID={'a' * 32}&traceID={'b' * 32}", "data"),
            ("/api/v3/services", "services"),
            ("/api/v3/operations?service=shop", "operations"),
            ("/api/v3/traces?query.service_name=shop", "result"),
            ("/api/v3/trace-summaries?query.service_name=shop&query.span_name=a", "summaries"),
            (
                "/api/v3/dependencies?startTime=2026-11-25T00:00:00Z&endTime=2026-11-26T00:00:00Z",
                "dependencies",
            ),
            ("/api/dependencies?endTs=1795600800000&lookback=86400000", "data"),
        ):
            answer = query.get(path)
            assert answer.status_code == 200, path
            assert expected in answer.json()
        for path, status in (
            ("/api/traces/def", 404),
            ("/api/v3/traces/def", 404),
            ("/nowhere", 404),
            ("/api/traces?tags=x", 400),
            ("/api/v3/traces?query.attributes=x", 400),
            ("/api/dependencies?endTs=today", 400),
            ("/api/v3/dependencies?end_time=2026-11-26T00:00:00Z", 400),
        ):
            assert query.get(path).status_code == status, path


def test_what_is_kept_is_shown(tracer: Running) -> None:
    (found,) = tracer.http.get("/api/traces/abc").json()["data"]
    assert found["spans"][0]["operationName"] == "GET /shown"
    assert tracer.http.get("/api/v3/traces/abc").json()["result"]["resourceSpans"]


def test_prometheus_reads_how_it_is(tracer: Running) -> None:
    tracer.post(batch(span(0, 1)).SerializeToString())
    answer = tracer.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in answer.text.splitlines()
        if not line.startswith("#")
    }
    assert found["groundplan_spans_refused_total"] >= 1
    assert found['groundplan_traces_total{decision="over the cap"}'] == 0
    assert found["groundplan_spans_waiting"] < found["groundplan_spans_waiting_max"]
    assert found["process_resident_memory_bytes"] > 10**7


def test_a_store_that_cannot_be_opened_ends_it_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "manifest.sqlite").write_bytes(b"this is no database, however long it is" * 50)
    with pytest.raises(Exception, match="list of its files"):
        asyncio.run(serve(tmp_path, PART, Voice(), asyncio.Event()))
