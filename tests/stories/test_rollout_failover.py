"""The primary is lost in the middle of a rollout: the failover does not wait, the rollout does."""

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import psycopg
import pytest
from stories.harness import REPOSITORY, PlatformUnderTest, within
from stories.load import Load

pytestmark = [pytest.mark.stories, pytest.mark.faults, pytest.mark.timeout(900)]

HOME, PARTNER = "us-east-1", "ca-central-1"
PRIMARY = f"{HOME}/postgres-1"
FILE = """\
platform: shop
regions:
  americas: {primary: us-east-1, secondary: ca-central-1}
services:
  till:
    port: 8000
    replicas: 1
    version: "1"
    command: python till.py --address {address} --port {port} --version {version}
    health: {live: /health}
    drain: 2s
primary_database:
  engine: postgres
  version: "15"
  multi_az: true
  standbys: {after: 3 s}
  read_replicas: {count: 1, regions: [ca-central-1]}
canary_deployment:
  initial_traffic: 20
  increment: 30
  interval: 15s
  success_threshold: 99
  max_traffic: 50
  monitor: 5s
  metrics: [{error_rate: "< 1%"}]
local: {entry: "127.0.0.1:18097", network: "127.36.0.0"}
"""


@pytest.fixture
def shop() -> Iterator[PlatformUnderTest]:
    """Two regions with databases, and tills that do not use them."""
    root = Path(tempfile.mkdtemp(prefix="gp-", dir="/tmp"))
    root.chmod(0o755)  # PostgreSQL runs under an account of its own
    shutil.copy(REPOSITORY / "examples/bakery/till.py", root / "till.py")
    file = root / "platform.yaml"
    file.write_text(FILE)
    platform = PlatformUnderTest(file=file, home=root / "home", entry="127.0.0.1:18097")
    try:
        told = platform.groundplan("up")
        assert told.code == 0, told.err
        yield platform
    finally:
        platform.groundplan("down", "--purge", "--yes")
        shutil.rmtree(root, ignore_errors=True)


def told(platform: PlatformUnderTest) -> list[str]:
    """The phases of the newest rollout so far, each once in a row."""
    lines = [line["message"] for line in platform.json("rollout", "show")["lines"]]
    return [phase for phase, _ in groupby(lines)]


def primary(platform: PlatformUnderTest) -> str:
    path = platform.home / "shop-production" / "primary.json"
    return str(json.loads(path.read_text())["name"]) if path.exists() else PRIMARY


def left_alone(platform: PlatformUnderTest, name: str) -> None:
    """A replica that somebody told to follow nobody."""
    run = platform.home / "shop-production" / "parts" / name / "run"
    with psycopg.connect(host=str(run), user="postgres", dbname="postgres", autocommit=True) as db:
        db.execute("ALTER SYSTEM SET primary_conninfo = ''")
        db.execute("SELECT pg_reload_conf()")


def done(platform: PlatformUnderTest, kind: str) -> bool:
    operations = platform.json("operations")["operations"]
    return any(each["kind"] == kind and each["state"] == "done" for each in operations)


def test_a_rollout_waits_for_a_failover_and_goes_on(shop: PlatformUnderTest) -> None:
    """And it lets a replica be mended meanwhile, for which it waits no longer than it has to."""
    with Load(shop, "/menu", (HOME, PARTNER) * 2, pause_seconds=0.01) as load:
        assert shop.groundplan("release", "--version", "2", "--detach").code == 0
        within(90, "a weight is watched", lambda: "watching" in told(shop))
        left_alone(shop, f"{PARTNER}/postgres-1")
        within(60, "the replica follows again", lambda: done(shop, "mend"), every=1)
        assert shop.json("rollout", "show")["operation"]["ended"] is None
        assert "waiting for a failover" not in told(shop)
        os.kill(shop.parts()[PRIMARY]["pid"], signal.SIGSTOP)
        within(60, "another primary", lambda: primary(shop) != PRIMARY)
        assert shop.json("rollout", "show")["operation"]["ended"] is None
        end = shop.groundplan("rollout", "follow")
        assert end.code == 0, end.out
        with shop.client(HOME) as client:
            assert client.get("/menu").headers["x-version"] == "2"
    said = told(shop)
    assert "waiting for a failover" in said
    rest = said[said.index("waiting for a failover") :]
    assert rest[1:3] == ["shifting", "watching"]  # the step anew, and nothing returned
    assert "returning" not in said
    kinds = [each["kind"] for each in shop.json("operations")["operations"]]
    assert "replace-primary" in kinds
    assert not load.failed, load.failed[:3]
