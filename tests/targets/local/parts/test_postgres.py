"""PostgreSQL's files and data directory, without a server."""

from dataclasses import replace
from pathlib import Path

import pytest
from data_tier import PRIMARY, REPLICA, STANDBY, compare_with_golden, data_tier, machine_in

from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.postgres import PostgresRecipe
from groundplan.targets.local.parts.postgres_files import has_statements

GOLDEN = Path(__file__).parents[3] / "golden" / "local" / "postgres"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return machine_in(tmp_path, data_tier())


def primary(machine: Machine) -> Postgres:
    part = machine.design.part(PRIMARY)
    assert isinstance(part, Postgres)
    return part


def data_directory(machine: Machine, *, version: str) -> Path:
    data = machine.directory(primary(machine)) / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text(f"{version}\n")
    return data


@pytest.mark.parametrize("name", [PRIMARY, STANDBY, REPLICA])
def test_files_are_as_the_design_says(name: str, machine: Machine, update: bool) -> None:
    ident = machine.directory(primary(machine)) / "pg_ident.conf"
    assert not ident.exists()
    compare_with_golden(name, machine, GOLDEN / name.rpartition("/")[2], update=update)


def test_a_built_data_directory_is_left_alone_and_leftovers_go(machine: Machine) -> None:
    data = data_directory(machine, version="15")
    (data.parent / "data.new.4711").mkdir()
    PostgresRecipe().prepare(primary(machine), machine)
    assert sorted(path.name for path in data.parent.iterdir()) == ["data", "run"]
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_an_old_data_directory_names_both_versions(machine: Machine) -> None:
    data_directory(machine, version="13")
    with pytest.raises(TargetError, match="old PostgreSQL data directory") as caught:
        PostgresRecipe().prepare(primary(machine), machine)
    assert "made by PostgreSQL 13, the file asks for 15" in caught.value.why
    assert "pg_upgrade" in caught.value.try_


def test_files_of_somebody_else_are_not_taken_for_a_database(machine: Machine) -> None:
    data = data_directory(machine, version="15")
    (data / "PG_VERSION").rename(data / "holiday.jpg")
    with pytest.raises(TargetError, match="no PostgreSQL data"):
        PostgresRecipe().prepare(primary(machine), machine)


def test_a_socket_path_that_is_too_long_is_told_before_anything_is_built(tmp_path: Path) -> None:
    machine = machine_in(tmp_path / ("x" * 90), data_tier())
    with pytest.raises(TargetError, match="longer than 107 bytes"):
        PostgresRecipe().prepare(primary(machine), machine)
    assert not machine.directory(primary(machine)).exists()


def test_a_path_with_quotes_and_blanks_is_quoted(tmp_path: Path) -> None:
    machine = machine_in(tmp_path / "it's here", data_tier())
    files = PostgresRecipe().files(primary(machine), machine)
    conf = next(file.text for file in files if file.path == "postgresql.conf")
    assert f"data_directory = '{tmp_path}/it''s here/parts/{PRIMARY}/data'" in conf


def test_a_server_that_is_not_installed_names_its_package(machine: Machine) -> None:
    part = replace(primary(machine), version="9")
    with pytest.raises(TargetError, match="apt-get install postgresql-9"):
        PostgresRecipe().files(part, machine)


def test_a_server_that_is_not_there_says_so(machine: Machine) -> None:
    why = PostgresRecipe().probe(primary(machine), machine)
    assert why is not None
    assert why.startswith("it does not answer on its socket")


def test_debian_ships_the_statement_statistics() -> None:
    assert has_statements("15")
