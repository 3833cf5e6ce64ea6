"""A request leaves a trace that can be found from everywhere, and a kill loses none of it."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from data_plane import GATEWAYS, STABLE, plane, weighted
from operations.observe.traces.samples import ALL, batch, span
from stories.harness import PlatformUnderTest, within

from groundplan.design.design import Design
from groundplan.design.parts import TraceLink, Tracer
from groundplan.design.sampling import Sampling, Strategy
from groundplan.operations.observe.traces.columns import PREFIX
from groundplan.operations.observe.traces.find import Traces
from groundplan.operations.observe.traces.otlp import PROTOBUF
from groundplan.operations.observe.traces.sampling import Why, is_in_share
from groundplan.parquet.manifest import Manifest
from groundplan.parquet.query import connection, rows, scan
from groundplan.ports.folder import DESIGN
from groundplan.ports.records import traces_of

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

HERE = f"127.64.{os.getpid() // 250 % 250}.{os.getpid() % 250 + 1}"
TRACER = Tracer(name="global/tracer", site="global", address=HERE, sampling=ALL, keep="3 days")
ROUNDS = 12
SPANS = 50  # in a batch


def chosen_id() -> str:
    """An id that every share keeps: the half of it that chooses is zero."""
    return f"{'0' * 16}{uuid.uuid4().hex[:16]}"


def test_a_request_is_found_in_search_trace_and_metrics(mvlbim: PlatformUnderTest) -> None:
    trace_id = chosen_id()
    with mvlbim.client("eu-west-1") as client:
        path = f"/api/v1/projects/{uuid.uuid4()}"
        headers = {"traceparent": f"00-{trace_id}-{'0' * 15}1-01"}
        assert client.get(path, headers=headers).headers["x-trace-id"] == trace_id

    within(60, "its trace is there", lambda: mvlbim.groundplan("trace", trace_id).code == 0)
    instance = linked(mvlbim, trace_id)

    def parts() -> set[str]:
        told = mvlbim.groundplan("search", f"trace:{trace_id}")
        return {line.split("  ")[1] for line in told.out.splitlines()}

    within(
        60,
        "all its logs are there",
        lambda: {"global/edge", "eu-west-1/gateway", instance} <= parts(),
    )
    prometheus = mvlbim.parts()["eu-west-1/prometheus"]["address"]
    within(60, "a metric points at it", lambda: trace_id in exemplars(prometheus))

    tracer = mvlbim.parts()["global/tracer"]["address"].partition(":")[0]
    for shape in ("/api/traces", "/api/v3/traces"):
        assert trace_id in httpx.get(f"http://{tracer}:16686{shape}/{trace_id}").text
    found = httpx.get(f"http://{tracer}:16686/api/services").json()["data"]
    assert {"gateway", "mvlbim-api"} <= set(found)


def test_a_request_that_only_the_gateway_saw_fail_is_kept(mvlbim: PlatformUnderTest) -> None:
    """Nine of ten are not chosen when they come: this one is told of when it is over."""
    trace_id = f"{'f' * 16}{uuid.uuid4().hex[:16]}"
    address, _, port = mvlbim.parts()["eu-west-1/gateway"]["address"].partition(":")
    with socket.create_connection((address, int(port)), timeout=10) as line:
        line.sendall(
            b"POST /api/v1/projects HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n"
            + f"traceparent: 00-{trace_id}-{'0' * 15}1-01\r\n\r\nand gone".encode()
        )
        time.sleep(0.3)  # so the service's is a slow one
    within(60, "its trace is there", lambda: mvlbim.groundplan("trace", trace_id).code == 0)
    entered, *tried = mvlbim.json("trace", trace_id)["spans"]
    assert (entered["service"], entered["status"]) == ("gateway", "error")
    ids = [entered["span_id"], *(each["span_id"] for each in tried)]
    assert [each["parent_id"] for each in tried] == ids[:-1], "gateway, its try, the service"
    assert [each["service"] for each in tried] == ["gateway", "mvlbim-api"]


def linked(mvlbim: PlatformUnderTest, trace_id: str) -> str:
    """Caller, gateway, its try, service, database: each has the one before as its parent."""
    spans = mvlbim.json("trace", trace_id)["spans"]
    by_id = {each["span_id"]: each for each in spans}
    request = next(
        each for each in spans if each["service"] == "mvlbim-api" and each["kind"] == "server"
    )
    query = next(each for each in spans if each["parent_id"] == request["span_id"])
    assert query["attributes"]["db.system.name"] == "postgresql"
    tried = by_id[request["parent_id"]]
    entered = by_id[tried["parent_id"]]
    assert entered["parent_id"] == f"{'0' * 15}1", "the caller's own span"
    assert {tried["service"], entered["service"]} == {"gateway"}
    assert entered["resource"]["service.instance.id"] == "eu-west-1/gateway"
    assert entered["attributes"]["http.status_code"] == str(
        request["attributes"]["http.response.status_code"]
    )
    instance: str = request["resource"]["service.instance.id"]
    return instance


def exemplars(prometheus: str) -> str:
    now = time.time()
    span = f"start={now - 300:.0f}&end={now + 5:.0f}"
    query = f"query=http_request_duration_seconds_bucket&{span}"
    return httpx.get(f"http://{prometheus}/api/v1/query_exemplars?{query}").text


@contextmanager
def tracer(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    words = (sys.executable, "-m", "groundplan.agent.keepers.tracer", str(folder))
    with subprocess.Popen(words) as process:
        try:
            within(60, "the tracer serves", lambda: health() is not None)
            yield process
        finally:
            process.kill()


def health() -> dict[str, Any] | None:
    try:
        answer = httpx.get(f"http://{TRACER.address}:{TRACER.port}/healthz", timeout=5)
    except httpx.TransportError:
        return None
    found: dict[str, Any] = answer.json()
    return found


def test_gateway_and_tracer_choose_the_same_and_lose_no_error(tmp_path: Path) -> None:
    """Real Envoy, by its own ids: only the share is sent, and whatever failed or was slow."""
    chosen = Sampling(default=Strategy(share=0.3, per_second=1000.0), slow_seconds=1.0)
    part = replace(TRACER, sampling=chosen)
    design = Design(platform="shop", environment="x", entry="", regions=(), parts=(part,))
    (tmp_path / DESIGN).write_bytes(design.to_json())
    with tracer(tmp_path), plane() as region:
        told = TraceLink(address=HERE, port=part.port, share=0.3, slow_seconds=1.0)
        whole = weighted(region.machine.design, GATEWAYS[0], 0)
        gateway = replace(whole.part(GATEWAYS[0]), traces=told)
        parts = (gateway, *(each for each in whole.parts if each.name != gateway.name))
        region.machine = replace(region.machine, design=replace(whole, parts=parts))
        region.start(*STABLE, gateway.name)

        def ask(path: str) -> bytes:
            """The id of the request's trace."""
            sent = region.ask(gateway.name, path).told["headers"]["traceparent"].split("-")
            trace_id = bytes.fromhex(sent[1])
            assert (sent[3] == "01") == is_in_share(trace_id, 0.3), sent
            return trace_id

        ordinary = [ask("/api/x") for _ in range(60)]
        bad = [ask("/api/x?status=500") for _ in range(5)]
        slow = [ask("/api/x?seconds=1.1") for _ in range(3)]
        for name in STABLE:
            region.kill(name)
        lost = bytes.fromhex("f" * 32)
        assert region.ask(gateway.name, "/api/x", traceparent=unsent(lost)).status >= 502
        least = len(bad) + len(slow) + 1 + chosen_of(ordinary)
        within(30, "all came", lambda: decided() >= least)
        within(30, "all is written", lambda: (health() or {}).get("waiting") == 0)
        found = health() or {}
    assert found.get("not chosen", 0) == 0, "nothing is sent to be thrown away"
    assert found["error"] == len(bad) + 1
    assert found["slow"] >= len(slow), "a busy machine has more"
    assert found["share"] + found["slow"] >= chosen_of(ordinary) + len(slow)
    for trace_id in (*bad, *slow, lost):
        entered, *tried = Traces(traces_of(tmp_path)).trace(trace_id.hex())
        assert (entered.service, entered.kind) == ("gateway", "server")
        assert {each.parent_id for each in tried} <= {entered.span_id}


