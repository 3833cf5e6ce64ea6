"""A small HTTP server that answers what a test tells it, and a design that leads to it."""

import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from groundplan.agent.sampling import queries
from groundplan.agent.sampling.queries import Query
from groundplan.design.design import Design
from groundplan.design.parts import AnyPart, Edge, Gateway, Prometheus
from groundplan.design.routes import Route, Weight
from groundplan.promise.promise import Promise

Answer = Callable[[str], tuple[int, bytes]]


class Stub(ThreadingHTTPServer):
    """Listens on a free port of 127.60.0.1; `asked` has the paths in order."""

    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.60.0.1", 0), _Handler)
        self.answer = answer
        self.asked: list[str] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Stub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, body = self.server.answer(self.path)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.headers.get("Connection") == "close"

    def log_message(self, *args: object) -> None:
        pass


def silent() -> socket.socket:
    """A server that takes connections and never says a word."""
    server = socket.socket()
    server.bind(("127.60.0.1", 0))
    server.listen()
    return server


def nobody() -> int:
    """A port of 127.60.0.1 on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.60.0.1", 0))
        return int(probe.getsockname()[1])


def result(*samples: tuple[dict[str, str], str]) -> bytes:
    """What Prometheus answers for an instant vector."""
    rows = [{"metric": labels, "value": [1_700_000_000.1, value]} for labels, value in samples]
    return json.dumps(
        {"status": "success", "data": {"resultType": "vector", "result": rows}}
    ).encode()


def prometheus(answers: dict[Query, bytes]) -> Answer:
    """A Prometheus that knows the answers to some queries; the others have no samples."""

    def answer(path: str) -> tuple[int, bytes]:
        text = parse_qs(urlsplit(path).query)["query"][0]
        query = next(query for query in queries.ALL if query.text == text)
        return 200, answers.get(query, result())

    return answer


def design_of(
    *promises: Promise,
    prometheus: int | None = None,
    edge: int | None = None,
    more: tuple[AnyPart, ...] = (),
) -> Design:
    """A design of one region; the numbers are ports of 127.60.0.1."""
    watched = () if prometheus is None else (_prometheus(prometheus),)
    front = () if edge is None else _front(edge)
    return Design(
        platform="shop",
        environment="production",
        entry="127.60.0.1:8080",
        regions=(),
        parts=(*more, *watched, *front),
        promises=promises,
    )


def _prometheus(port: int) -> Prometheus:
    return Prometheus(
        name="north/prometheus",
        site="north",
        address="127.60.0.1",
        port=port,
        scrape_seconds=1,
        evaluation_seconds=1,
        retention_days=1,
        jobs=(),
        alertmanagers=(),
    )


def _front(port: int) -> tuple[AnyPart, ...]:
    weights = (Weight(subset="stable", percent=100),)
    routes = (Route(prefix="/api", service="shop", weights=weights),)
    gateway = Gateway(
        name="north/gateway", site="north", address="127.60.0.2", upstreams=(), routes=routes
    )
    edge = Edge(name="global/edge", site="global", address="127.60.0.1", port=port, gates=())
    return gateway, edge
