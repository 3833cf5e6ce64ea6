"""A release of a worker: it has no requests, and is judged by the jobs that it counts itself."""

import textwrap
import time
from pathlib import Path

import httpx
import pytest
from stories.harness import PlatformUnderTest, within
from stories.test_release_gates import up

from groundplan.targets.local.processes.supervisor import Supervisor

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

AGENT = "global/agent"

OVEN = textwrap.dedent('''
    """Bakes forty times a second and counts it; every so many-th bread burns."""
    import sys, threading, time
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    address, port, burns_each = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    baked = {"ok": 0, "burnt": 0}


    class Door(BaseHTTPRequestHandler):
        def do_GET(self):
            lines = [f'bread_total{{outcome="{name}"}} {n}' for name, n in baked.items()]
            text = ("\\n".join(lines) + "\\n").encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass


    server = ThreadingHTTPServer((address, port), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    number = 0
    while True:
        time.sleep(0.025)
        number += 1
        baked["burnt" if burns_each and number % burns_each == 0 else "ok"] += 1
''')
FILE = """
  oven:
    port: 8100
    replicas: 2
    version: "1"
    directory: oven
    command: python oven.py {address} {port} 0
    health: {live: /health}
    metrics_path: /metrics
    counters:
      ended: bread_total
      failed: bread_total{outcome="burnt"}
"""
QUICK = """
canary_deployment:
  services: [oven]
  initial_traffic: 50
  increment: 50
  interval: 10s
  success_threshold: 99
  max_traffic: 50
  monitor: 5s
  metrics:
    - error_rate: "< 1%"
"""


def versions(platform: PlatformUnderTest) -> list[str]:
    return [name for name in platform.parts() if "/oven-" in name]


def baked(platform: PlatformUnderTest, replica: str) -> int | None:
    """What a replica has counted; None: it does not work."""
    part = platform.parts().get(replica)
    if part is None:
        return None
    address, _, port = part["address"].partition(":")
    try:
        text = httpx.get(f"http://{address}:{port}/metrics", timeout=2, trust_env=False).text
    except httpx.HTTPError:
        return None
    return sum(int(line.rpartition(" ")[2]) for line in text.splitlines())


def test_a_worker_is_replaced_by_a_good_version_and_not_by_a_bad_one(
    bakery: PlatformUnderTest,
) -> None:
    """In the middle of it the agent dies for longer than a lease: stable does all the work."""
    folder = bakery.file.parent / "oven"
    folder.mkdir()
    (folder / "oven.py").write_text(OVEN)
    bakery.edit("kpis:\n", FILE.lstrip("\n") + "\nkpis:\n")
    up(bakery, QUICK)
    told = bakery.groundplan("release", "--service", "oven", "--version", "2", "--detach")
    assert told.code == 0, told.err + told.out
    old, new = "eu-central-1/oven-1", "eu-central-1/oven-canary-1"
    within(
        60, "the new version bakes", lambda: new in versions(bakery) and bool(baked(bakery, new))
    )
    _agent_is_away(bakery, old, new)
    told = bakery.groundplan("rollout", "follow")
    assert told.code == 0, told.err + told.out
    why = bakery.groundplan("rollout", "why").out
    assert "jobs failed" in why
    assert sorted(versions(bakery)) == ["eu-central-1/oven-1", "eu-central-1/oven-2"]
    _burn(bakery.file, each=3)
    told = bakery.groundplan("release", "--service", "oven", "--version", "3", "--detach")
    assert told.code == 0, told.err
    beside = "eu-central-1/oven-canary-1"
    within(60, "the new version works beside", lambda: beside in versions(bakery))
    told = bakery.groundplan("rollout", "follow")
    assert told.code != 0
    assert "jobs failed" in told.out
    assert sorted(versions(bakery)) == ["eu-central-1/oven-1", "eu-central-1/oven-2"]


def _agent_is_away(bakery: PlatformUnderTest, old: str, new: str) -> None:
    """For longer than a lease, while the rollout is paused; a pause means nothing before it is
    watched."""
    within(60, "it is watched", lambda: "watching" in bakery.groundplan("rollout", "show").out)
    assert bakery.groundplan("rollout", "pause").code == 0
    supervisor = Supervisor(bakery.home / "bakery-production")
    supervisor.stop(AGENT)
    within(60, "it gives its share back", lambda: baked(bakery, new) is None, every=1)
    before = baked(bakery, old)
    time.sleep(1)
    assert (baked(bakery, old) or 0) > (before or 0), "stable bakes on"
    supervisor.start(AGENT)
    within(60, "it bakes again", lambda: bool(baked(bakery, new)))
    assert bakery.groundplan("rollout", "resume").code == 0


def _burn(file: Path, *, each: int) -> None:
    text = file.read_text()
    file.write_text(text.replace("{address} {port} 0", f"{{address}} {{port}} {each}"))
