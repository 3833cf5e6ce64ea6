"""What a gateway is told: golden files, and what Envoy itself says of them."""

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from data_plane import CANARY, EAST, GATEWAYS, STABLE, data_plane, machine_in, shop, weighted

from groundplan.design.parts import Gateway
from groundplan.design.routes import Ways
from groundplan.targets.local.files import Reading
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.gateway import GatewayRecipe
from groundplan.targets.local.processes import launch

GOLDEN = Path(__file__).parents[3] / "golden" / "local" / "gateway"
RECIPE = GatewayRecipe()
GATEWAY = GATEWAYS[0]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return machine_in(tmp_path, data_plane())


def gateway(machine: Machine) -> Gateway:
    part = machine.design.part(GATEWAY)
    assert isinstance(part, Gateway)
    return part


def texts(machine: Machine) -> dict[str, str]:
    return {file.path: file.text for file in RECIPE.files(gateway(machine), machine)}


def hosts(machine: Machine, subset: str) -> list[list[tuple[str, str]]]:
    """Address and health of a subset's endpoints, by priority."""
    file = yaml.safe_load(texts(machine)[f"live/endpoints/shop.{subset}.yaml"])
    (assignment,) = file["resources"]
    return [[_host(found) for found in group["lb_endpoints"]] for group in assignment["endpoints"]]


def _host(found: dict[str, Any]) -> tuple[str, str]:
    address = found["endpoint"]["address"]["socket_address"]["address"]
    return address, found.get("health_status", "")


def changed(one: Machine, other: Machine) -> list[str]:
    before, after = texts(one), texts(other)
    return [path for path in after if before.get(path) != after[path]]


def test_files_are_as_approved(machine: Machine, update: bool) -> None:
    if update:
        for path, text in texts(machine).items():
            (GOLDEN / path).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / path).write_text(text)
    approved = {
        str(path.relative_to(GOLDEN)): path.read_text()
        for path in GOLDEN.rglob("*")
        if path.is_file()
    }
    assert texts(machine) == approved


def test_envoy_accepts_its_files(machine: Machine) -> None:
    part = gateway(machine)
    launch.write(part, RECIPE, machine)
    result = subprocess.run(
        (*RECIPE.command(part, machine), "--mode", "validate"),
        cwd=RECIPE.workdir(part, machine),
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]


def test_envoy_accepts_a_lease(machine: Machine) -> None:
    part = gateway(machine)
    leased = tuple(replace(route, lease_until=1_900_000_000) for route in part.routes)
    design = machine.design
    parts = tuple(replace(part, routes=leased) if each == part else each for each in design.parts)
    machine = replace(machine, design=replace(design, parts=parts))
    (table,) = yaml.safe_load(texts(machine)["live/routes.yaml"])["resources"]
    over, _, reads, *_ = table["virtual_hosts"][0]["routes"]
    assert over["route"]["cluster"] == "shop/stable"
    assert "1900000000" in str(reads["typed_per_filter_config"])
    test_envoy_accepts_its_files(machine)


def test_envoy_accepts_every_way_to_a_new_version(machine: Machine) -> None:
    ways = Ways(
        cookie="shop-side", cookie_seconds=60, header="x-new", value="1", mirror=9, mirror_up_to=10
    )
    part = gateway(machine)
    new = replace(
        part,
        routes=tuple(replace(each, lease_until=1_900_000_000, ways=ways) for each in part.routes),
        upstreams=tuple(replace(each, ways=ways) for each in part.upstreams),
    )
    parts = tuple(new if each == part else each for each in machine.design.parts)
    machine = replace(machine, design=replace(machine.design, parts=parts))
    assert hosts(machine, "testers") == hosts(machine, "mirror") == [[("127.60.10.3", "")]]
    assert RECIPE.instances(new) == RECIPE.instances(part) + 2
    test_envoy_accepts_its_files(machine)


def test_only_the_bootstrap_needs_a_start(machine: Machine) -> None:
    files = RECIPE.files(gateway(machine), machine)
    assert [file.path for file in files if file.reading is not Reading.LIVE] == ["envoy.yaml"]
    assert RECIPE.instances(gateway(machine)) == len(files) - 1  # it follows all others


def test_new_weights_are_one_file(machine: Machine) -> None:
    shifted = replace(machine, design=weighted(machine.design, GATEWAY, 50))
    assert changed(machine, shifted) == ["live/routes.yaml"]


def test_new_replica_is_the_files_of_those_it_serves(machine: Machine) -> None:
    new = shop(f"{EAST}/shop-3", "127.60.10.7")
    design = machine.design
    grown = replace(machine, design=replace(design, parts=(*design.parts, new)))
    assert changed(machine, grown) == [
        "live/endpoints/shop.stable.yaml",
        "live/endpoints/shop.canary.yaml",
    ]


def test_draining_replica_keeps_its_place_and_gets_nothing(machine: Machine) -> None:
    draining = replace(machine, draining=frozenset({STABLE[0]}))
    assert hosts(draining, "stable")[0] == [("127.60.10.1", "DRAINING"), ("127.60.10.2", "")]


def test_subsets_that_carry_traffic_stand_in_for_each_other(machine: Machine) -> None:
    stable, canary = [("127.60.10.1", ""), ("127.60.10.2", "")], [("127.60.10.3", "")]
    assert hosts(machine, "stable") == [stable, canary]
    assert hosts(machine, "canary") == [canary, stable]


def test_version_without_weight_stands_in_for_nobody(machine: Machine) -> None:
    dark = replace(machine, design=weighted(machine.design, GATEWAY, 0))
    assert hosts(dark, "stable")[1] == []


def test_subset_without_replicas_is_served_by_the_others(machine: Machine) -> None:
    parts = tuple(part for part in machine.design.parts if part.name != CANARY)
    alone = replace(machine, design=replace(machine.design, parts=parts))
    assert hosts(alone, "canary") == [[], [("127.60.10.1", ""), ("127.60.10.2", "")]]


def test_writes_are_never_repeated_after_a_reset(machine: Machine) -> None:
    (table,) = yaml.safe_load(texts(machine)["live/routes.yaml"])["resources"]
    reads, writes, _ = table["virtual_hosts"][0]["routes"]
    assert "headers" in reads["match"]
    assert "headers" not in writes["match"]
    assert writes["route"]["retry_policy"]["retry_on"] == "connect-failure,refused-stream"


def test_gateway_that_does_not_run_says_so(machine: Machine) -> None:
    why = RECIPE.probe(replace(gateway(machine), admin_port=1), machine)
    assert why is not None
    assert "127.60.0.1:1 does not answer" in why
