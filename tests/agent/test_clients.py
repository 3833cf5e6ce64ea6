"""What the agent's clients make of answers, of silence and of nonsense."""

import time
from collections import Counter
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from groundplan.agent.sampling import queries
from groundplan.agent.sampling.line import Line
from groundplan.agent.sampling.postgres import PostgresClient
from groundplan.agent.sampling.probes import EdgeProbe, edge_probe, probe_paths
from groundplan.agent.sampling.prometheus import PrometheusClient, metrics, vector
from groundplan.agent.sampling.seen import Away, RegionMetrics, Share
from groundplan.design.design import Design
from groundplan.design.parts import Edge, Gateway, Process, Service
from groundplan.design.routes import Route, Weight
from tests.agent.samples import INF, NOW
from tests.agent.stub import Answer, Stub, design_of, nobody, prometheus, result, silent

Serve = Callable[[Answer], Stub]
LITERAL = b"""{"status":"success","data":{"resultType":"vector","result":[
    {"metric":{"envoy_response_code_class":"2"},"value":[1700000000.781,"1234.0617283950617"]},
    {"metric":{"envoy_response_code_class":"5"},"value":[1700000000.781,"0"]}]}}"""


def test_a_vector_is_read_as_prometheus_writes_it() -> None:
    assert vector(200, LITERAL) == (
        ({"envoy_response_code_class": "2"}, pytest.approx(1234.06, abs=0.01)),
        ({"envoy_response_code_class": "5"}, 0.0),
    )


