"""Two in a hundred requests fail for real: somebody is woken, and may sleep when it is over."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from data_plane import EAST, GATEWAYS, STABLE, Plane, plane
from stories.harness import within
from stories.test_alerting import Receiver
from stories.test_monitoring import running, why_not

from groundplan.design.burn import FAILURES_MIN, WINDOWS
from groundplan.design.objectives import objectives
from groundplan.design.parts import Alertmanager, Prometheus, ScrapeJob
from groundplan.spec.load import load
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.recovery.silences import LocalSilences

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

SHARE = Decimal("0.02")
FILE = """\
platform: shop
regions:
  europe: { primary: north, secondary: south }
services:
  shop: { port: 8080, command: serve }
prometheus:
  alerts: [{ watches: availability, notify: ops-desk }]
kpis:
  availability: { target: "99.9%" }
"""


@dataclass
class Users:
    """Ask the gateway some 100 times a second; `fails`: every 50th request asks for a 500."""

    gateway: str
    fails: bool = False
    sent: int = 0
    failed: int = 0
    first_failure: float | None = None
    _ended: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        with httpx.Client(base_url=self.gateway, timeout=10) as client:
            while not self._ended.wait(0.01):
                self.sent += 1
                is_bad = self.fails and self.sent % 50 == 0
                answer = client.get("/api/x?status=500" if is_bad else "/api/x")
                if answer.status_code == 500:
                    self.failed += 1
                    self.first_failure = self.first_failure or time.monotonic()

    @contextmanager
    def busy(self) -> Iterator[None]:
        thread = threading.Thread(target=self.ask)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join(timeout=20)


@dataclass(frozen=True)
class Watched:
    """A gateway with users, its Prometheus and Alertmanager, and whom they tell."""

    machine: Machine
    users: Users
    receiver: Receiver

    def told(self, status: str) -> list[dict[str, Any]]:
        return [
            body
            for _, body in self.receiver.got
            if body["status"] == status
            if body["commonLabels"].get("alertname") == "ErrorBudgetBurnsFast"
        ]

    def fires(self) -> bool:
        prometheus = self.machine.design.part(f"{EAST}/prometheus")
        assert isinstance(prometheus, Prometheus)
        found = httpx.get(f"http://{prometheus.address}:{prometheus.port}/api/v1/alerts").json()
        return any(
            each["labels"]["alertname"] == "ErrorBudgetBurnsFast" and each["state"] == "firing"
            for each in found["data"]["alerts"]
        )


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with plane() as region, ExitStack() as stack:
        receiver = Receiver()
        stack.callback(receiver.server_close)
        stack.callback(receiver.shutdown)
        machine = _watching(region, tmp_path)
        (machine.folder / "secrets").mkdir(exist_ok=True)
        (machine.folder / "secrets" / "notify-ops-desk").write_text(receiver.url("/hook"))
        region.start(STABLE[0], GATEWAYS[0])
        for name in ("alertmanager", "prometheus"):
            part = machine.design.part(f"{EAST}/{name}")
            stack.enter_context(running(part, machine))
            within(60, f"{part.name} serves", lambda p=part: why_not(p, machine) is None)
        gateway = region.part(GATEWAYS[0])
        users = Users(f"http://{gateway.address}:{gateway.port}")
        stack.enter_context(users.busy())
        yield Watched(machine, users, receiver)


def _watching(region: Plane, folder: Path) -> Machine:
    """The region's machine, with what the file's objectives ask for; looks every second."""
    (folder / "platform.yaml").write_text(FILE)
    first = region.part(GATEWAYS[0]).address.rpartition(".")[0].rpartition(".")[0]
    alerts = Alertmanager(
        name=f"{EAST}/alertmanager", site=EAST, address=f"{first}.7.1", told=("ops-desk",)
    )
    prometheus = Prometheus(
        name=f"{EAST}/prometheus",
        site=EAST,
        address=f"{first}.6.1",
        scrape_seconds=1,
        evaluation_seconds=1,
        retention_days=1,
        jobs=("gateway",),
        alertmanagers=(f"{alerts.address}:{alerts.port}",),
    )
    job = ScrapeJob(
        name="gateway", metrics_path="/stats/prometheus", interval_seconds=1, parts=GATEWAYS[:1]
    )
    design = region.machine.design
    return replace(
        region.machine,
        design=replace(
            design,
            parts=(*design.parts, alerts, prometheus),
            scrape_jobs=(job,),
            objectives=objectives(load(folder / "platform.yaml")),
        ),
    )


def test_two_percent_of_errors_wake_somebody_until_they_are_over(watched: Watched) -> None:
    """Every window is as old as the traffic, so what is waited for is proof, not arithmetic.

    After a good hour 2 % take 43 minutes to spend the 2 % of the budget that a page stands for:
    1h x 14.4 x 0.1 % / 2 %.
    """
    page = WINDOWS[0]
    assert page.threshold(Decimal("0.001")) < SHARE, "2 % burn fast enough for a page"
    within(60, "some requests are counted", lambda: watched.users.sent >= 200)
    time.sleep(3)  # three looks, none of which has seen a failure
    assert not watched.fires()
    assert watched.told("firing") == []

    watched.users.fails = True
    within(60, "the page reaches the receiver", lambda: bool(watched.told("firing")))
    began = watched.users.first_failure
    assert began is not None
    print(
        f"told {time.monotonic() - began:.1f} s after the first of {watched.users.failed} failures"
    )
    (alert,) = watched.told("firing")[0]["alerts"]
    assert alert["labels"]["severity"] == "page"
    assert alert["labels"]["slo"] == "availability"
    assert alert["annotations"]["runbook"].endswith("error-budget.md")
    assert watched.users.failed >= FAILURES_MIN

    watched.users.fails = False
    over = time.monotonic()
    within(180, "the receiver hears that it is over", lambda: bool(watched.told("resolved")))
    print(f"resolved {time.monotonic() - over:.1f} s after the last failure")


def test_a_silence_is_heard_by_nobody_until_it_is_taken_away(watched: Watched) -> None:
    silences = LocalSilences(watched.machine.design)
    assert silences.begin("drill-1", [EAST], seconds=600) == []
    assert silences.begin("drill-1", [EAST], seconds=600) == [], "harmless twice"
    alerts = watched.machine.design.part(f"{EAST}/alertmanager")
    assert isinstance(alerts, Alertmanager)
    place = f"http://{alerts.address}:{alerts.port}/api/v2"

    def states() -> list[str]:
        return [each["status"]["state"] for each in httpx.get(f"{place}/silences").json()]

    assert states() == ["active"]
    watched.users.fails = True
    within(60, "the alert fires", watched.fires)
    within(60, "it is silent", lambda: "ErrorBudgetBurnsFast" in _suppressed(place))
    time.sleep(7)  # longer than Alertmanager waits for more of a group
    assert watched.told("firing") == []
    assert LocalSilences(watched.machine.design).end("another") == []
    assert states() == ["active"]
    assert LocalSilences(watched.machine.design).end("drill-1") == [], "whoever comes after a kill"
    assert states() == ["expired"]
    within(90, "now it is heard", lambda: bool(watched.told("firing")))


def _suppressed(place: str) -> set[str]:
    found = httpx.get(f"{place}/alerts").json()
    return {
        each["labels"]["alertname"] for each in found if each["status"]["state"] == "suppressed"
    }
