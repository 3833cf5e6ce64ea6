"""The platform is watched: metrics, alerts, and promises that are measured, by real processes."""

import json
import os
import signal
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from stories.harness import PlatformUnderTest, within

from groundplan.design.design import Design
from groundplan.design.parts import Alertmanager, AnyPart, Prometheus, RedisExporter, ScrapeJob
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.registry import recipe_of
from groundplan.targets.local.processes import launch

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

API_TIME = "kpis.performance.api_response_time"
QUERY_TIME = "kpis.performance.database_query_time"
RATE = "kpis.scalability.requests_per_second"
LAG = "disaster_recovery.rpo.replication_lag"
AVAILABILITY = "kpis.availability.target"

ALERTMANAGER = Alertmanager(name="north/alertmanager", site="north", address="127.64.7.1")
PROMETHEUS = Prometheus(
    name="north/prometheus",
    site="north",
    address="127.64.6.1",
    scrape_seconds=1,
    evaluation_seconds=1,
    retention_days=1,
    jobs=("prometheus",),
    alertmanagers=("127.64.7.1:9093",),
)
BLIND = RedisExporter(
    name="north/redis-exporter-1", site="north", address="127.64.5.1", server="127.64.2.1"
)
DESIGN = Design(
    platform="shop",
    environment="production",
    entry="",
    regions=(),
    parts=(ALERTMANAGER, PROMETHEUS, BLIND),
    scrape_jobs=(
        ScrapeJob(
            name="prometheus",
            metrics_path="/metrics",
            interval_seconds=1,
            parts=("north/prometheus",),
        ),
    ),
)
ALWAYS = """\
groups:
  - name: story
    rules:
      - alert: Always
        expr: vector(1)
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(folder=tmp_path, source=tmp_path, design=DESIGN, account=None)
    machine.make_secrets()
    return machine


def why_not(part: AnyPart, machine: Machine) -> str | None:
    return recipe_of(part).probe(part, machine)


@contextmanager
def running(part: AnyPart, machine: Machine) -> Iterator[subprocess.Popen[bytes]]:
    """The part's process, started the way the supervisor does."""
    recipe = recipe_of(part)
    launch.write(part, recipe, machine)
    recipe.prepare(part, machine)
    with subprocess.Popen([machine.directory(part) / launch.START]) as process:
        try:
            yield process
        finally:
            process.terminate()


def measured(platform: PlatformUnderTest, promise: str) -> dict[str, Any]:
    rows = {row["id"]: row for row in platform.json("promises")["promises"]}
    found: dict[str, Any] = rows[promise]["measured"]
    return found


def verdict(platform: PlatformUnderTest, promise: str) -> Callable[[], str]:
    return lambda: str(measured(platform, promise)["verdict"])


def is_known(platform: PlatformUnderTest, promise: str) -> Callable[[], bool]:
    return lambda: measured(platform, promise)["verdict"] in ("kept", "broken")


def region_of(part: str) -> str:
    return part.partition("/")[0]


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process and all that it started do nothing for a while, as on a machine that hangs."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in family:
        process.suspend()
    try:
        yield
    finally:
        for process in reversed(family):
            process.resume()


def ask_users(platform: PlatformUnderTest, count: int = 150) -> None:
    """Reads from each region, enough of them for a p95. What is not there no cache answers."""
    for region in platform.json("status")["regions"]:
        with platform.client(region["name"]) as client:
            for _ in range(count):
                client.get(f"/api/v1/projects/{uuid.uuid4()}")


def test_every_prometheus_sees_every_part_of_its_region(mvlbim: PlatformUnderTest) -> None:
    def down() -> list[str]:
        return [
            f"{region_of(name)} {target['scrapeUrl']}: {target['lastError']}"
            for name, part in mvlbim.parts().items()
            if part["kind"] == "prometheus"
            for target in targets(part["address"])
            if target["health"] != "up"
        ]

    within(60, "every target of every Prometheus is up", lambda: not down())
    parts = mvlbim.parts()
    for name, part in parts.items():
        if part["kind"] == "prometheus":
            seen = {target["labels"]["part"] for target in targets(part["address"])}
            here = {other for other in parts if region_of(other) == region_of(name)}
            watched = ("service", "gateway", "prometheus", "alertmanager", "-exporter")
            watches = {other for other in here if parts[other]["kind"].endswith(watched)}
            everywhere = {"global/agent", "global/tracer"}  # of rollouts, and of traces
            assert seen == watches | everywhere


def targets(address: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"http://{address}/api/v1/targets").json()
    found: list[dict[str, Any]] = answer["data"]["activeTargets"]
    return found


def test_what_users_do_is_measured(mvlbim: PlatformUnderTest) -> None:
    ask_users(mvlbim)
    for promise in (API_TIME, QUERY_TIME, LAG):
        within(60, f"{promise} is measured", is_known(mvlbim, promise))
    assert measured(mvlbim, API_TIME)["samples"] >= 100
    assert 0 < measured(mvlbim, API_TIME)["value"] < 30
    assert measured(mvlbim, RATE)["value"] > 0
    assert measured(mvlbim, AVAILABILITY)["samples"] > 0


def test_each_panel_of_the_dashboards_shows_something(mvlbim: PlatformUnderTest) -> None:
    """Every query is one that Prometheus answers; those of users' requests have an answer."""
    ask_users(mvlbim)
    prometheus = mvlbim.parts()["us-east-1/prometheus"]["address"]
    folder = next(mvlbim.home.glob("*/parts/us-east-1/prometheus/dashboards"))
    shown = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    titles = [each["title"].partition(": ")[2] for each in shown]
    assert titles == ["Error budgets", "Indicators", "Releases"]
    panels = {panel["title"]: panel for each in shown for panel in each["panels"]}

    def answered(title: str) -> bool:
        found = []
        for target in panels[title]["targets"]:
            asked = {"query": target["expr"]}
            answer = httpx.get(f"http://{prometheus}/api/v1/query", params=asked).json()
            assert answer["status"] == "success", (title, answer)
            found += answer["data"]["result"]
        return bool(found)

    rollouts = {"Weight of the new version"}  # there is none
    for title in panels.keys() - rollouts:
        within(60, f"{title} has an answer", lambda title=title: answered(title))
    assert not any(map(answered, rollouts))


