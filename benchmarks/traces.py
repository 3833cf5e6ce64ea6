"""How many spans a second the tracer takes, by HTTP and by gRPC, and how fast a trace is found.

Batches of 512 spans, 8 to a trace, about 240 bytes a span; each is on the disk before it is
acknowledged. The peer only decodes the same batches.
"""

import concurrent.futures
import http.client
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import grpc
import psutil
from measured import table
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from groundplan.design.design import Design
from groundplan.design.parts import Tracer
from groundplan.design.sampling import Sampling, Strategy
from groundplan.operations.observe.traces.find import Traces, Wanted
from groundplan.ports.folder import DESIGN
from groundplan.ports.records import traces_of

SPANS, IN_TRACE = 512, 8
SENDERS, BATCHES = 4, 400  # 1.6 million spans, more than the tracer remembers
WAIT_SECONDS = 60.0
PART = Tracer(
    name="global/tracer",
    site="global",
    address="127.64.8.9",
    sampling=Sampling(default=Strategy(share=0.1, per_second=100.0), slow_seconds=0.2),
    keep="3 days",
)


def main() -> None:
    """Takes, then finds."""
    folder = Path(tempfile.mkdtemp(prefix="gp-bench-"))
    design = Design(platform="shop", environment="x", entry="", regions=(), parts=(PART,))
    (folder / DESIGN).write_bytes(design.to_json())
    words = (sys.executable, "-m", "groundplan.agent.keepers.tracer", str(folder))
    with subprocess.Popen(words) as process:
        try:
            _measure(folder, psutil.Process(process.pid))
        finally:
            process.terminate()
            process.wait(timeout=30)
            shutil.rmtree(folder)


def _measure(folder: Path, process: psutil.Process) -> None:
    _wait(lambda: _health() is not None, "the tracer serves")
    batches = [_batch(number) for number in range(64)]
    began = time.perf_counter()
    for body in batches:
        ExportTraceServiceRequest().ParseFromString(body)
    decoding = len(batches) * SPANS / (time.perf_counter() - began)
    rows = [("decoding alone, one core", f"{decoding:,.0f}", "1.0", "", "")]
    for first, (name, send) in enumerate((("HTTP", _by_http), ("gRPC", _by_grpc)), 1):
        pieces = [
            [_batch(first * 10**6 + sender * 10**4 + number) for number in range(BATCHES)]
            for sender in range(SENDERS)
        ]
        before = sum(process.cpu_times()[:2])
        began = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(SENDERS) as pool:
            times = sorted(each for found in pool.map(send, pieces) for each in found)
        seconds = time.perf_counter() - began
        rate = len(times) * SPANS / seconds
        cores = (sum(process.cpu_times()[:2]) - before) / seconds
        middle, last = (times[int(len(times) * q)] * 1e3 for q in (0.5, 0.99))
        label = f"{name}, {cores:.2f} cores"
        rows.append(
            (label, f"{rate:,.0f}", f"{rate / decoding:.3f}", f"{middle:.0f} ms", f"{last:.0f} ms")
        )
    table(
        f"{BATCHES * SENDERS} batches of {SPANS} spans, {len(batches[0]):,} bytes each",
        ("what", "spans/s", "ratio", "p50", "p99"),
        rows,
    )
    status = Path(f"/proc/{process.pid}/status").read_text()
    memory = (
        int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) >> 10
    )
    _wait(lambda: (_health() or {"waiting": 1})["waiting"] == 0, "all is decided")
    print(f"\n{memory} MB of memory at most; decided: {json.dumps(_health())}")
    _find(Traces(traces_of(folder)))


def _find(traces: Traces) -> None:
    newest = traces.find(Wanted(limit=1))[0][0].trace_id
    questions: tuple[tuple[str, Callable[[], object]], ...] = (
        ("one trace by its id", lambda: traces.trace(newest)),
        ("the newest 20 that failed", lambda: traces.find(Wanted(errors=True))),
        ("services", traces.services),
    )
    rows = [(what, f"{_median(ask) * 1000:.0f}") for what, ask in questions]
    table("found", ("what", "ms"), rows)


def _median(ask: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        ask()
        times.append(time.perf_counter() - began)
    return sorted(times)[2]


def _by_http(bodies: list[bytes]) -> list[float]:
    line = http.client.HTTPConnection(PART.address, PART.port, timeout=30)

    def post(body: bytes) -> None:
        line.request("POST", "/v1/traces", body, {"content-type": "application/x-protobuf"})
        answer = line.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()

    return [_seconds(lambda body=body: post(body)) for body in bodies]


def _by_grpc(bodies: list[bytes]) -> list[float]:
    with grpc.insecure_channel(f"{PART.address}:{PART.grpc_port}") as channel:
        # As they are: a sender in another language does not cost this machine's Python.
        export = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        return [_seconds(lambda body=body: export(body, timeout=30)) for body in bodies]


def _seconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def _batch(number: int) -> bytes:
    chance = random.Random(number)
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    for key, text in (("service.name", "shop"), ("service.instance.id", "north/shop-1")):
        resource.resource.attributes.add(key=key).value.string_value = text
    scope = resource.scope_spans.add()
    now = time.time_ns()
    for _ in range(SPANS // IN_TRACE):
        trace_id, parent = chance.randbytes(16), b""
        is_error = chance.random() < 0.01
        for each in range(IN_TRACE):
            span = scope.spans.add(
                trace_id=trace_id,
                span_id=chance.randbytes(8),
                parent_span_id=parent,
                name=f"GET /api/v1/projects/{each}",
                kind=2,
                start_time_unix_nano=now,
                end_time_unix_nano=now + chance.randrange(10**8),
            )
            span.status.code = 2 if is_error and each == 0 else 0
            for key in ("http.request.method", "http.route", "server.address", "network.peer"):
                span.attributes.add(key=key).value.string_value = f"{key} {chance.randrange(1000)}"
            parent = parent or span.span_id
    return request.SerializeToString()


def _health() -> dict[str, int] | None:
    line = http.client.HTTPConnection(PART.address, PART.port, timeout=5)
    try:
        line.request("GET", "/healthz")
        found: dict[str, int] = json.loads(line.getresponse().read())
    except OSError:
        return None
    finally:
        line.close()
    return found


def _wait(is_true: Callable[[], bool], what: str) -> None:
    ends = time.monotonic() + WAIT_SECONDS
    while not is_true():
        if time.monotonic() > ends:
            sys.exit(f"after {WAIT_SECONDS:g} s still not: {what}")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
