"""Real HTTP receivers as a sink would be: Elasticsearch's bulk, Splunk's HEC, OTLP."""

import gzip
import json
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)

Answered = tuple[int, bytes]


@dataclass
class Receiver:
    """What came in by id, how often; `mood` may answer in its place: it gets path and body."""

    port: int = 0
    scheme: str = "http"
    kept: dict[str, Any] = field(default_factory=dict)
    came: Counter[str] = field(default_factory=Counter)
    headers: list[dict[str, str]] = field(default_factory=list)
    mood: Callable[[str, bytes], Answered | None] | None = None
    items: Callable[[dict[str, Any]], int] | None = None  # status of a document of a bulk
    acks: bool = False
    asked: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def answer(self, path: str, body: bytes) -> Answered:
        found = self.mood(path, body) if self.mood else None
        if found is not None:
            return found
        if path == "/_bulk":
            return self._bulk(body)
        if path == "/services/collector/event":
            return self._hec(body)
        if path == "/services/collector/ack":
            self.asked += 1
            numbers = json.loads(body)["acks"]
            return 200, json.dumps({"acks": {str(n): self.asked > 1 for n in numbers}}).encode()
        if path == "/v1/logs":
            return self._otlp(body)
        return 404, b"nothing is here"

    def _bulk(self, body: bytes) -> Answered:
        lines = [json.loads(line) for line in body.splitlines()]
        items = []
        for action, document in zip(lines[::2], lines[1::2], strict=True):
            id_ = action["create"]["_id"]
            self.came[id_] += 1
            status = self.items(document) if self.items else 201
            if status == 201 and id_ in self.kept:
                status = 409
            if status == 201:
                self.kept[id_] = {"_index": action["create"]["_index"], **document}
            items.append({"create": {"_id": id_, "status": status, "error": _error(status)}})
        return 200, json.dumps({"items": items}).encode()

    def _hec(self, body: bytes) -> Answered:
        for line in body.splitlines():
            event = json.loads(line)
            self.came[event["fields"]["log_id"]] += 1
            self.kept[event["fields"]["log_id"]] = event
        return 200, json.dumps({"text": "Success", "code": 0} | self._ack()).encode()

    def _ack(self) -> dict[str, int]:
        return {"ackId": len(self.came)} if self.acks else {}

    def _otlp(self, body: bytes) -> Answered:
        for group in ExportLogsServiceRequest.FromString(body).resource_logs:
            for record in group.scope_logs[0].log_records:
                named = {pair.key: pair.value for pair in record.attributes}
                id_ = named["log.record.uid"].string_value
                self.came[id_] += 1
                self.kept[id_] = record
        return 200, ExportLogsServiceResponse().SerializeToString()


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that listens, until it does not."""
    receiver = Receiver(scheme="https" if tls else "http")
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(receiver))
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.headers.append(dict(self.headers))
            if self.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            status, sent = receiver.answer(self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing is said."""

    return Handler


def _error(status: int) -> dict[str, str] | None:
    if status < 400:
        return None
    return {"type": "es_rejected" if status == 429 else "mapper_parsing_exception", "reason": "no"}
