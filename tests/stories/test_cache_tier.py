"""Redis and its Sentinels with real processes: the primary dies, moves, and comes back."""

from collections.abc import Iterator

import pytest
from data_tier import REDIS, SENTINELS, Tier, tier
from redis import Redis
from stories.harness import within

from groundplan.targets.local.parts.redis import client

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]


@pytest.fixture
def region() -> Iterator[Tier]:
    with tier() as region:
        yield region


def role(region: Tier, name: str) -> str:
    with cache(region, name) as server:
        return server.info("replication")["role"]


def sentinel_says(region: Tier, name: str) -> str:
    with client(region.part(name).address, 26379) as server:
        pair = server.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "cache")
    return pair[0]


def agree_on_another(region: Tier, old: str) -> bool:
    """Whether all Sentinels name the same primary, and it is not `old` (an address)."""
    named = {sentinel_says(region, name) for name in SENTINELS}
    return len(named) == 1 and old not in named


def cache(region: Tier, name: str) -> Redis:
    return client(region.part(name).address, 6379, region.machine.secret("redis"))


def name_of(region: Tier, address: str) -> str:
    return next(name for name in REDIS if region.part(name).address == address)


def fail_over(region: Tier) -> str:
    """Kills the first Redis and returns who is primary now."""
    old = region.part(REDIS[0]).address
    region.kill(REDIS[0])
    within(60, "the Sentinels agree on another", lambda: agree_on_another(region, old))
    return name_of(region, sentinel_says(region, SENTINELS[0]))


@pytest.mark.faults
def test_sentinels_move_the_primary_and_the_old_one_returns_as_replica(region: Tier) -> None:
    region.up(*REDIS, *SENTINELS)
    with cache(region, REDIS[0]) as server:
        server.set("before", "1")
        assert server.wait(2, 1000) == 2
    new = fail_over(region)
    assert role(region, new) == "master"
    region.up(REDIS[0])
    assert role(region, REDIS[0]) == "slave"
    with cache(region, REDIS[0]) as server:
        assert server.get("before") == "1"
    for name in SENTINELS:
        region.ready(name)


@pytest.mark.faults
def test_a_redis_primary_that_is_back_at_once_stays_primary_with_its_data(region: Tier) -> None:
    region.up(*REDIS, *SENTINELS)
    with cache(region, REDIS[0]) as server:
        server.set("kept", "1")
        within(
            60, "it is on disk", lambda: server.info("persistence")["aof_pending_bio_fsync"] == 0
        )
    region.kill(REDIS[0])
    region.up(REDIS[0])
    assert role(region, REDIS[0]) == "master"
    with cache(region, REDIS[0]) as server:
        assert server.get("kept") == "1"
    for name in (*REDIS, *SENTINELS):
        region.ready(name)
    assert {sentinel_says(region, name) for name in SENTINELS} == {region.part(REDIS[0]).address}


@pytest.mark.faults
def test_after_down_and_up_the_last_redis_primary_is_primary_again(region: Tier) -> None:
    region.up(*REDIS, *SENTINELS)
    new = fail_over(region)
    region.up(REDIS[0])
    region.stop(*SENTINELS, *REDIS)
    for name in REDIS:
        region.prepare(name)
        region.launch(name)
    region.up(*SENTINELS)
    for name in REDIS:
        region.ready(name)
        assert role(region, name) == ("master" if name == new else "slave")
