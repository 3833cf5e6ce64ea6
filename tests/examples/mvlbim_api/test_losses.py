"""Redis, the replica, the primary: killed and hung in turn. Reads go on, nothing is made up."""

import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import pytest
from examples.mvlbim_api.api import Api, Reply
from examples.mvlbim_api.servers import Server, within
from examples.mvlbim_api.tier import Tier

pytestmark = [pytest.mark.stories, pytest.mark.faults, pytest.mark.timeout(120)]

PROJECTS = "/api/v1/projects"
REDIS_TIMEOUT = 0.25  # of the service (mvlbim_api/store/cache.py): its reads wait no longer
A_TIMEOUT = 0.9
"""Seconds after which an answer must have waited for a server that did not answer."""


def post_project(api: Api, **headers: str) -> Reply:
    code = f"L-{uuid4().hex[:8].upper()}"
    return api.post(PROJECTS, {"code": code, "name": "Harbour", "country": "NL"}, **headers)


def timed_get(api: Api, path: str) -> tuple[int, float]:
    began = time.monotonic()
    status = api.get(path).status
    return status, time.monotonic() - began


def usually(answers: list[tuple[int, float]]) -> float:
    """Seconds that half of the answers took at most: a busy machine may hold up some of them."""
    return statistics.median(seconds for _, seconds in answers)


@contextmanager
def paused(server: Server) -> Iterator[None]:
    server.pause()
    try:
        yield
    finally:
        server.resume()


@pytest.fixture
def path(tier: Tier, api: Api) -> str:
    """A project that every server has."""
    location = post_project(api).headers["location"]
    tier.revive()
    return location


def said(api: Api, message: str) -> int:
    return sum(line["message"] == message for line in api.lines())


def test_reads_and_writes_go_on_without_redis(tier: Tier, api: Api, path: str) -> None:
    tier.redis.kill()
    answers = [timed_get(api, path) for _ in range(20)]
    assert {status for status, _ in answers} == {200}
    assert usually(answers) < A_TIMEOUT
    assert post_project(api).status == 201
    before = said(api, "Redis is there")
    tier.redis.start()
    within(60, "the cache is used again", lambda: said(api, "Redis is there") > before)


def test_a_hung_redis_costs_one_timeout_not_one_per_request(
    tier: Tier, api: Api, path: str
) -> None:
    with paused(tier.redis):
        answers = [timed_get(api, path) for _ in range(30)]
    assert {status for status, _ in answers} == {200}
    assert usually(answers) < REDIS_TIMEOUT


def test_reads_move_to_the_primary_when_the_replica_dies(tier: Tier, api: Api, path: str) -> None:
    tier.replica.kill()
    assert [timed_get(api, f"{path}/issues?limit={n}")[0] for n in range(1, 51)] == [200] * 50
    assert api.get("/readyz").status == 200
    assert post_project(api).status == 201
    tier.revive()


def kill_and_revive_replica(tier: Tier, api: Api) -> None:
    there = f"PostgreSQL {tier.replica.name} is there, a replica"
    before = said(api, there)
    tier.replica.kill()
    tier.replica.revive()
    within(60, "the replica is used again", lambda: said(api, there) > before)


def test_readers_do_not_notice_a_replica_that_dies_again_and_again(
    tier: Tier, api: Api, path: str
) -> None:
    stop = threading.Event()

    def read(number: int) -> Counter[int]:
        seen: Counter[int] = Counter()
        while not stop.is_set():
            seen[api.get(f"{path}/issues?limit={number}", x_min_lsn="0/1").status] += 1
        return seen

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read, number) for number in range(1, 5)]
        for _ in range(3):
            kill_and_revive_replica(tier, api)
        stop.set()
        seen = sum((reader.result(timeout=60) for reader in readers), Counter())
    assert set(seen) == {200}


def test_a_hung_replica_delays_a_read_once(tier: Tier, api: Api, path: str) -> None:
    with paused(tier.replica):
        answers = [timed_get(api, f"{path}/issues?limit={n}") for n in range(1, 31)]
    assert {status for status, _ in answers} == {200}
    assert usually(answers) < A_TIMEOUT


def test_many_readers_at_once_survive_a_hung_replica(tier: Tier, api: Api, path: str) -> None:
    def read(number: int) -> tuple[int, float]:
        return timed_get(api, f"{path}/issues?limit={number}")

    with paused(tier.replica), ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(read, range(1, 97)))
    assert {status for status, _ in answers} == {200}
    assert usually(answers) < 3


def test_without_a_primary_reads_go_on_and_writes_say_when_to_come_back(
    tier: Tier, api: Api, path: str
) -> None:
    tier.primary.kill()
    within(60, "writes are refused at once", lambda: post_project(api).status == 503)
    refusals = []
    for number in range(1, 21):
        assert timed_get(api, f"{path}/issues?limit={number}")[0] == 200
        began = time.monotonic()
        refused = post_project(api)
        refusals.append((refused.status, time.monotonic() - began))
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        assert refused.headers["content-type"] == "application/problem+json"
        assert "reads go on" in refused.json["detail"]
    assert usually(refusals) < A_TIMEOUT
    assert api.get("/readyz").status == 200
    tier.revive()
    within(60, "writes are taken again", lambda: post_project(api).status == 201)


def test_a_hung_primary_does_not_hold_readers_up(tier: Tier, api: Api, path: str) -> None:
    with paused(tier.primary):
        assert post_project(api).status == 503
        answers = [timed_get(api, f"{path}/issues?limit={number}") for number in range(1, 21)]
    assert {status for status, _ in answers} == {200}
    assert usually(answers) < A_TIMEOUT
    within(60, "writes are taken again", lambda: post_project(api).status == 201)


def test_a_write_that_lost_its_primary_happens_once_when_repeated(tier: Tier, api: Api) -> None:
    key = str(uuid4())
    body = {"code": f"K-{uuid4().hex[:8].upper()}", "name": "Harbour", "country": "NL"}
    with paused(tier.primary):
        assert api.post(PROJECTS, body, idempotency_key=key).status == 503
    within(
        60,
        "the repeat succeeds",
        lambda: api.post(PROJECTS, body, idempotency_key=key).status == 201,
    )
    made = tier.primary.sql(
        f"select count(*) from projects where code = '{body['code']}'", "mvlbim"
    )
    assert made == "1"


def test_with_every_database_gone_it_is_not_ready_and_comes_back(
    tier: Tier, api: Api, path: str
) -> None:
    tier.replica.kill()
    tier.primary.kill()
    within(60, "it is not ready", lambda: api.get("/readyz").status == 503)
    assert "no PostgreSQL answers" in api.get("/readyz").json["reason"]
    assert api.get("/healthz").status == 200
    refused = api.get(f"{path}/issues?limit=77")
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    tier.revive()
    within(60, "it is ready again", lambda: api.get("/readyz").status == 200)
    assert api.get(path).status == 200
    within(60, "writes are taken again", lambda: post_project(api).status == 201)