def unsent(trace_id: bytes) -> str:
    """The header of a caller that records nothing."""
    return f"00-{trace_id.hex()}-{'0' * 15}1-00"


def chosen_of(ids: list[bytes]) -> int:
    return sum(is_in_share(each, 0.3) for each in ids)


def decided() -> int:
    found = health() or {}
    return sum(found.get(why.value, 0) for why in Why)


def send_until_killed(process: subprocess.Popen[bytes], number: int, seconds: float) -> int:
    """Sends batch after batch, and kills the tracer meanwhile; the first that nobody took."""
    ends = time.monotonic() + seconds
    place = f"http://{TRACER.address}:{TRACER.port}"
    headers = {"content-type": PROTOBUF}
    with httpx.Client(base_url=place, timeout=10, headers=headers) as client:
        while True:
            now = time.time()
            body = batch(*(span(number + 1, n + 1, at=now) for n in range(SPANS)))
            if time.monotonic() >= ends:
                os.kill(process.pid, signal.SIGKILL)
            try:
                answer = client.post("/v1/traces", content=body.SerializeToString())
            except httpx.TransportError:
                return number
            assert answer.status_code == 200
            number += 1
            time.sleep(0.005)


@pytest.mark.faults
def test_no_batch_that_was_acknowledged_is_lost_by_kills(tmp_path: Path) -> None:
    chance = random.Random(4711)
    design = Design(platform="shop", environment="x", entry="", regions=(), parts=(TRACER,))
    (tmp_path / DESIGN).write_bytes(design.to_json())
    sent = 0
    for _ in range(ROUNDS):
        with tracer(tmp_path) as process:
            sent = send_until_killed(process, sent, chance.uniform(0.1, 9.0))
            process.wait(timeout=30)
    assert sent >= ROUNDS
    with tracer(tmp_path):
        within(60, "all is decided", lambda: (health() or {}).get("waiting") == 0)
        within(60, "all is written", lambda: not list(traces_of(tmp_path).glob("spool/*.spool")))
    store = traces_of(tmp_path)
    with Manifest(store, read_only=True) as manifest, connection(store) as database:
        sql = (
            "SELECT trace_id, count(*) AS n, count(DISTINCT span_id) AS ids FROM "
            f"{scan(store, manifest.files(PREFIX))} GROUP BY trace_id"
        )
        found = {
            int(row["trace_id"], 16): (row["n"], row["ids"])
            for part in rows(database, sql)
            for row in part.to_pylist()
        }
    assert [number for number in range(1, sent + 1) if found.get(number) != (SPANS, SPANS)] == []
