"""The schema's steps: once each, in order, by one runner at a time, never changed afterwards."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from examples.mvlbim_api.conftest import Start
from examples.mvlbim_api.servers import PASSWORD, within
from examples.mvlbim_api.tier import Tier
from mvlbim_api.store.schema import (
    MIGRATIONS,
    SchemaError,
    migrate,
    migrations_in,
    version_needed,
)

pytestmark = pytest.mark.timeout(120)

EXPAND = "-- phase: expand\n-- why: a test\n"
CONTRACT = "-- phase: contract\n-- why: a test\n"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.sql").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"0001_one": "create table one ()"}, "begin it with"),
        ({"one": EXPAND}, "name it like"),
        ({"0001_one": EXPAND, "0003_three": EXPAND}, "without gaps"),
        ({"0001_one": EXPAND, "0001_two": EXPAND}, "without gaps"),
    ],
)
def test_a_folder_that_is_not_in_order_is_refused(
    tmp_path: Path, files: dict[str, str], says: str
) -> None:
    with pytest.raises(SchemaError, match=says):
        migrations_in(write(tmp_path, **files))


def test_the_service_needs_its_expanding_steps_only(tmp_path: Path) -> None:
    steps = migrations_in(write(tmp_path, **{"0001_a": EXPAND, "0002_b": CONTRACT}))
    assert version_needed(steps) == 1
    assert version_needed(migrations_in(MIGRATIONS)) == len(list(MIGRATIONS.glob("*.sql")))


@pytest.fixture
def in_new_database(tier: Tier) -> Callable[..., Any]:
    """Runs a coroutine function with a connection to a database of the test's own."""
    name = f"m{len(tier.primary.sql('select datname from pg_database').split())}"
    tier.primary.add_database(name)

    def run(work: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
        async def connected() -> Any:
            place = f"{tier.primary.name}/{name}"
            connection = await asyncpg.connect(f"postgresql://app:{PASSWORD}@{place}")
            try:
                return await work(connection)
            finally:
                await connection.close()

        return asyncio.run(connected())

    return run


@pytest.mark.stories
def test_each_step_is_applied_once_and_recorded(
    in_new_database: Callable[..., Any], tmp_path: Path
) -> None:
    folder = write(
        tmp_path,
        **{
            "0001_make": f"{EXPAND}create table made (old int);",
            "0002_take": f"{CONTRACT}alter table made drop column old;",
            "0003_more": f"{EXPAND}alter table made add column new int;",
        },
    )
    said: list[str] = []

    async def run(connection: Any, *, expand_only: bool) -> int:
        steps = migrations_in(folder)
        return await migrate(connection, steps, expand_only=expand_only, say=said.append)

    async def work(connection: Any) -> None:
        assert await run(connection, expand_only=True) == 1
        assert "0002 take (contract) waits" in said[-1]
        assert await run(connection, expand_only=False) == 2
        assert await run(connection, expand_only=False) == 0
        rows = await connection.fetch("select version, phase from schema_migrations order by 1")
        assert [tuple(row) for row in rows] == [(1, "expand"), (2, "contract"), (3, "expand")]

    in_new_database(work)


@pytest.mark.stories
def test_a_step_that_fails_leaves_nothing_behind(
    in_new_database: Callable[..., Any], tmp_path: Path
) -> None:
    write(tmp_path, **{"0001_half": f"{EXPAND}create table half (); select 1 / 0;"})

    async def work(connection: Any) -> None:
        with pytest.raises(SchemaError, match=r"0001 half .* was not applied: division by zero"):
            await migrate(connection, migrations_in(tmp_path), expand_only=False, say=print)
        assert await connection.fetchval("select to_regclass('half')") is None
        assert await connection.fetchval("select count(*) from schema_migrations") == 0

    in_new_database(work)


@pytest.mark.stories
def test_an_applied_step_that_was_changed_is_refused(
    in_new_database: Callable[..., Any], tmp_path: Path
) -> None:
    async def work(connection: Any) -> None:
        for text in ("create table a ();", "create table b ();"):
            write(tmp_path, **{"0001_a": EXPAND + text})
            if text.startswith("create table b"):
                with pytest.raises(SchemaError, match="was changed after"):
                    await migrate(connection, migrations_in(tmp_path), expand_only=False, say=print)
            else:
                await migrate(connection, migrations_in(tmp_path), expand_only=False, say=print)

    in_new_database(work)


@pytest.mark.stories
def test_several_runners_at_once_apply_each_step_once(tier: Tier) -> None:
    tier.primary.add_database("together")
    tier_url = tier.environment["DATABASE_URL"].replace("/mvlbim", "/together")
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: tier.migrate(DATABASE_URL=tier_url), range(4)))
    assert [run.returncode for run in runs] == [0] * 4
    applied = "".join(run.stdout for run in runs)
    assert applied.count("0001 projects_and_models") == 1
    assert applied.count("nothing to do") == 3


@pytest.mark.stories
def test_a_service_waits_for_its_schema(tier: Tier, start: Start) -> None:
    tier.primary.add_database("empty")
    urls = {
        name: tier.environment[name].replace("/mvlbim", "/empty")
        for name in ("DATABASE_URL", "DATABASE_READ_URL")
    }
    api = start(tier, wait=False, **urls)
    within(
        60, "the API says what is missing", lambda: "migrate" in api.get("/readyz").json["reason"]
    )
    assert api.get("/api/v1/projects").status == 503
    assert tier.migrate(**urls).returncode == 0
    within(60, "the API is ready", lambda: api.get("/readyz").status == 200)
    assert api.get("/api/v1/projects").json == {"items": [], "next": None}


@pytest.mark.stories
def test_migrating_without_a_database_says_so(tier: Tier) -> None:
    run = tier.migrate(DATABASE_URL="")
    assert (run.returncode, run.stderr) == (
        3,
        "migrate: set DATABASE_URL to the database to prepare\n",
    )
    assert tier.migrate("--sideways").returncode == 3
