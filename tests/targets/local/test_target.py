"""What `up` writes down, where no part has to change."""

from dataclasses import replace
from pathlib import Path

from data_tier import data_tier

from groundplan.design.backups import Backups
from groundplan.design.design import Design
from groundplan.ports.folder import DESIGN
from groundplan.targets.local.target import LocalTarget


def test_a_change_that_no_part_shows_takes_effect(tmp_path: Path) -> None:
    design = replace(data_tier(), parts=())
    target = LocalTarget(tmp_path / "shop", tmp_path)
    for backups in (Backups(), Backups(configuration="backups/configuration")):
        wanted = replace(design, backups=backups)
        assert target.up(wanted, lambda progress: None).is_empty
        assert Design.from_json((tmp_path / "shop" / DESIGN).read_bytes()) == wanted
        assert target.applied() == wanted
