"""The primary moves: writes follow it, and an old one that comes back is not believed."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import pytest
from examples.mvlbim_api.api import Api, Reply
from examples.mvlbim_api.conftest import Start
from examples.mvlbim_api.servers import DATABASE, within
from examples.mvlbim_api.tier import Tier

pytestmark = [pytest.mark.stories, pytest.mark.faults, pytest.mark.timeout(120)]

PROJECTS = "/api/v1/projects"


def post_project(api: Api, code: str = "", **headers: str) -> Reply:
    body = {"code": code or f"F-{uuid4().hex[:8].upper()}", "name": "Harbour", "country": "NL"}
    return api.post(PROJECTS, body, **headers)


@contextmanager
def configured(tier: Tier, name: str, value: str) -> Iterator[None]:
    reconfigure(tier, f"alter system set {name} = '{value}'")
    try:
        yield
    finally:
        reconfigure(tier, f"alter system reset {name}")


def reconfigure(tier: Tier, statement: str) -> None:
    tier.primary.sql(statement)
    tier.primary.sql("select pg_reload_conf()")


def promote(tier: Tier) -> None:
    tier.replica.run("pg_ctl", "promote", "-w", "-D", "data")


def test_writes_follow_a_promoted_replica_and_shun_the_old_primary(
    own_tier: Tier, start: Start
) -> None:
    tier = own_tier
    api = start(tier)
    assert post_project(api).status == 201
    tier.primary.kill()
    promote(tier)
    within(60, "writes are taken again", lambda: post_project(api).status == 201)
    # The old primary comes back and takes writes, as one that nobody fenced would.
    tier.primary.revive()
    late = start(tier, DATABASE_READ_URL="")  # It asks the old primary first.
    for one in (api, late):
        code = f"F-{uuid4().hex[:8].upper()}"
        within(
            60, "writes are taken", lambda one=one, code=code: post_project(one, code).status == 201
        )
        count = f"select count(*) from projects where code = '{code}'"
        assert (tier.primary.sql(count, DATABASE), tier.replica.sql(count, DATABASE)) == ("0", "1")


def test_a_primary_turned_read_only_gets_no_more_writes(tier: Tier, api: Api) -> None:
    assert post_project(api).status == 201
    with configured(tier, "default_transaction_read_only", "on"):
        within(60, "writes are refused", lambda: post_project(api).status == 503)
        assert api.get(f"{PROJECTS}?limit=3").status == 200
    within(60, "writes are taken again", lambda: post_project(api).status == 201)


def test_no_acknowledged_write_is_lost_or_doubled_over_a_failover(
    own_tier: Tier, start: Start
) -> None:
    tier = own_tier
    standby = "select application_name from pg_stat_replication"
    within(60, "the replica streams", lambda: tier.primary.sql(standby))
    reconfigure(tier, "alter system set synchronous_standby_names = 'ANY 1 (*)'")
    api = start(tier)
    stop_at = time.monotonic() + 3

    def write(worker: int) -> tuple[list[str], int]:
        acknowledged, repeats, number = [], 0, 0
        while time.monotonic() < stop_at:
            number += 1
            code, key = f"W{worker}-{number}", str(uuid4())
            while post_project(api, code, idempotency_key=key).status != 201:
                repeats += 1
                assert repeats < 2000, "writes never came back"
            acknowledged.append(code)
        return acknowledged, repeats

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, worker) for worker in range(4)]
        within(
            60,
            "writes flow",
            lambda: int(tier.replica.sql("select count(*) from projects", DATABASE)) > 20,
        )
        tier.primary.kill()
        promote(tier)
        results = [writer.result(timeout=60) for writer in writers]
    acknowledged = [code for codes, _ in results for code in codes]
    assert sum(repeats for _, repeats in results) > 0
    kept = tier.replica.sql("select code from projects where code like 'W%'", DATABASE).split()
    assert sorted(kept) == sorted(acknowledged)


def test_a_commit_without_its_standby_is_not_acknowledged(tier: Tier, api: Api) -> None:
    """Cancelling such a commit leaves it on the primary alone; a repeat must wait as well."""
    code, key = f"A-{uuid4().hex[:8].upper()}", str(uuid4())

    def post() -> int:
        return post_project(api, code, idempotency_key=key).status

    with configured(tier, "synchronous_standby_names", "ANY 1 (*)"):
        tier.replica.kill()
        assert post() == 503
        within(60, "the primary is seen again", lambda: api.get("/readyz").status == 200)
        answered = f"select count(*) from idempotency_keys where key = '{key}' and status = 201"
        assert tier.primary.sql(answered, DATABASE) == "1"
        assert post() == 503
        tier.replica.revive()
        within(60, "the repeat succeeds", lambda: post() == 201)
    assert tier.primary.sql(f"select count(*) from projects where code = '{code}'", DATABASE) == "1"
