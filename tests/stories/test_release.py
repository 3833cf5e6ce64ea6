"""Releases with real processes: a good one reaches everybody, a bad one costs some requests."""

import os
import signal

import pytest
from stories.harness import PlatformUnderTest, within
from stories.load import Load
from stories.tills import QUICK, REGION

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

FINE, BROKEN = "HTTPStatus.OK, {", "HTTPStatus.INTERNAL_SERVER_ERROR, {"


@pytest.fixture
def tills(bakery: PlatformUnderTest) -> PlatformUnderTest:
    """The bakery, up, with a quick canary."""
    bakery.file.write_text(bakery.file.read_text() + QUICK)
    told = bakery.groundplan("up")
    assert told.code == 0, told.err
    return bakery


def version(platform: PlatformUnderTest) -> set[str]:
    """Which versions answer users."""
    with platform.client() as client:
        return {client.get("/menu").headers["x-version"] for _ in range(20)}


def load_on(platform: PlatformUnderTest) -> Load:
    return Load(platform, "/menu", (REGION,) * 3, pause_seconds=0.01)


def test_a_good_release_is_not_noticed_and_can_be_undone(tills: PlatformUnderTest) -> None:
    with load_on(tills) as load:
        told = tills.groundplan("release", "--version", "2")
        assert told.code == 0, told.err
        assert version(tills) == {"2"}
        assert f"{REGION}/till-canary-1" not in tills.parts()
        told = tills.groundplan("release", "--undo")
        assert told.code == 0, told.err
    assert version(tills) == {"1"}
    assert load.sent > 1000
    assert not load.failed, load.failed[:3]


def test_a_release_that_fails_is_taken_back(tills: PlatformUnderTest) -> None:
    folder = tills.file.parent / "broken"
    folder.mkdir()
    text = (tills.file.parent / "till.py").read_text()
    assert FINE in text
    (folder / "till.py").write_text(text.replace(FINE, BROKEN))
    with load_on(tills) as load:
        within(60, "load", lambda: load.sent_more_than(50))
        told = tills.groundplan("release", "--directory", "broken", "--version", "3")
        assert told.code != 0
        assert "stable serves everybody" in told.out
        assert version(tills) == {"1"}
    assert f"{REGION}/till-canary-1" not in tills.parts()
    assert 0 < len(load.failed) < load.sent / 10


def test_a_release_outlives_its_agent(tills: PlatformUnderTest) -> None:
    """The agent is killed while users meet the new version; the next one goes on with it."""
    with load_on(tills) as load:
        told = tills.groundplan("release", "--version", "2", "--detach")
        assert told.code == 0, told.err
        within(60, "users meet version 2", lambda: "2" in version(tills))
        os.kill(tills.parts()["global/agent"]["pid"], signal.SIGKILL)
        within(30, "the agent is back", lambda: tills.groundplan("rollout").code == 0)
        told = tills.groundplan("rollout", "follow")
        assert told.code == 0, told.err
        assert version(tills) == {"2"}
        assert "requests failed" in tills.groundplan("rollout", "why").out
    assert not load.failed, load.failed[:3]
    assert f"{REGION}/till-canary-1" not in tills.parts()
