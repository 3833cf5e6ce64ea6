"""The agent has the number of replicas changed, and says what it cannot."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from data_plane import EAST, WEST, data_plane

from groundplan.agent.catalogue.table import KINDS
from groundplan.agent.voice import Voice
from groundplan.agent.watching.scaler import Scaler
from groundplan.design.scaling import Scaling
from groundplan.errors import TargetError
from groundplan.operations.scaling.scale import Scale
from groundplan.ports.fleets import Fleet, Room
from groundplan.ports.folder import DESIGN
from groundplan.ports.journal import Json
from groundplan.targets.local.primacy import move_home

HERE, THERE = f"{EAST}/shop", f"{WEST}/shop"


@dataclass
class Said:
    """Replicas that use what a test says, and who is asked to scale."""

    cores: float = 0.0
    spare: float = 64.0
    is_held: bool = False
    started: list[tuple[str, Mapping[str, Json], str]] = field(default_factory=list)

    def look(self) -> Mapping[str, Fleet]:
        one = Fleet(number=2, standing=2, seen=2, cores=self.cores, bytes=1)
        return {HERE: one, THERE: replace(one, cores=1.0)}

    def room(self) -> Room:
        return Room(cores=self.spare, bytes=2**40)

    def stand(self, wanted: Mapping[str, int]) -> dict[str, list[int]]:
        raise AssertionError("the operation does that")

    def start(self, kind: str, arguments: Mapping[str, Json], why: str) -> str:
        if self.is_held:
            raise TargetError(part="lock", doing="taking it", why="a restore holds it", try_="wait")
        self.started.append((kind, arguments, why))
        return "scale-1"


@pytest.fixture
def said() -> Said:
    return Said(cores=1.0)


@pytest.fixture
def scaler(tmp_path: Path, said: Said) -> Scaler:
    design = replace(
        data_plane("127.67"), scaling=(Scaling(service="shop", least=1, most=9, cores=0.5),)
    )
    design = replace(design, recovery=replace(design.recovery, replicas_max=9))
    (tmp_path / DESIGN).write_bytes(design.to_json())
    return Scaler(tmp_path, Voice(), said.start, said)


def test_it_has_scaled_what_needs_it(scaler: Scaler, said: Said) -> None:
    scaler.turn(0.0)
    assert said.started == []
    said.cores = 2.0
    scaler.turn(15.0)
    ((kind, arguments, why),) = said.started
    assert arguments["wanted"] == {HERE: 4}
    assert "us-east-1/shop uses 2.00 cores; 0.50 for each replica is wanted" in why
    asked = KINDS[kind].read(kind, json.dumps(dict(arguments)))
    assert asked == Scale(**arguments)


def test_a_home_that_carries_two_regions_is_not_made_smaller(
    scaler: Scaler, said: Said, tmp_path: Path
) -> None:
    move_home(tmp_path, WEST)
    scaler.turn(0.0)
    ((_, arguments, _),) = said.started
    assert arguments["wanted"] == {THERE: 3}


def test_what_the_machine_cannot_carry_is_said(scaler: Scaler, said: Said) -> None:
    said.cores, said.spare = 3.0, 0.6
    scaler.turn(0.0)
    ((_, arguments, _),) = said.started
    assert arguments["wanted"] == {HERE: 3}
    assert f"{HERE} 3" in scaler._voice.troubles["scaling: no room"]
    said.cores = 1.0
    scaler.turn(15.0)
    assert scaler._voice.troubles == {}


def test_who_holds_the_platform_is_named_when_it_takes_long(scaler: Scaler, said: Said) -> None:
    said.cores, said.is_held = 2.0, True
    scaler.turn(0.0)
    assert scaler._voice.troubles == {}
    scaler.turn(15.0)
    assert scaler._voice.troubles == {"scaling": "a restore holds it"}
    said.is_held = False
    scaler.turn(30.0)
    assert scaler._voice.troubles == {}
    assert len(said.started) == 1


def test_where_nothing_follows_its_load_nothing_is_looked_at(
    scaler: Scaler, said: Said, tmp_path: Path
) -> None:
    (tmp_path / DESIGN).write_bytes(data_plane("127.67").to_json())
    said.cores = 9.0
    scaler.turn(0.0)
    assert said.started == []
    (tmp_path / DESIGN).write_text("{")
    scaler.turn(15.0)
    assert "scaling" in scaler._voice.troubles
