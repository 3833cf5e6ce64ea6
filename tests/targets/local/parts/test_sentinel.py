"""Sentinel's file, without a server."""

from pathlib import Path

import pytest
from data_tier import SENTINELS, compare_with_golden, data_tier, machine_in

from groundplan.errors import TargetError
from groundplan.targets.local.files import Reading
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.sentinel import SentinelRecipe

GOLDEN = Path(__file__).parents[3] / "golden" / "local" / "sentinel"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return machine_in(tmp_path, data_tier())


def test_its_file_is_as_the_design_says(machine: Machine, update: bool) -> None:
    compare_with_golden(SENTINELS[0], machine, GOLDEN / "sentinel-1", update=update)


def test_its_file_is_written_once_because_sentinel_keeps_its_memory_there(
    machine: Machine,
) -> None:
    (file,) = SentinelRecipe().files(machine.design.part(SENTINELS[0]), machine)
    assert (file.reading, file.mode) == (Reading.ONCE, 0o600)


def test_a_sentinel_that_is_not_there_says_so(machine: Machine) -> None:
    part = machine.design.part(SENTINELS[0])
    assert (SentinelRecipe().probe(part, machine) or "").startswith("it does not answer")
    with pytest.raises(TargetError, match="how to watch cache"):
        SentinelRecipe().settle(part, machine)
