"""What the edge is told: golden files, and what nginx itself says of them."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from data_plane import EDGE, data_plane, machine_in

from groundplan.design.parts import Edge, Waf
from groundplan.errors import TargetError
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.edge import EdgeRecipe, required
from groundplan.targets.local.parts.nginx.config import nginx_conf, version
from groundplan.targets.local.primacy import move_home
from groundplan.targets.local.processes import launch
from groundplan.targets.local.processes.programs import NGINX, find

GOLDEN = Path(__file__).parents[3] / "golden" / "local" / "edge"
RECIPE = EdgeRecipe()
WAF = Waf(sqli=True, xss=True, rate_requests=2000, rate_seconds=300)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return machine_in(tmp_path, data_plane(waf=WAF))


def edge(machine: Machine) -> Edge:
    part = machine.design.part(EDGE)
    assert isinstance(part, Edge)
    return part


def test_files_are_as_approved(machine: Machine, update: bool) -> None:
    found = {}
    for file in RECIPE.files(edge(machine), machine):
        text = file.text.replace(str(find(NGINX)), "{nginx}")
        found[file.path] = re.sub(r"^user .*\n", "", text, flags=re.MULTILINE)
    if update:
        GOLDEN.mkdir(parents=True, exist_ok=True)
        for path, text in found.items():
            (GOLDEN / path).write_text(text)
    assert found == {path.name: path.read_text() for path in GOLDEN.iterdir()}


@pytest.mark.parametrize(
    "waf",
    [
        Waf(),
        Waf(sqli=True),
        Waf(xss=True),
        Waf(rate_requests=1, rate_seconds=3600),
        WAF,
    ],
    ids=["open", "sqli", "xss", "limited", "all"],
)
def test_nginx_accepts_its_files(machine: Machine, waf: Waf) -> None:
    part = replace(edge(machine), waf=waf, port=18999)
    launch.write(part, RECIPE, machine)
    folder = machine.directory(part)
    result = subprocess.run(
        (str(find(NGINX)), "-t", "-p", f"{folder}/", "-c", "nginx.conf"),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "[warn]" not in result.stderr
    assert "[emerg]" not in result.stderr


def test_first_region_is_the_default_and_the_others_stand_in(machine: Machine) -> None:
    text = nginx_conf(edge(machine), user=None)
    assert "default us-east-1;" in text
    gate = text[text.index("upstream gate_us-east-1") :]
    gate = gate[: gate.index("}")]
    assert "server 127.60.0.1:8080 max_fails=1 fail_timeout=2s;" in gate
    assert "server 127.60.1.1:8080 max_fails=1 fail_timeout=2s backup;" in gate


def test_home_region_is_the_default_since_it_was_moved(machine: Machine) -> None:
    def text() -> str:
        files = RECIPE.files(edge(machine), machine)
        return next(file.text for file in files if file.path == "nginx.conf")

    before = text()
    move_home(machine.folder, "us-east-1")
    assert text() == before
    move_home(machine.folder, edge(machine).gates[1].region)
    assert f"default {edge(machine).gates[1].region};" in text()
    move_home(machine.folder, "a region that is gone")
    assert text() == before


def test_limit_lets_a_whole_period_through_at_once(machine: Machine) -> None:
    text = nginx_conf(edge(machine), user=None)
    assert "rate=400r/m;" in text
    assert "burst=1999 nodelay;" in text


def test_limit_too_slow_for_nginx_is_one_a_minute(machine: Machine) -> None:
    slow = replace(edge(machine), waf=Waf(rate_requests=10, rate_seconds=3600))
    assert "rate=1r/m;" in nginx_conf(slow, user=None)


def test_open_edge_loads_no_module(machine: Machine) -> None:
    opened = replace(edge(machine), waf=Waf())
    assert [file.path for file in RECIPE.files(opened, machine)] == ["run.sh", "nginx.conf"]
    assert "load_module" not in nginx_conf(opened, user=None)


def test_version_changes_with_the_rules_but_not_with_the_account(machine: Machine) -> None:
    part = edge(machine)
    versions = {version(replace(part, waf=replace(WAF, xss=xss))) for xss in (True, False)}
    assert len(versions) == 2
    assert version(part) in nginx_conf(part, user="www-data")
    assert version(part) in nginx_conf(part, user=None)


def test_missing_module_names_its_package(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(TargetError) as refused:
        required(edge(machine), tmp_path / "module.so", package="libnginx-mod-http-modsecurity")
    assert "apt-get install libnginx-mod-http-modsecurity" in refused.value.try_


def test_edge_that_does_not_run_says_so(machine: Machine) -> None:
    why = RECIPE.probe(replace(edge(machine), port=1), machine)
    assert why is not None
    assert "127.60.9.9:1 does not answer" in why
