"""The schema of a release on real PostgreSQL: expanded before, contracted late, brought back."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stories.harness import REPOSITORY, PlatformUnderTest, within
from stories.load import Load

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

REGION = "us-east-1"
FILE = """\
platform: shelf
regions:
  americas: {primary: us-east-1}
services:
  shelf:
    port: 8000
    replicas: 2
    version: "1"
    command: python shelf_service.py serve {address} {port} {version}
    migrate: python shelf_service.py expand {version}
    contract: python shelf_service.py contract {version}
    contract_after: 20s
    revert: python shelf_service.py revert {version}
    health: {live: /healthz}
    drain: 2s
primary_database: {engine: postgres, version: "15"}
canary_deployment:
  initial_traffic: 20
  increment: 30
  interval: 5s
  success_threshold: 99
  max_traffic: 50
  monitor: 5s
  metrics: [{error_rate: "< 1%"}]
local: {entry: "127.0.0.1:18098", network: "127.38.0.0"}
"""


@pytest.fixture(scope="module")
def shelf() -> Iterator[PlatformUnderTest]:
    """One region with a database. The stories below follow each other on it."""
    root = Path(tempfile.mkdtemp(prefix="gp-", dir="/tmp"))
    root.chmod(0o755)  # PostgreSQL runs under an account of its own
    shutil.copy(REPOSITORY / "tests/shelf_service.py", root)
    (root / "platform.yaml").write_text(FILE)
    platform = PlatformUnderTest(
        file=root / "platform.yaml", home=root / "home", entry="127.0.0.1:18098"
    )
    try:
        told = platform.groundplan("up")
        assert told.code == 0, told.err
        yield platform
    finally:
        platform.groundplan("down", "--purge", "--yes")
        shutil.rmtree(root, ignore_errors=True)


def columns(platform: PlatformUnderTest) -> list[str]:
    with platform.client() as client:
        found: list[str] = client.get("/columns").json()
        return found


def version(platform: PlatformUnderTest) -> set[str]:
    with platform.client() as client:
        return {client.get("/healthz").headers["x-version"] for _ in range(20)}


def contraction(platform: PlatformUnderTest) -> dict[str, Any]:
    """The newest one that waited for its time."""
    listed = platform.json("operations")["operations"]
    found: dict[str, Any] = max(
        (each for each in listed if each["kind"] == "contract"), key=lambda each: each["began"]
    )
    return found


def load_on(platform: PlatformUnderTest) -> Load:
    return Load(platform, "/menu", (REGION,) * 3, pause_seconds=0.02)


def test_a_version_that_is_taken_back_takes_its_columns_along(shelf: PlatformUnderTest) -> None:
    assert columns(shelf) == ["name"]
    with load_on(shelf) as load:
        within(60, "load", lambda: load.sent_more_than(50))
        told = shelf.groundplan("release", "--version", "3")
    assert told.code == 4, told.out
    assert "schema reverted" in told.out
    assert columns(shelf) == ["name"]
    assert version(shelf) == {"1"}


def test_an_undo_in_time_brings_code_and_schema_back(shelf: PlatformUnderTest) -> None:
    with load_on(shelf) as load:
        told = shelf.groundplan("release", "--version", "2")
        assert told.code == 0, told.out + told.err
        assert re.search(r"its schema is expanded; contract-\S+ contracts the schema", told.out)
        assert columns(shelf) == ["name", "title"]
        assert version(shelf) == {"2"}
        told = shelf.groundplan("rollout", "undo")
        assert told.code == 0, told.out + told.err
        assert version(shelf) == {"1"}
        assert columns(shelf) == ["name"]
        within(60, "its contraction refuses", lambda: contraction(shelf)["state"] == "refused")
        assert "shelf 1 runs" in contraction(shelf)["summary"]
    assert not load.failed, load.failed[:3]


def test_what_was_contracted_does_not_come_back(shelf: PlatformUnderTest) -> None:
    with load_on(shelf) as load:
        told = shelf.groundplan("release", "--version", "2")
        assert told.code == 0, told.out + told.err
        assert "Nothing to do" in shelf.groundplan("up").out  # nobody holds the platform meanwhile
        within(90, "it is contracted in its time", lambda: columns(shelf) == ["title"])
        within(30, "and that is told", lambda: contraction(shelf)["state"] == "done")
        assert version(shelf) == {"2"}
        told = shelf.groundplan("release", "--undo")
        assert told.code == 4
        assert "has contracted the schema" in told.err
    assert not load.failed, load.failed[:3]
