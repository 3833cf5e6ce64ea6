"""Alerts reach whom the file names, in the words that PagerDuty, Slack and webhooks understand."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from stories.harness import within
from stories.test_monitoring import ALERTMANAGER, DESIGN, running, why_not

from groundplan.targets.local.machine import Machine

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]


class Receiver(ThreadingHTTPServer):
    """Takes what is sent; `got` has path and body in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.64.8.1", 0), _Handler)
        self.got: list[tuple[str, dict[str, Any]]] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.64.8.1:{self.server_address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, json.loads(body)))
        self.send_response(202)
        self.end_headers()
        self.wfile.write(b'{"status":"success","dedup_key":"x"}')

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.shutdown()
    server.server_close()


def test_a_page_reaches_pagerduty_slack_and_a_webhook(tmp_path: Path, receiver: Receiver) -> None:
    part = replace(ALERTMANAGER, told=("PagerDuty", "Slack", "ops-desk"))
    machine = Machine(
        folder=tmp_path, source=tmp_path, design=replace(DESIGN, parts=(part,)), account=None
    )
    machine.make_secrets()
    for name, text in (
        ("notify-pagerduty", f"R0UT1NG {receiver.url('/v2/enqueue')}"),
        ("notify-slack", f"{receiver.url('/slack')} #alerts"),
        ("notify-ops-desk", receiver.url("/hook")),
    ):
        (tmp_path / "secrets" / name).write_text(text)
    with running(part, machine):
        within(60, "Alertmanager serves", lambda: why_not(part, machine) is None)
        labels = {"alertname": "ErrorBudgetBurnsFast", "severity": "page", "slo": "availability"}
        fired = [
            {
                "labels": labels | {"notify": name},
                "annotations": {"summary": "availability burns", "runbook": "docs/runbooks"},
            }
            for name in part.told
        ]
        address = f"http://{part.address}:{part.port}/api/v2/alerts"
        httpx.post(address, json=fired).raise_for_status()
        within(60, "all three are told", lambda: len(receiver.got) >= 3)
    got = dict(receiver.got)
    assert got["/v2/enqueue"]["routing_key"] == "R0UT1NG"
    assert got["/v2/enqueue"]["event_action"] == "trigger"
    assert got["/slack"]["channel"] == "#alerts"
    assert got["/hook"]["alerts"][0]["labels"]["slo"] == "availability"
