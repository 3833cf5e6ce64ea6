"""The second example: a till of the bakery, from the standard library alone."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from groundplan.spec.load import load

BAKERY = Path(__file__).parents[2] / "examples" / "bakery"


@dataclass(frozen=True, kw_only=True)
class Till:
    process: "subprocess.Popen[bytes]"
    port: int

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            payload = body if isinstance(body, bytes | None) else json.dumps(body).encode()
            connection.request(method, path, payload)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def is_open(self) -> bool:
        try:
            return self.ask("GET", "/health")[0] == 200
        except OSError:
            return False


def within(seconds: float, what: str, is_true: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not is_true():
        assert time.monotonic() - began < seconds, f"not within {seconds:g} s: {what}"
        time.sleep(0.01)


@pytest.fixture
def till() -> Iterator[Till]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = (sys.executable, "-S", "till.py", "--port", str(port), "--version", "7")
    process = subprocess.Popen(command, cwd=BAKERY, stderr=subprocess.DEVNULL)
    till = Till(process=process, port=port)
    try:
        within(60, "the till is open", till.is_open)
        yield till
    finally:
        process.kill()
        process.wait(timeout=60)


def test_orders_are_taken_and_kept_in_turn(till: Till) -> None:
    assert till.ask("GET", "/menu")[1]["cents"]["roll"] == 60
    for number, count in enumerate((1, 12), start=1):
        status, order = till.ask("POST", "/orders", {"item": "roll", "count": count})
        assert (status, order["number"], order["cents"]) == (201, number, 60 * count)
    assert [order["count"] for order in till.ask("GET", "/orders")[1]["orders"]] == [1, 12]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[" * 9_000, 400),
        (b"\xff", 400),
        ([], 422),
        ({"item": "roll"}, 422),
        ({"item": "caviar", "count": 1}, 422),
        ({"item": "roll", "count": 0}, 422),
        ({"item": "roll", "count": True}, 422),
        ({"item": "roll", "count": 1, "tip": 5}, 422),
        (b" " * 10_001, 413),
    ],
)
def test_what_is_not_an_order_is_refused(till: Till, body: object, status: int) -> None:
    assert till.ask("POST", "/orders", body)[0] == status
    assert till.ask("GET", "/orders") == (200, {"orders": []})


def test_a_closing_till_says_so_and_serves_who_is_there(till: Till) -> None:
    till.process.send_signal(signal.SIGTERM)
    within(60, "it says that it closes", lambda: till.ask("GET", "/health")[0] == 503)
    assert till.ask("POST", "/orders", {"item": "bread", "count": 1})[0] == 201
    assert till.process.wait(timeout=60) == 0


def test_its_platform_file_loads_without_a_finding() -> None:
    platform = load(BAKERY / "platform.yaml").platform
    assert platform.primary_database is None
    assert list(platform.services) == ["till"]
