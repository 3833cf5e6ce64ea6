"""The databases' adapter where no server runs: what is seen, who is named, who is ended."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from data_tier import PRIMARY, REPLICA, SITE, STANDBY, data_tier, machine_in

from groundplan.errors import TargetError
from groundplan.ports.databases import Claim, Vantage
from groundplan.ports.regions import Regions
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.processes.supervisor import Supervisor
from groundplan.targets.local.recovery import asking
from groundplan.targets.local.recovery.databases import LocalDatabases
from groundplan.targets.local.recovery.regions import LocalRegions


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return machine_in(tmp_path, data_tier("127.58"))


@pytest.fixture
def databases(machine: Machine) -> Iterator[LocalDatabases]:
    found = LocalDatabases(machine, Supervisor(machine.folder))
    yield found
    found.close()


def test_who_does_not_answer_is_seen_with_the_reason(databases: LocalDatabases) -> None:
    assert databases.names() == (PRIMARY, STANDBY, REPLICA)
    assert databases.region_of(STANDBY) == SITE
    for sight in databases.look():
        assert not sight.answers
        assert "refused" in sight.why
        assert not sight.is_fenced
    assert databases.reach("elsewhere") == ()
    assert databases.reach(SITE) == (Vantage(place="here", reached=()),)


def test_a_claim_outlives_who_made_it(databases: LocalDatabases, machine: Machine) -> None:
    assert databases.claim() == Claim(name=PRIMARY, term=0)
    databases.name_primary(Claim(name=STANDBY, term=1))
    again = LocalDatabases(machine, Supervisor(machine.folder))
    assert again.claim() == Claim(name=STANDBY, term=1)
    again.close()
    (machine.directory(machine.design.part(PRIMARY)) / "data").mkdir(parents=True)
    assert [sight.is_fenced for sight in databases.look()] == [True, False, False]


def test_fencing_ends_what_works_in_the_data_directory_and_nothing_else(
    databases: LocalDatabases, machine: Machine
) -> None:
    data = machine.directory(machine.design.part(PRIMARY)) / "data"
    data.mkdir(parents=True)
    with (
        subprocess.Popen(("sleep", "60"), cwd=data) as ours,
        subprocess.Popen(("sleep", "60"), cwd=machine.folder) as other,
    ):
        os.kill(ours.pid, 19)  # a stopped process ends, too
        databases.fence(PRIMARY)
        databases.fence(PRIMARY)
        assert ours.wait(timeout=60) == -9
        assert other.poll() is None
        other.kill()


def test_what_is_asked_of_a_server_that_does_not_run_is_refused_in_words(
    databases: LocalDatabases,
) -> None:
    for ask in (
        lambda: databases.promote(STANDBY),
        lambda: databases.follow(REPLICA, STANDBY),
        lambda: databases.confirm_by(PRIMARY, (STANDBY,)),
    ):
        with pytest.raises(TargetError) as caught:
            ask()
        assert caught.value.try_.startswith("groundplan logs")


def test_nobody_greets_at_a_closed_door() -> None:
    assert "refused" in str(asking.knock("127.58.9.9", 5432, seconds=0.2))


def test_home_moves_though_no_edge_runs(machine: Machine) -> None:
    regions: Regions = LocalRegions(machine, Supervisor(machine.folder))
    assert regions.home() == SITE
    regions.move_home("ca-central-1")
    assert LocalRegions(machine, Supervisor(machine.folder)).home() == "ca-central-1"
