"""The main job, end to end: one file becomes a multi-region platform that serves and survives."""

import json
import os
import signal
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest
import redis
from stories.harness import PlatformUnderTest, within
from stories.load import Load

from groundplan.design.design import Design
from groundplan.targets.local.inotify import LINK
from groundplan.targets.local.parts.registry import recipe_of
from groundplan.targets.local.target import LocalTarget, PartStatus

pytestmark = [pytest.mark.stories, pytest.mark.timeout(600)]

PROJECTS = "/api/v1/projects"
REGIONS = ("us-east-1", "ca-central-1", "eu-west-1")


def folder(platform: PlatformUnderTest) -> Path:
    return platform.home / "mvlbim-production"


def target(platform: PlatformUnderTest) -> LocalTarget:
    return LocalTarget(folder(platform), platform.file.parent)


def design(platform: PlatformUnderTest) -> Design:
    applied = target(platform).applied()
    assert applied is not None
    return applied


def statuses(platform: PlatformUnderTest) -> dict[str, PartStatus]:
    return {row.name: row for row in target(platform).status()}


def pids(platform: PlatformUnderTest) -> dict[str, int | None]:
    return {name: row.pid for name, row in statuses(platform).items()}


def create_project(platform: PlatformUnderTest, region: str) -> str:
    with platform.client(region) as client:
        key = str(uuid.uuid4())
        body = {"name": "Bridge", "code": f"BR-{key[:8].upper()}", "country": "CA"}
        answer = client.post(PROJECTS, json=body, headers={"idempotency-key": key})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


def is_readable(platform: PlatformUnderTest, project: str, region: str) -> bool:
    with platform.client(region) as client:
        return client.get(f"{PROJECTS}/{project}").status_code == 200


def test_the_platform_serves_and_a_write_in_one_region_is_read_in_another(
    mvlbim: PlatformUnderTest,
) -> None:
    with mvlbim.client() as client:
        assert client.get(PROJECTS).status_code == 200
    for writer in REGIONS:
        project = create_project(mvlbim, writer)
        for reader in REGIONS:
            within(
                60,
                f"a project written in {writer} is read in {reader}",
                lambda: is_readable(mvlbim, project, reader),  # noqa: B023
            )


def test_each_region_answers_for_itself(mvlbim: PlatformUnderTest) -> None:
    for region in REGIONS:
        with mvlbim.client(region) as client:
            assert client.get(PROJECTS).headers["x-region"] == region


def test_every_part_is_a_healthy_process(mvlbim: PlatformUnderTest) -> None:
    within(
        60,
        "every part healthy",
        lambda: all(row.healthy for row in statuses(mvlbim).values()),
    )
    parts = mvlbim.parts()
    assert {part["name"]: part for part in parts.values() if not part["healthy"]} == {}
    for part in parts.values():
        assert psutil.pid_exists(part["pid"]), part
    assert {region["name"] for region in mvlbim.json("status")["regions"]} >= set(REGIONS)


def test_postgresql_streams_to_every_replica(mvlbim: PlatformUnderTest) -> None:
    servers = [part for part in design(mvlbim).parts if part.kind == "postgres"]
    primary = next(server for server in servers if server.role == "primary")
    password = (folder(mvlbim) / "secrets" / "postgres-monitor").read_text()
    with psycopg.connect(
        host=primary.address, port=5432, user="monitor", password=password, dbname="postgres"
    ) as connection:
        rows = connection.execute(
            "SELECT application_name, state, sync_state FROM pg_stat_replication"
        ).fetchall()
    assert {row[0] for row in rows} == {s.member for s in servers if s is not primary}
    assert {row[1] for row in rows} == {"streaming"}
    quorum = {row[0] for row in rows if row[2] == "quorum"}
    assert quorum == set(primary.synchronous)
    assert quorum, "no synchronous standby"


def test_sentinels_see_their_replicas(mvlbim: PlatformUnderTest) -> None:
    for sentinel in (part for part in design(mvlbim).parts if part.kind == "sentinel"):
        client = redis.Redis(host=sentinel.address, port=sentinel.port, socket_timeout=2)
        state: dict[str, Any] = client.sentinel_master(sentinel.master_name)
        client.close()
        assert (state["num-slaves"], state["num-other-sentinels"]) == (2, 2), sentinel.name
        assert not state["is_odown"], sentinel.name


def test_every_prometheus_target_is_up(mvlbim: PlatformUnderTest) -> None:
    servers = [part for part in design(mvlbim).parts if part.kind == "prometheus"]
    assert len(servers) == len(REGIONS)
    for server in servers:
        url = f"http://{server.address}:{server.port}/api/v1/targets?state=active"

        def targets(url: str = url) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = httpx.get(url).json()["data"]["activeTargets"]
            return found

        within(
            45,
            f"every target of {server.name} is up",
            lambda: {row["health"] for row in targets()} == {"up"},
        )
        replicas = [row for row in targets() if row["labels"]["job"] == "mvlbim-api"]
        assert len(replicas) == 3, "each replica is scraped by itself"


def test_a_part_takes_as_many_inotify_instances_as_were_asked_for_before(
    mvlbim: PlatformUnderTest,
) -> None:
    taken = {
        name: sum(os.readlink(link) == LINK for link in Path(f"/proc/{pid}/fd").iterdir())
        for name, pid in pids(mvlbim).items()
        if name.endswith(("gateway", "prometheus"))
    }
    said = {
        part.name: recipe_of(part).instances(part)
        for part in design(mvlbim).parts
        if recipe_of(part).instances(part)
    }
    assert taken == said
    assert sum(said.values()) == 15


