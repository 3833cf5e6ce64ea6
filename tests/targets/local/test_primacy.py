"""Who is the primary since the last failover, and whom that keeps from starting."""

import subprocess
from pathlib import Path

import pytest
from data_tier import PRIMARY, REPLICA, STANDBY, data_tier, machine_in

from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.ports.databases import Claim
from groundplan.targets.local import primacy
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.postgres import PostgresRecipe

RECIPE = PostgresRecipe()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return machine_in(tmp_path, data_tier())


def part(machine: Machine, name: str) -> Postgres:
    found = machine.design.part(name)
    assert isinstance(found, Postgres)
    return found


def with_data(machine: Machine, name: str, *, is_standby: bool) -> Path:
    data = machine.directory(part(machine, name)) / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("15\n")
    if is_standby:
        (data / primacy.STANDBY_SIGNAL).touch()
    return data


def started(machine: Machine, name: str) -> subprocess.CompletedProcess[str]:
    """What the start script does, with a PostgreSQL that only says that it was started."""
    script = next(f.text for f in RECIPE.files(part(machine, name), machine) if f.path == "run.sh")
    postgres = machine.folder / "postgres"
    postgres.write_text("#!/bin/sh\necho started\n")
    postgres.chmod(0o755)
    lines = [
        f"postgres='{postgres}'" if line.startswith("postgres=") else line
        for line in script.splitlines()
    ]
    return subprocess.run(
        ("/bin/sh", "-c", "\n".join(lines)),
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )


def test_without_a_failover_the_design_says_who_it_is(machine: Machine) -> None:
    assert primacy.claimed(machine.folder) is None
    assert primacy.leader(machine).name == PRIMARY
    with_data(machine, PRIMARY, is_standby=False)
    assert not primacy.is_fenced(part(machine, PRIMARY), machine)
    assert "started" in started(machine, PRIMARY).stdout


def test_since_a_failover_the_old_primary_does_not_start(machine: Machine) -> None:
    data = with_data(machine, PRIMARY, is_standby=False)
    primacy.claim(machine.folder, Claim(name=STANDBY, term=1))
    assert primacy.leader(machine).name == STANDBY
    refused = started(machine, PRIMARY)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"{PRIMARY} is fenced" in refused.stderr
    assert RECIPE.waits_for(part(machine, PRIMARY), machine) == (STANDBY,)
    why = RECIPE.why_down(part(machine, PRIMARY), machine)
    assert why == (
        f"it is fenced: {STANDBY} is the primary since term 1; it comes back as a replica"
    )
    (data / primacy.STANDBY_SIGNAL).touch()
    assert "started" in started(machine, PRIMARY).stdout
    assert RECIPE.why_down(part(machine, PRIMARY), machine) is None


def test_a_replica_that_was_away_at_the_failover_follows_the_new_primary(machine: Machine) -> None:
    data = with_data(machine, REPLICA, is_standby=True)
    auto = data / "postgresql.auto.conf"
    auto.write_text("work_mem = '8MB'\nprimary_conninfo = 'host=nobody'\n")
    RECIPE.prepare(part(machine, REPLICA), machine)
    assert "host=nobody" in auto.read_text(), "without a failover it is left alone"
    primacy.claim(machine.folder, Claim(name=STANDBY, term=1))
    RECIPE.prepare(part(machine, REPLICA), machine)
    lines = auto.read_text().splitlines()
    assert lines[0] == "work_mem = '8MB'"
    assert lines[1].startswith(f"primary_conninfo = 'host={part(machine, STANDBY).address} ")
    assert lines[2] == f"primary_slot_name = '{part(machine, REPLICA).member}'"


@pytest.mark.parametrize(
    "text", ["", "{", '{"term": 3}', f'{{"name": "{PRIMARY}0", "term": 1}}', '{"name":"x"}']
)
def test_a_damaged_file_lets_nobody_start_as_the_primary(machine: Machine, text: str) -> None:
    with_data(machine, PRIMARY, is_standby=False)
    primacy.primary_file(machine.folder).write_text(text)
    assert "fenced" in started(machine, PRIMARY).stderr


def test_the_new_primary_and_replicas_start(machine: Machine) -> None:
    primacy.claim(machine.folder, Claim(name=STANDBY, term=1))
    with_data(machine, STANDBY, is_standby=False)
    with_data(machine, REPLICA, is_standby=True)
    assert "started" in started(machine, STANDBY).stdout
    assert "started" in started(machine, REPLICA).stdout


def test_an_older_term_and_a_second_one_of_the_same_term_are_refused(machine: Machine) -> None:
    primacy.claim(machine.folder, Claim(name=STANDBY, term=2))
    primacy.claim(machine.folder, Claim(name=STANDBY, term=2))
    for late in (Claim(name=REPLICA, term=2), Claim(name=REPLICA, term=1)):
        with pytest.raises(TargetError, match="since term 2"):
            primacy.claim(machine.folder, late)
    assert primacy.claimed(machine.folder) == Claim(name=STANDBY, term=2)


def test_a_primary_whose_region_does_not_run_is_named(machine: Machine) -> None:
    primacy.claim(machine.folder, Claim(name="mars/postgres-1", term=1))
    with pytest.raises(TargetError, match="regions that are to run do not have it"):
        primacy.leader(machine)


def test_a_damaged_file_is_told_with_its_path(machine: Machine) -> None:
    primacy.primary_file(machine.folder).write_text("{")
    with pytest.raises(TargetError, match=r"primary\.json"):
        primacy.claimed(machine.folder)


def test_home_is_the_design_s_until_it_is_moved(machine: Machine) -> None:
    assert primacy.home(machine.folder) is None
    primacy.move_home(machine.folder, "ca-central-1")
    assert primacy.home(machine.folder) == "ca-central-1"