def test_what_nobody_measures_is_never_shown_as_kept(mvlbim: PlatformUnderTest) -> None:
    for row in mvlbim.json("promises")["promises"]:
        if row["measured"]["verdict"] == "unknown":
            assert row["verdict"] != "kept", row["id"]


@pytest.mark.faults
def test_a_killed_agent_comes_back_and_forgets_nothing(mvlbim: PlatformUnderTest) -> None:
    within(60, "the lag is measured", is_known(mvlbim, LAG))
    agent = mvlbim.parts()["global/agent"]
    best = measured(mvlbim, RATE)
    os.kill(agent["pid"], signal.SIGKILL)
    assert measured(mvlbim, LAG)["at"]
    told = mvlbim.groundplan("operations")
    assert told.code == 0, told.err  # it waits for the next agent
    within(30, "another agent runs", lambda: mvlbim.parts()["global/agent"]["healthy"])
    assert mvlbim.parts()["global/agent"]["pid"] != agent["pid"]
    assert measured(mvlbim, RATE)["value"] >= best["value"]
    within(30, "the lag is measured again", is_known(mvlbim, LAG))


@pytest.mark.faults
def test_a_prometheus_that_hangs_makes_promises_unknown_not_broken(
    mvlbim: PlatformUnderTest,
) -> None:
    ask_users(mvlbim)
    within(60, "the API's time is measured", is_known(mvlbim, API_TIME))
    parts = mvlbim.parts()
    name = next(name for name, part in parts.items() if part["kind"] == "prometheus")
    with stopped(parts[name]["pid"]):
        unknown = verdict(mvlbim, API_TIME)
        within(40, "the API's time is unknown", lambda: unknown() == "unknown")
        found = measured(mvlbim, API_TIME)
        assert f"the Prometheus of {region_of(name)} does not answer" in found["because"]
        assert is_known(mvlbim, LAG)()
    within(60, "the API's time is measured again", is_known(mvlbim, API_TIME))


@pytest.mark.faults
def test_a_replica_that_hangs_makes_the_lag_unknown(mvlbim: PlatformUnderTest) -> None:
    within(60, "the lag is measured", is_known(mvlbim, LAG))
    replica = "eu-west-1/postgres-1"
    with stopped(mvlbim.parts()[replica]["pid"]):
        lag = verdict(mvlbim, LAG)
        within(40, "the lag is unknown", lambda: lag() == "unknown")
        assert f"{replica} does not answer" in measured(mvlbim, LAG)["because"]
    within(60, "the replica has caught up", lambda: lag() == "kept")


def test_an_alert_that_fires_reaches_alertmanager(machine: Machine) -> None:
    def alerts() -> list[str]:
        address = f"http://{ALERTMANAGER.address}:{ALERTMANAGER.port}"
        found = httpx.get(f"{address}/api/v2/alerts").json()
        return [alert["labels"]["alertname"] for alert in found]

    with running(ALERTMANAGER, machine), running(PROMETHEUS, machine) as prometheus:
        for part in (ALERTMANAGER, PROMETHEUS):
            within(60, f"{part.name} serves", lambda part=part: why_not(part, machine) is None)
        assert "Always" not in alerts()
        (machine.directory(PROMETHEUS) / "rules" / "story.yml").write_text(ALWAYS)
        prometheus.send_signal(signal.SIGHUP)
        within(60, "the alert is there", lambda: "Always" in alerts())


def test_new_targets_are_taken_without_a_reload(machine: Machine) -> None:
    def urls() -> set[str]:
        found = targets(f"{PROMETHEUS.address}:{PROMETHEUS.port}")
        return {target["scrapeUrl"] for target in found}

    with running(PROMETHEUS, machine):
        within(60, "Prometheus serves", lambda: why_not(PROMETHEUS, machine) is None)
        own = f"http://{PROMETHEUS.address}:{PROMETHEUS.port}/metrics"
        within(60, "it has found itself", lambda: urls() == {own})
        job = replace(DESIGN.scrape_jobs[0], extra=("127.64.9.9:1",))
        changed = replace(machine, design=replace(DESIGN, scrape_jobs=(job,)))
        recipe = recipe_of(PROMETHEUS)
        must_reload = launch.write(PROMETHEUS, recipe, changed, live_only=True)
        assert not must_reload
        within(60, "the new target", lambda: urls() == {own, "http://127.64.9.9:1/metrics"})


@pytest.mark.parametrize("days", [1, 14, 15, 730])
def test_only_another_flag_needs_a_restart(machine: Machine, days: int) -> None:
    part = replace(PROMETHEUS, retention_days=days)
    recipe = recipe_of(part)
    with running(part, machine):
        within(60, "Prometheus serves", lambda: why_not(part, machine) is None)
        assert not recipe.needs_restart(part, machine)
        assert recipe.needs_restart(replace(part, retention_days=days + 1), machine)
    within(60, "it is gone", lambda: why_not(part, machine) is not None)
    assert recipe.needs_restart(part, machine)


def test_an_exporter_without_its_server_is_not_healthy(machine: Machine) -> None:
    with running(BLIND, machine):
        reason = "it cannot see its server 127.64.2.1:6379"
        within(60, reason, lambda: why_not(BLIND, machine) == reason)
