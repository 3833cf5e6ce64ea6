"""Credentials of real stores are renewed: nobody is locked out on the way, the old ones at last."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from data_tier import PRIMARY, REDIS, REPLICA, SENTINELS, STANDBY, Tier, tier
from redis.exceptions import AuthenticationError
from stories.harness import within

from groundplan.errors import TargetError
from groundplan.targets.local.parts.redis import client
from groundplan.targets.local.recovery.credentials import RENEWED, LocalCredentials

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

STORES = (PRIMARY, STANDBY, REPLICA, *REDIS, *SENTINELS)


@pytest.fixture(scope="module")
def stores() -> Iterator[Tier]:
    with tier() as stores:
        stores.up(*STORES)
        stores.sql(PRIMARY, "CREATE TABLE item (n int)")
        yield stores


def credentials(stores: Tier) -> LocalCredentials:
    def restarted(part: str) -> None:
        raise AssertionError(f"there is nothing to restart: {part}")

    return LocalCredentials(stores.machine, restarted)


def secrets_of(stores: Tier) -> dict[str, str]:
    return {name: stores.machine.secret(name) for name in RENEWED}


def login(stores: Tier, password: str, user: str) -> list:
    with psycopg.connect(
        host=stores.part(PRIMARY).address,
        user=user,
        password=password,
        dbname="shop",
        connect_timeout=3,
        autocommit=True,
    ) as connection:
        connection.execute("INSERT INTO item VALUES (1)")
        return connection.execute("SELECT current_user, session_user").fetchall()


def cache_takes(stores: Tier, password: str) -> bool:
    try:
        for name in REDIS:
            with client(stores.part(name).address, 6379, password) as server:
                server.ping()
    except AuthenticationError:
        return False
    return True


def are_linked(stores: Tier) -> bool:
    return all(stores.why_not(name) is None for name in (*REDIS, *SENTINELS, STANDBY))


def renew(stores: Tier) -> tuple[str, ...]:
    """A whole renewal, each step twice, as after a kill. The tier has no services to restart."""
    renewed = credentials(stores)
    for step in (renewed.prepare, renewed.admit, renewed.switch, renewed.retire):
        step()
        step()
    doubts = renewed.still_admitted()
    renewed.forget()
    return doubts


def test_old_and_new_are_both_let_in_until_the_old_ones_retire(stores: Tier) -> None:
    before, renewed = secrets_of(stores), credentials(stores)
    renewed.prepare()
    renewed.admit()
    coming = stores.machine.folder / "secrets" / "next" / "postgres-app"
    assert login(stores, before["postgres-app"], "app") == [("app", "app")]
    assert login(stores, coming.read_text(), "app_2") == [("app", "app_2")]
    assert cache_takes(stores, before["redis"])
    restarted = renewed.switch()
    assert restarted == ()
    assert not set(before.values()) & set(secrets_of(stores).values())
    assert login(stores, before["postgres-app"], "app") == [("app", "app")]
    assert cache_takes(stores, before["redis"])
    assert cache_takes(stores, stores.machine.secret("redis"))
    assert any("still lets app in" in doubt for doubt in renewed.still_admitted())
    renewed.retire()
    assert renewed.still_admitted() == ()
    renewed.forget()
    assert login(stores, stores.machine.secret("postgres-app"), "app_2") == [("app", "app_2")]
    with pytest.raises(psycopg.OperationalError, match="password"):
        login(stores, before["postgres-app"], "app")
    assert not cache_takes(stores, before["redis"])
    within(60, "replicas and Sentinels see each other", lambda: are_linked(stores))


def test_every_second_renewal_comes_back_to_the_owner(stores: Tier) -> None:
    users = set()
    for _ in range(2):
        assert renew(stores) == ()
        users.add(stores.machine.login("app"))
        own = login(stores, stores.machine.secret("postgres-app"), stores.machine.login("app"))
        assert own[0][0] == "app"
    assert users == {"app", "app_2"}
    within(60, "replicas and Sentinels see each other", lambda: are_linked(stores))


def test_a_renewal_that_was_given_up_is_finished_by_the_next(stores: Tier) -> None:
    before = secrets_of(stores)
    given_up = credentials(stores)
    given_up.prepare()
    given_up.admit()
    given_up.switch()
    half_way = secrets_of(stores)
    assert renew(stores) == ()
    assert secrets_of(stores) == half_way
    assert not set(before.values()) & set(half_way.values())


def test_settling_after_a_renewal_keeps_what_it_did(stores: Tier) -> None:
    renew(stores)
    user, password = stores.machine.login("app"), stores.machine.secret("postgres-app")
    stores.recipe(PRIMARY).settle(stores.part(PRIMARY), stores.machine)
    assert login(stores, password, user)[0][0] == "app"


@pytest.mark.faults
def test_without_a_primary_nothing_is_changed_and_it_is_said(stores: Tier) -> None:
    renewed = credentials(stores)
    renewed.prepare()
    stores.stop(PRIMARY)
    with pytest.raises(TargetError, match="no PostgreSQL server accepts writes"):
        renewed.admit()
    stores.up(PRIMARY)
    assert renew(stores) == ()


def test_nobody_else_can_read_the_new_ones(stores: Tier) -> None:
    renewed = credentials(stores)
    renewed.prepare()
    made = [path for path in _files(stores.machine.folder / "secrets") if path.is_file()]
    assert {oct(path.stat().st_mode & 0o077) for path in made} == {"0o0"}
    renew(stores)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))
