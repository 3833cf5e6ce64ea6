"""PostgreSQL with real servers: built from nothing, killed, promoted, back with its data."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest
from data_tier import PRIMARY, REPLICA, STANDBY, Tier, tier
from stories.harness import within

from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.ports.databases import Claim
from groundplan.targets.local import primacy
from groundplan.targets.local.parts import postgres_server
from groundplan.targets.local.parts.postgres import PostgresRecipe

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

POSTGRES = (PRIMARY, STANDBY, REPLICA)


@pytest.fixture
def region() -> Iterator[Tier]:
    with tier() as region:
        yield region


def postgres(region: Tier, name: str) -> Postgres:
    part = region.part(name)
    assert isinstance(part, Postgres)
    return part


def superuser(region: Tier, name: str, query: str) -> list:
    part = postgres(region, name)
    with postgres_server.connect(region.machine.directory(part) / "run", part) as connection:
        cursor = connection.execute(query)
        return cursor.fetchall() if cursor.description else []


def rows(region: Tier, name: str) -> int:
    return region.sql(name, "SELECT count(*) FROM item")[0][0]


def has_rows(region: Tier, name: str, count: int) -> bool:
    try:
        return rows(region, name) == count
    except psycopg.Error:  # the table itself is not there yet
        return False


def write_items(region: Tier, count: int, *, to: str = PRIMARY) -> None:
    region.sql(to, "CREATE TABLE IF NOT EXISTS item (n int)")
    region.sql(to, f"INSERT INTO item SELECT generate_series(1, {count})")


def test_three_servers_from_nothing_share_a_write(region: Tier) -> None:
    region.up(*POSTGRES)
    write_items(region, 100)
    for name in (STANDBY, REPLICA):
        within(60, f"the write reaches {name}", lambda name=name: has_rows(region, name, 100))
    seen = superuser(
        region, PRIMARY, "SELECT application_name, sync_state FROM pg_stat_replication"
    )
    assert sorted(seen) == [("us_east_1_postgres_2", "quorum"), ("us_east_1_postgres_3", "async")]
    slots = superuser(region, PRIMARY, "SELECT slot_name, active FROM pg_replication_slots")
    assert sorted(slots) == [("us_east_1_postgres_2", True), ("us_east_1_postgres_3", True)]
    for setting, value in {"data_checksums": "on", "server_encoding": "UTF8"}.items():
        assert superuser(region, PRIMARY, f"SHOW {setting}") == [(value,)]
    with pytest.raises(psycopg.Error, match="read-only"):
        write_items(region, 1, to=STANDBY)


def test_roles_come_in_with_their_passwords_and_the_superuser_not_at_all(region: Tier) -> None:
    region.up(PRIMARY)
    address = region.part(PRIMARY).address
    watched = "SELECT count(*) > 0 FROM pg_stat_activity WHERE query IS NOT NULL"
    assert region.sql(PRIMARY, watched, user="monitor", database="postgres") == [(True,)]
    for user, password in {"app": "guess", "postgres": ""}.items():
        with pytest.raises(psycopg.OperationalError, match=r"password|no pg_hba"):
            psycopg.connect(host=address, user=user, password=password, dbname="shop")
    told = "SELECT count(*) FROM pg_stat_statements WHERE query LIKE '%secret-of%'"
    assert superuser(region, PRIMARY, told) == [(0,)]


def test_building_and_settling_twice_changes_nothing(region: Tier) -> None:
    region.up(PRIMARY, STANDBY)
    folders = {name: region.machine.directory(region.part(name)) for name in (PRIMARY, STANDBY)}
    before = {name: (folder / "data").stat().st_ino for name, folder in folders.items()}
    for name in (PRIMARY, STANDBY):
        region.prepare(name)
        region.recipe(name).settle(region.part(name), region.machine)
        assert region.why_not(name) is None
    assert {name: (folder / "data").stat().st_ino for name, folder in folders.items()} == before


@pytest.mark.faults
def test_a_killed_postmaster_comes_back_though_a_session_goes_on(region: Tier) -> None:
    region.up(*POSTGRES)
    write_items(region, 10)
    part = postgres(region, PRIMARY)
    with closing(
        psycopg.connect(
            host=part.address,
            user="app",
            password=region.machine.secret("postgres-app"),
            dbname="shop",
        )
    ) as busy:
        # A session that computes does not notice that its postmaster is gone.
        busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000)")
        region.kill(PRIMARY)
        region.prepare(PRIMARY)
        region.launch(PRIMARY)
        assert region.ready(PRIMARY) < 10
    assert rows(region, PRIMARY) == 10
    for name in (STANDBY, REPLICA):
        within(60, f"{name} streams again", lambda name=name: region.why_not(name) is None)
    write_items(region, 5)


@pytest.mark.faults
def test_a_lock_file_with_a_foreign_process_id_does_not_keep_the_server_down(region: Tier) -> None:
    region.up(PRIMARY)
    folder = region.machine.directory(region.part(PRIMARY))
    lock = folder / "data" / "postmaster.pid"
    lines = lock.read_text().splitlines()
    region.kill(PRIMARY)
    account = region.machine.account
    with subprocess.Popen(("sleep", "60"), user=account.uid if account else None) as other:
        lock.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        (folder / "run" / ".s.PGSQL.5432.lock").write_text(lock.read_text())
        region.launch(PRIMARY)
        region.ready(PRIMARY)
        other.kill()


def test_all_down_and_up_again_keeps_the_data(region: Tier) -> None:
    region.up(*POSTGRES)
    write_items(region, 10)
    region.stop(*POSTGRES)
    assert "does not answer" in (region.why_not(PRIMARY) or "")
    region.up(*POSTGRES)
    write_items(region, 10)
    assert rows(region, PRIMARY) == 20
    within(60, "the replica has it too", lambda: has_rows(region, REPLICA, 20))


@pytest.mark.faults
def test_the_role_on_disk_wins_over_the_design(region: Tier) -> None:
    region.up(PRIMARY, STANDBY)
    write_items(region, 10)
    region.kill(PRIMARY)
    superuser(region, STANDBY, "SELECT pg_promote()")
    region.stop(STANDBY)
    region.up(STANDBY)
    superuser(region, STANDBY, "ALTER SYSTEM SET synchronous_standby_names = ''")
    superuser(region, STANDBY, "SELECT pg_reload_conf()")
    write_items(region, 1, to=STANDBY)
    assert rows(region, STANDBY) == 11


@pytest.mark.faults
def test_a_replica_that_was_away_too_long_says_so_and_can_be_built_anew(region: Tier) -> None:
    region.up(PRIMARY, REPLICA)
    region.stop(REPLICA)
    for setting in ("max_slot_wal_keep_size = '1MB'", "wal_keep_size = 0"):
        superuser(region, PRIMARY, f"ALTER SYSTEM SET {setting}")
    superuser(region, PRIMARY, "SELECT pg_reload_conf()")
    for _ in range(4):
        superuser(region, PRIMARY, "SELECT pg_logical_emit_message(false, 'a', 'b')")
        superuser(region, PRIMARY, "SELECT pg_switch_wal()")
    superuser(region, PRIMARY, "CHECKPOINT")
    region.launch(REPLICA)
    within(60, "the probe tells", lambda: "has to be built anew" in (region.why_not(REPLICA) or ""))
    region.stop(REPLICA)
    shutil.rmtree(region.machine.directory(region.part(REPLICA)) / "data")
    region.up(REPLICA)


def is_alone(region: Tier) -> bool:
    return superuser(region, PRIMARY, "SHOW synchronous_standby_names") == [("",)]


def test_a_changed_design_is_reloaded_or_asks_for_a_restart(region: Tier) -> None:
    region.up(PRIMARY)
    recipe = PostgresRecipe()
    old, machine = postgres(region, PRIMARY), region.machine
    changes = (
        (replace(old, databases=("shop", "ledger"), synchronous=()), False),
        (replace(old, max_connections=150), True),
    )
    for part, needs_restart in changes:
        parts = (part, *machine.design.parts[1:])
        region.machine = replace(machine, design=replace(machine.design, parts=parts))
        region.write(PRIMARY)
        assert recipe.needs_restart(part, region.machine) is needs_restart
        if not needs_restart:
            region.processes[PRIMARY].send_signal(1)
            recipe.settle(part, region.machine)
            within(60, "it is reloaded", lambda: is_alone(region))
            assert region.sql(PRIMARY, "SELECT 1", database="ledger") == [(1,)]


def test_a_replica_without_its_upstream_says_so_and_leaves_nothing(region: Tier) -> None:
    with pytest.raises(TargetError, match="replication slot"):
        region.prepare(REPLICA)
    folder = region.machine.directory(region.part(REPLICA))
    assert not [path.name for path in folder.iterdir() if path.name.startswith("data")]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account to run it under")
def test_a_folder_that_the_account_cannot_enter_is_named(region: Tier) -> None:
    region.machine.folder.chmod(0o700)
    with pytest.raises(TargetError, match="cannot reach"):
        region.prepare(PRIMARY)
    region.machine.folder.chmod(0o755)


def test_a_slot_goes_with_its_member_and_others_stay(region: Tier) -> None:
    region.up(PRIMARY)
    old, machine = postgres(region, PRIMARY), region.machine
    superuser(region, PRIMARY, "SELECT pg_create_physical_replication_slot('backups')")
    PostgresRecipe().settle(replace(old, members=old.members[:1]), machine)
    slots = superuser(region, PRIMARY, "SELECT slot_name FROM pg_replication_slots")
    assert sorted(slots) == [("backups",), ("us_east_1_postgres_2",)]


@pytest.mark.faults
def test_an_old_primary_is_fenced_and_comes_back_as_a_replica(region: Tier) -> None:
    region.up(PRIMARY, STANDBY, REPLICA)
    write_items(region, 10)
    region.kill(PRIMARY)
    primacy.claim(region.machine.folder, Claim(name=STANDBY, term=1))
    superuser(region, STANDBY, "SELECT pg_promote()")
    region.recipe(STANDBY).settle(region.part(STANDBY), region.machine)
    region.launch(PRIMARY)
    assert region.processes.pop(PRIMARY).wait(timeout=60) == 1
    write_items(region, 5, to=STANDBY)
    region.up(PRIMARY)
    within(60, "it follows the new one", lambda: has_rows(region, PRIMARY, 15))
    with pytest.raises(psycopg.Error, match="read-only"):
        write_items(region, 1)
