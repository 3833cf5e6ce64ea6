"""Releases in three regions on real PostgreSQL: waves, one bad region, windows, mixed requests."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stories.harness import REPOSITORY, PlatformUnderTest, within
from stories.mixed import Mixed

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

HOME, PARTNER, FAR = REGIONS = ("us-east-1", "ca-central-1", "eu-west-1")
FILE = """\
platform: shelf
regions:
  americas: {primary: us-east-1, secondary: ca-central-1}
  europe: {primary: eu-west-1}
services:
  shelf:
    port: 8000
    replicas: 1
    version: "1"
    command: python shelf_service.py serve {address} {port} {version}
    migrate: python shelf_service.py expand {version}
    health: {live: /healthz}
    drain: 2s
primary_database: {engine: postgres, version: "15"}
local: {entry: "127.0.0.1:18099", network: "127.39.0.0"}
"""
WAVES = "waves: [{regions: [us-east-1], bake_time: 5s}]"
CANARY = f"""
deployment_strategy: {{type: canary, {WAVES}}}
canary_deployment:
  initial_traffic: 20
  increment: 30
  interval: 5s
  success_threshold: 99
  max_traffic: 50
  monitor: 5s
  metrics: [{{error_rate: "< 1%"}}]
"""
BLUE_GREEN = f"""
deployment_strategy:
  type: blue-green
  rollout_process: [{{traffic_shift: "10% -> 50% -> 100%"}}, {{monitor: for 5 seconds}}]
  interval: 5s
  {WAVES}
"""


@pytest.fixture(scope="module")
def platform() -> Iterator[PlatformUnderTest]:
    root = Path(tempfile.mkdtemp(prefix="gp-", dir="/tmp"))
    root.chmod(0o755)  # PostgreSQL runs under an account of its own
    shutil.copy(REPOSITORY / "tests/shelf_service.py", root)
    file = root / "platform.yaml"
    file.write_text(FILE + CANARY)
    platform = PlatformUnderTest(file=file, home=root / "home", entry="127.0.0.1:18099")
    try:
        told = platform.groundplan("up")
        assert told.code == 0, told.err
        yield platform
    finally:
        platform.groundplan("down", "--purge", "--yes")
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def shelf(platform: PlatformUnderTest) -> Iterator[PlatformUnderTest]:
    """Each story writes how releases are done, and begins with version 1."""
    yield platform
    rollouts = platform.json("rollout")["operations"]
    if any(each["ended"] is None for each in rollouts):
        platform.groundplan("rollout", "abort")
        platform.groundplan("rollout", "follow")


def versions(platform: PlatformUnderTest) -> dict[str, str]:
    found = {}
    for region in REGIONS:
        with platform.client(region) as client:
            found[region] = client.get("/healthz").headers["x-version"]
    return found


def because(platform: PlatformUnderTest) -> list[str]:
    return [line["because"] for line in platform.json("rollout", "show")["lines"]]


def sold(platform: PlatformUnderTest) -> list[int]:
    """How many rows were written, and how many different ones."""
    with platform.client() as client:
        return [int(each) for each in client.get("/sold").json()]


def no_write_is_lost_or_doubled(load: Mixed, before: list[int], after: list[int]) -> None:
    rows, different = (after[0] - before[0], after[1] - before[1])
    assert rows == different == len(load.written) > 100


@pytest.mark.parametrize(("how", "version"), [(CANARY, "2"), (BLUE_GREEN, "2.1")])
def test_a_good_release_reaches_all_regions_unnoticed(
    shelf: PlatformUnderTest, how: str, version: str
) -> None:
    shelf.file.write_text(FILE + how)
    before = sold(shelf)
    with Mixed(shelf, REGIONS * 3) as load:
        told = shelf.groundplan("release", "--version", version)
        assert told.code == 0, told.out + told.err
    assert versions(shelf) == dict.fromkeys(REGIONS, version)
    assert not load.failed, load.failed[:3]
    no_write_is_lost_or_doubled(load, before, sold(shelf))
    print(f"\n{version}: {load.sent / load.seconds:.0f} requests/s, {told.seconds:.0f} s")
    served = [each for each in because(shelf) if each.startswith("the gateways serve")]
    first = next(index for index, each in enumerate(served) if f", 0 % in {PARTNER}" not in each)
    assert all(f"100 % in {HOME}" in each for each in served[first:])  # home was done before


def test_a_release_that_is_bad_in_one_region_leaves_all(shelf: PlatformUnderTest) -> None:
    shelf.file.write_text(FILE + CANARY)
    before = versions(shelf)
    with Mixed(shelf, REGIONS * 3) as load:
        told = shelf.groundplan("release", "--version", "4")
        assert told.code == 4, told.out + told.err
    assert "requests failed" in told.out
    assert versions(shelf) == before
    assert "wave 2 may begin" in because(shelf)
    assert all(each.startswith(FAR) for each in load.failed), load.failed[:3]
    assert 0 < len(load.failed) < load.sent / 10
    print(f"\n{len(load.failed)} of {load.sent} requests failed")


def test_nothing_begins_in_a_freeze_or_outside_of_a_window(shelf: PlatformUnderTest) -> None:
    today = datetime.now(UTC)
    other = (today + timedelta(days=3)).strftime("%a").lower()
    days = f"begin: '{today:%Y-%m-%d}', end: '{today + timedelta(days=1):%Y-%m-%d}'"
    frozen = CANARY.replace(WAVES, f"freezes: [{{{days}}}]")
    window = CANARY.replace(WAVES, f'change_windows: ["{other}:08:00-{other}:09:00"]')
    before = versions(shelf)
    for how, why in (
        (frozen, "nothing is released from"),
        (window, "the change windows are"),
    ):
        shelf.file.write_text(FILE + how)
        assert shelf.groundplan("release", "--version", "2.9", "--detach").code == 0
        within(60, why, lambda: any(f"waits: {why}" in each for each in because(shelf)))  # noqa: B023
        assert f"{HOME}/shelf-canary-1" not in shelf.parts()
        assert shelf.groundplan("rollout", "abort").code == 0
        assert shelf.groundplan("rollout", "follow").code == 4
    assert versions(shelf) == before