def test_not_a_number_counts_as_nothing() -> None:
    assert vector(200, result(({}, "NaN"), ({}, "+Inf"))) == (({}, 0.0), ({}, INF))


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (503, b"Service Unavailable", "it answers 503 with something else"),
        (200, b"{}", "it answers 200 with something else"),
        (200, b'{"status":"success","data":{"result":[{"metric":{},"value":[1]}]}}', "else"),
        (422, b'{"status":"error","error":"query timed out"}', "query timed out"),
    ],
)
def test_what_is_no_vector_is_refused(status: int, body: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        vector(status, body)


def test_numbers_of_a_region_come_from_its_answers() -> None:
    answers = {
        queries.REQUESTS: result(
            ({"envoy_response_code_class": "2"}, "990.2"),
            ({"envoy_response_code_class": "4"}, "5"),
            ({"envoy_response_code_class": "5"}, "4.8"),
        ),
        queries.API_TIMES: result(({"le": "200"}, "95"), ({"le": "+Inf"}, "100")),
        queries.QUERY_TIMES: result(({"le": "0.1"}, "7"), ({"le": "+Inf"}, "8")),
        queries.SERVED: result(({}, "12.5")),
        queries.CONNECTIONS: result(({}, "64")),
    }
    found = metrics("north", {query: vector(200, body) for query, body in answers.items()})
    assert found == RegionMetrics(
        region="north",
        requests=Share(good=995, total=1000),
        api_times={0.2: 95.0, INF: 100.0},
        query_times={0.1: 7.0, INF: 8.0},
        served_per_second=12.5,
        connections=64.0,
    )


def test_long_windows_are_asked_for_less_often(serve: Serve) -> None:
    stub = serve(prometheus({queries.REQUESTS: LITERAL}))
    client = PrometheusClient("north", "127.60.0.1", stub.port)
    for after in (0, 5, 10, 35):
        found = client.look(NOW + after)
        assert isinstance(found, RegionMetrics)
        assert found.requests == Share(good=1234, total=1234)
    asked = Counter(parse_qs(urlsplit(path).query)["query"][0] for path in stub.asked)
    assert [asked[query.text] for query in queries.ALL] == [2, 3, 3, 4, 4]
    client.close()


def test_a_prometheus_that_does_not_answer_is_away_with_its_reason() -> None:
    found = PrometheusClient("north", "127.60.0.1", nobody()).look(NOW)
    assert isinstance(found, Away)
    assert found.name == "the Prometheus of north"
    assert "refused" in found.why


def test_a_prometheus_that_hangs_is_away_after_a_bound() -> None:
    with silent() as server:
        client = PrometheusClient("n", "127.60.0.1", server.getsockname()[1], seconds=0.2)
        began = time.monotonic()
        found = client.look(NOW)
        assert time.monotonic() - began < 15
        client.close()
    assert isinstance(found, Away)
    assert "timed out" in found.why


def test_a_line_that_the_server_closed_is_opened_again(serve: Serve) -> None:
    stub = serve(lambda path: (200, b"one"))
    line = Line("127.60.0.1", stub.port, seconds=2)
    assert line.get("/") == (200, b"one")
    stub.answer = lambda path: (200, b"two")
    assert line.get("/", {"Connection": "close"}) == (200, b"two")  # the stub hangs up after it
    assert line.get("/") == (200, b"two")
    line.close()


@pytest.mark.parametrize(("status", "good"), [(200, 1), (404, 1), (429, 1), (500, 0), (502, 0)])
def test_a_probe_is_served_unless_it_gets_5xx(serve: Serve, status: int, good: int) -> None:
    stub = serve(lambda path: (status, b""))
    probe = edge_probe(design_of(edge=stub.port))
    assert probe is not None
    assert probe.look() == Share(good=good, total=1)
    assert stub.asked == ["/api"]
    probe.close()


def test_a_probe_without_an_answer_failed() -> None:
    edge = Edge(name="e", site="global", address="127.60.0.1", port=nobody(), gates=())
    assert EdgeProbe(edge, ("/", "/shop")).look() == Share(good=0, total=2)


def test_a_design_without_an_edge_or_a_route_is_not_probed() -> None:
    assert edge_probe(design_of(prometheus=1)) is None


def replica(service: str, ready: str, live: str = "/healthz") -> Service:
    return Service(
        name=f"north/{service}-1",
        site="north",
        address="127.60.10.1",
        service=service,
        subset="stable",
        version="1",
        port=8000,
        process=Process(command=("serve",), workdir=".", environment=()),
        live_path=live,
        ready_path=ready,
        metrics_path=None,
        drain_seconds=1,
    )


@pytest.mark.parametrize(
    ("routes", "paths"),
    [
        ((("/", "shop"),), ("/ready",)),
        ((("/api", "shop"),), ("/api",)),
        ((("/healthz", "shop"), ("/api", "shop")), ("/healthz",)),
        ((("/pay", "pay"), ("/", "shop")), ("/pay/ready", "/ready")),
        ((("/ready", "pay"), ("/", "shop")), ("/ready", "/healthz")),
        ((("/api/v2", "shop"), ("/api", "shop")), ("/api/v2",)),
    ],
)
def test_each_service_is_probed_where_its_routes_lead(
    routes: tuple[tuple[str, str], ...], paths: tuple[str, ...]
) -> None:
    weights = (Weight(subset="stable", percent=100),)
    gateway = Gateway(
        name="north/gateway",
        site="north",
        address="127.60.0.1",
        upstreams=(),
        routes=tuple(Route(prefix=p, service=s, weights=weights) for p, s in routes),
    )
    parts = (gateway, replica("shop", "/ready"), replica("pay", "/pay/ready"))
    if ("/ready", "pay") in routes:
        parts = (gateway, replica("shop", "/ready"), replica("pay", "/ready"))
    design = Design(platform="p", environment="e", entry="", regions=(), parts=parts, promises=())
    assert probe_paths(design) == paths


def test_a_database_that_does_not_answer_is_away_within_its_bound() -> None:
    gone = PostgresClient("north/postgres-1", "127.60.0.1", nobody(), "x").look()
    assert isinstance(gone, Away)
    assert "refused" in gone.why
    with silent() as server:
        began = time.monotonic()
        hung = PostgresClient("n/p", "127.60.0.1", server.getsockname()[1], "x").look()
        assert time.monotonic() - began < 15
    assert isinstance(hung, Away)
