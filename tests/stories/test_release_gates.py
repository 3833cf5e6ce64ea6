"""What stands around a release: who is told, what Prometheus sees, and who has a word."""

import json
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from stories.harness import PlatformUnderTest, within
from stories.test_release import load_on
from stories.tills import QUICK, REGION

from tests.agent.receiver import Heard, listening

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

TOLD = """
notifications:
  - {notify: the baker, of: [release], when: [began, failed, done]}
"""
KEY = "idempotency-key"
PROMETHEUS = "127.50.6.1:9090"


@pytest.fixture
def heard() -> Iterator[Heard]:
    with listening() as heard:
        yield heard


def folder_of(platform: PlatformUnderTest) -> Path:
    (found,) = {path.parent for path in platform.home.rglob("design.json")}
    return found


def up(platform: PlatformUnderTest, *more: str) -> None:
    platform.file.write_text(platform.file.read_text() + "".join(more))
    told = platform.groundplan("up")
    assert told.code == 0, told.err


def asked(query: str) -> list[dict[str, str]]:
    """The labels of each sample that the region's Prometheus has."""
    url = f"http://{PROMETHEUS}/api/v1/query"
    answer = httpx.get(url, params={"query": query}, trust_env=False).json()
    return [sample["metric"] for sample in answer["data"]["result"]]


def test_a_release_is_seen_and_told_of(bakery: PlatformUnderTest, heard: Heard) -> None:
    """From its first weight to its end: at the agent, in Prometheus, at who is named, in DORA."""
    bakery.edit("  retention: 15 days", "  retention: 15 days\n  global: {scrape_interval: 1s}")
    up(bakery, QUICK, TOLD)
    (folder_of(bakery) / "secrets" / "notify-the-baker").write_text(heard.url)
    with load_on(bakery) as load:
        told = bakery.groundplan("release", "--version", "2", "--detach")
        assert told.code == 0, told.err
        weights = 'groundplan_rollout_weight_percent{service="till",version="2"} > 0'
        within(60, "Prometheus sees a weight", lambda: bool(asked(weights)))
        within(
            60, "and requests", lambda: bool(asked('groundplan_rollout_requests{side="canary"}'))
        )
        assert asked(weights)[0]["region"] == REGION
        why = bakery.groundplan("rollout", "why")
        assert "error_rate" in why.out, "the judge's figures are there while it goes on"
        assert bakery.groundplan("rollout", "follow").code == 0
    assert not load.failed, load.failed[:3]
    within(60, "its end is told", lambda: len(heard.bodies) == 2)
    assert [body["moment"] for body in heard.bodies] == ["began", "done"]
    assert heard.bodies[1]["what"].startswith("everybody has it")
    ended = 'groundplan_operations_ended_total{kind="release",state="done"}'
    within(60, "Prometheus counts it", lambda: bool(asked(ended)))
    found = json.loads(bakery.groundplan("rollout", "figures", "-o", "json").out)
    assert (found["reached_everybody"], found["failure_rate"]) == (1, 0)


def test_no_write_is_doubled_while_versions_change(bakery: PlatformUnderTest) -> None:
    """Orders with a key of their own, all through a release; one is sent twice, to see it."""
    up(bakery, QUICK)
    stop, sent, failed = threading.Event(), list[str](), list[str]()

    def order() -> None:
        with bakery.client(REGION) as client:
            while not stop.wait(0.01):
                key = str(uuid.uuid4())
                try:
                    answer = client.post(
                        "/orders", json={"item": "roll", "count": 1}, headers={KEY: key}
                    )
                except httpx.HTTPError as error:
                    failed.append(repr(error))
                    continue
                (sent if answer.status_code == 201 else failed).append(key)

    buyers = [threading.Thread(target=order, daemon=True) for _ in range(2)]
    for each in buyers:
        each.start()
    within(20, "orders are taken", lambda: len(sent) > 50)
    told = bakery.groundplan("release", "--version", "2", "--detach")
    assert told.code == 0, told.err
    within(
        60, "the release has begun", lambda: "watching" in bakery.groundplan("rollout", "show").out
    )
    with bakery.client(REGION) as client:
        for _ in range(2):
            client.post("/orders", json={"item": "roll", "count": 1}, headers={KEY: "twice"})
    assert bakery.groundplan("rollout", "follow").code == 0
    stop.set()
    for each in buyers:
        each.join(timeout=20)
    assert not failed, failed[:3]
    writes = bakery.json("rollout", "show")["operation"]["facts"]["writes"]
    assert writes["with_key"] > 200
    assert writes["doubled"] == 1, "the one that was sent twice, and no other"
    assert f"1 of {writes['with_key']} writes" in bakery.groundplan("rollout", "why").out


WAYS = """\
  session_affinity: {cookie: bakery-side}
  testers: {header: x-try-new, value: "yes"}
  mirror: 10
"""
HELD = """
deployment_strategy:
  type: canary
  pause_at: [50]
  webhooks:
    - {name: board, url: "URL/board", when: before-step, token: board}
"""


def test_a_webhook_and_a_person_have_their_word(bakery: PlatformUnderTest, heard: Heard) -> None:
    """The board says no to the first step for a while, and the file pauses at half."""
    heard.answers = [503, 500, 302]
    up(bakery, QUICK + WAYS, HELD.replace("URL", heard.url))
    (folder_of(bakery) / "secrets" / "hook-board").write_text("s3cret")
    with load_on(bakery) as load:
        told = bakery.groundplan("release", "--version", "2", "--detach")
        assert told.code == 0, told.err
        within(60, "the board is asked again", lambda: len(heard.bodies) > 3)
        within(90, "the file pauses", lambda: "the file pauses here" in _shown(bakery))
        assert len({version_of(bakery, keeps=True) for _ in range(20)}) == 2
        assert version_of(bakery, header="yes") == "2"
        assert bakery.groundplan("rollout", "promote", "--why", "looks good").code == 0
        assert bakery.groundplan("rollout", "follow").code == 0
    assert not load.failed, load.failed[:3]
    first, *later = [(body["when"], body["weight"]) for body in heard.bodies]
    assert [first, *later[:3]] == [("before-step", 20)] * 4
    assert ("before-step", 50) in later
    assert len(set(heard.keys[:4])) == 1
    assert set(heard.tokens) == {"Bearer s3cret"}


def version_of(platform: PlatformUnderTest, *, keeps: bool = False, header: str = "no") -> str:
    """Which version a new user has at the edge; one who keeps his cookies has always the same."""
    with platform.client() as client:
        found = []
        for _ in range(10 if keeps else 1):
            found.append(client.get("/menu", headers={"x-try-new": header}).headers["x-version"])
    assert len(set(found)) == 1, found
    return str(found[0])


def _shown(platform: PlatformUnderTest) -> str:
    return platform.groundplan("rollout", "show").out
