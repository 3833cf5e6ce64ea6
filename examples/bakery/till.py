"""A till of the bakery: shows the menu, takes orders, keeps its own roll of them in memory.

It needs nothing but Python, no database and no other till. On SIGTERM it says that it closes,
serves who is in the shop, and ends.
"""

import argparse
import json
import signal
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType

MENU = {"bread": 380, "roll": 60, "pretzel": 110, "plum cake": 290}
"""Prices in cents."""

COUNT_MAX = 100
BODY_BYTES_MAX = 10_000
IDLE_SECONDS = 5
CLOSING_SECONDS = 0.5

Answer = tuple[HTTPStatus, dict[str, object]]


class Till(ThreadingHTTPServer):
    daemon_threads = False  # The last customers are served before the process ends.
    request_queue_size = 128

    def __init__(self, address: str, port: int, version: str) -> None:
        super().__init__((address, port), Customer)
        self.name = address
        self.version = version
        self.is_closing = False
        self._orders: list[dict[str, object]] = []
        self._turn = threading.Lock()

    def order(self, item: str, count: int) -> dict[str, object]:
        with self._turn:
            number = len(self._orders) + 1
            cents = MENU[item] * count
            order = {"till": self.name, "number": number, "item": item, "count": count}
            self._orders.append(order | {"cents": cents})
            return self._orders[-1]

    def orders(self) -> list[dict[str, object]]:
        with self._turn:
            return list(self._orders)

    def close_soon(self, _signal: int, _frame: FrameType | None) -> None:
        """Says so first, so that nobody new is sent here; then stops listening."""
        self.is_closing = True
        threading.Thread(target=self._close).start()

    def _close(self) -> None:
        time.sleep(CLOSING_SECONDS)
        self.shutdown()


class Customer(BaseHTTPRequestHandler):
    server: Till
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS

    def do_GET(self) -> None:
        match self.path:
            case "/health":
                closing = self.server.is_closing
                status = HTTPStatus.SERVICE_UNAVAILABLE if closing else HTTPStatus.OK
                self._answer(status, {"status": "closing" if closing else "open"})
            case "/menu":
                self._answer(HTTPStatus.OK, {"cents": MENU})
            case "/orders":
                self._answer(HTTPStatus.OK, {"orders": self.server.orders()})
            case _:
                self._answer(HTTPStatus.NOT_FOUND, {"error": f"nothing at {self.path}"})

    def do_POST(self) -> None:
        if self.path != "/orders":
            self.close_connection = True  # Its body was not read.
            self._answer(HTTPStatus.NOT_FOUND, {"error": f"nothing to send to {self.path}"})
            return
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > BODY_BYTES_MAX:
            self.close_connection = True
            limit = f"say how long the order is, up to {BODY_BYTES_MAX} bytes"
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": limit})
            return
        self._answer(*self._order(self.rfile.read(int(length))))

    def _order(self, body: bytes) -> Answer:
        try:
            wanted = json.loads(body)
        except (ValueError, RecursionError):
            return HTTPStatus.BAD_REQUEST, {"error": "the order is not JSON"}
        match wanted:
            case {"item": str(item), "count": int(count), **rest} if (
                item in MENU and 0 < count <= COUNT_MAX and not rest and count is not True
            ):
                return HTTPStatus.CREATED, self.server.order(item, count)
        what = f'"item" from {", ".join(MENU)}, and "count" from 1 to {COUNT_MAX}'
        return HTTPStatus.UNPROCESSABLE_ENTITY, {"error": f"order {what}"}

    def _answer(self, status: HTTPStatus, body: dict[str, object]) -> None:
        content = json.dumps(body).encode()
        if self.server.is_closing:
            self.close_connection = True
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.send_header("x-version", self.server.version)
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(content)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--version", default="0")
    chosen = parser.parse_args()
    with Till(chosen.address, chosen.port, chosen.version) as till:
        signal.signal(signal.SIGTERM, till.close_soon)
        signal.signal(signal.SIGINT, till.close_soon)
        till.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