def test_up_twice_changes_nothing(mvlbim: PlatformUnderTest) -> None:
    before = pids(mvlbim)
    told = mvlbim.groundplan("up", "--yes")
    assert told.code == 0, told.err
    assert "Nothing to do" in told.out + told.err
    assert pids(mvlbim) == before


def test_one_replica_more_is_one_plus_and_nothing_else_restarts(
    mvlbim: PlatformUnderTest,
) -> None:
    before = pids(mvlbim)
    mvlbim.edit("mvlbim-api:\n    replicas: 3", "mvlbim-api:\n    replicas: 4")
    try:
        plan = mvlbim.json("plan")
        assert [action["sign"] for action in plan["actions"]] == ["+"] * len(REGIONS)
        assert mvlbim.groundplan("plan", "--detailed-exitcode").code == 2
        assert mvlbim.groundplan("up", "--yes").code == 0
        after = pids(mvlbim)
        assert {name: after[name] for name in before} == before
        assert len(after) == len(before) + len(REGIONS)
    finally:
        mvlbim.edit("mvlbim-api:\n    replicas: 4", "mvlbim-api:\n    replicas: 3")
    with Load(platform=mvlbim, path=PROJECTS, regions=REGIONS) as load:
        assert mvlbim.groundplan("up", "--yes").code == 0
        within(60, "some requests after the removal", lambda: load.sent_more_than(100))
    assert load.failures_since(0) == []
    assert pids(mvlbim) == before


def test_a_region_comes_and_goes_without_a_failed_read(mvlbim: PlatformUnderTest) -> None:
    with Load(platform=mvlbim, path=PROJECTS, regions=REGIONS) as load:
        within(60, "readers at work", lambda: load.sent_more_than(50))
        for words, count in ((("--regions", "4"), 4), ((), 3)):
            told = mvlbim.groundplan("up", "--yes", *words)
            assert told.code == 0, told.err
            assert len(design(mvlbim).regions) == count
            assert {row.healthy for row in statuses(mvlbim).values()} == {True}
    assert load.failures_since(0) == []


def test_two_ups_at_once_the_second_says_who_holds_the_lock(mvlbim: PlatformUnderTest) -> None:
    with target(mvlbim)._folder.locked("up"):
        told = mvlbim.groundplan("up", "--yes")
    assert told.code == 4
    assert f"process {os.getpid()}" in told.err


def test_any_part_killed_comes_back_and_reads_go_on(mvlbim: PlatformUnderTest) -> None:
    """The edge stands alone, so only its own death may cost reads."""
    rows: list[tuple[str, float, list[str]]] = []
    with Load(platform=mvlbim, path=PROJECTS, regions=REGIONS) as load:
        within(60, "readers at work", lambda: load.sent_more_than(100))
        for name, row in statuses(mvlbim).items():
            assert row.pid is not None
            began = time.monotonic()
            os.kill(row.pid, signal.SIGKILL)
            recovered = within(60, f"{name} is back", lambda: _is_back(mvlbim, name, row.pid))  # noqa: B023
            # What a dying part costs shows a moment later: it belongs to this part, not the next.
            back = time.monotonic()
            within(60, "reads without a failure", lambda: load.is_quiet(0.5, since=back))  # noqa: B023
            rows.append((name, recovered, load.failures_since(began)))
    print("\npart                                  back after s  failed reads")
    for name, seconds, failures in rows:
        print(f"{name:<38}{seconds:>12.1f}{len(failures):>14}")
    assert {name: why for name, _, why in rows if why and name != "global/edge"} == {}


def _is_back(platform: PlatformUnderTest, name: str, old: int | None) -> bool:
    row = statuses(platform)[name]
    return row.healthy and row.pid not in (None, old)


def test_data_survives_down_and_up(mvlbim: PlatformUnderTest) -> None:
    project = create_project(mvlbim, "us-east-1")
    assert mvlbim.groundplan("down").code == 0
    assert mvlbim.groundplan("up", "--yes").code == 0
    assert is_readable(mvlbim, project, "us-east-1")


def test_data_survives_the_death_of_everything(mvlbim: PlatformUnderTest) -> None:
    project = create_project(mvlbim, "us-east-1")
    supervisor = int((folder(mvlbim) / "supervisor" / "supervisord.pid").read_text())
    victims = [pid for pid in pids(mvlbim).values() if pid]
    for pid in (supervisor, *victims):
        os.kill(pid, signal.SIGKILL)
    told = mvlbim.groundplan("up", "--yes")
    assert told.code == 0, told.err
    assert is_readable(mvlbim, project, "us-east-1")


def test_purge_leaves_no_process_no_file_no_listener_and_up_begins_anew(
    mvlbim: PlatformUnderTest,
) -> None:
    ours = str(folder(mvlbim))
    assert mvlbim.groundplan("down", "--purge", "--yes").code == 0
    assert not folder(mvlbim).exists()
    left = [
        (process.pid, process.info["cmdline"])
        for process in psutil.process_iter(["cmdline"])
        if process.info["cmdline"] and ours in " ".join(process.info["cmdline"])
    ]
    assert left == []
    listeners = [
        connection.laddr
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
        and (connection.laddr.ip.startswith("127.4") or connection.laddr.port == 18080)
    ]
    assert listeners == []
    told = mvlbim.groundplan("up", "--yes")
    assert told.code == 0, told.err


def test_the_plan_is_json(bakery: PlatformUnderTest) -> None:
    told = bakery.groundplan("plan", "-o", "json")
    assert told.code == 0, told.err
    assert {action["sign"] for action in json.loads(told.out)["actions"]} == {"+"}
