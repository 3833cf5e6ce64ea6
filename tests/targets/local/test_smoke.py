"""Smoke tests against a replica that answers, and against what does not."""

import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from data_plane import EAST, data_plane

from groundplan.design.parts import Service
from groundplan.design.release import release_of
from groundplan.errors import TargetError
from groundplan.targets.local.delivery.smoke import smoke
from groundplan.targets.local.machine import Machine


class Replica(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/fine" else 500)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def canary() -> Iterator[Service]:
    """One replica in the east, whose canary is a server of the test."""
    found = release_of(data_plane(), "shop")
    first = next(part for part in found.replicas if part.site == EAST)
    canary = replace(found, replicas=(first,)).canaries[0]
    server = ThreadingHTTPServer((canary.address, 0), Replica)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield replace(canary, port=server.server_port)
    server.shutdown()
    server.server_close()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(folder=tmp_path, source=tmp_path, design=data_plane(), account=None)


def test_paths_that_answer_pass(canary: Service, machine: Machine) -> None:
    smoke([canary], machine, command=(), paths=("/fine",))
    with pytest.raises(TargetError, match=r"/menu.* answers 500"):
        smoke([canary], machine, command=(), paths=("/fine", "/menu"))


def test_a_command_is_told_where_the_replica_is(canary: Service, machine: Machine) -> None:
    script = "import sys; open('told', 'w').write(' '.join(sys.argv[1:]))"
    command = (sys.executable, "-c", script, "{address}", "{port}")
    smoke([canary], machine, command=command, paths=())
    assert (machine.source / "told").read_text() == f"{canary.address} {canary.port}"


def test_a_command_that_fails_is_told_with_its_last_words(
    canary: Service, machine: Machine
) -> None:
    command = (sys.executable, "-c", "raise SystemExit('no pretzels')")
    with pytest.raises(TargetError, match="no pretzels"):
        smoke([canary], machine, command=command, paths=())
