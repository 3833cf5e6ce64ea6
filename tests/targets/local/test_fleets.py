"""Replicas of this machine as scaling sees them, and the file that keeps their number."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from data_plane import EAST, WEST, data_plane

from groundplan.design.scale import numbers
from groundplan.design.scaling import Scaling
from groundplan.ports.folder import SCALE
from groundplan.targets.local import scale
from groundplan.targets.local.delivery.fleets import LocalFleets
from groundplan.targets.local.delivery.usage import Times
from groundplan.targets.local.folder import Folder
from groundplan.targets.local.primacy import move_home
from groundplan.targets.local.processes.supervisor import Running, Supervisor

HERE = f"{EAST}/shop"
DESIGN = replace(
    data_plane("127.66"), scaling=(Scaling(service="shop", least=1, most=5, cores=0.1),)
)


def is_this(name: str) -> Running:
    return Running(name=name, state="running", pid=os.getpid(), since=0.0, why="")


@pytest.fixture
def fleets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalFleets:
    """Two of the three replicas in the east are this process; the clock passes as we say."""
    Folder(tmp_path).create()
    Folder(tmp_path).record(DESIGN)
    names = (f"{EAST}/shop-1", f"{EAST}/shop-canary-1")
    monkeypatch.setattr(Supervisor, "programs", lambda _: {name: is_this(name) for name in names})
    seconds = iter(range(0, 10_000, 10))
    return LocalFleets(tmp_path, _times=Times(clock=lambda: float(next(seconds))))


def test_all_versions_count_by_what_they_use(fleets: LocalFleets) -> None:
    first = fleets.look()
    assert set(first) == {HERE, f"{WEST}/shop"}
    assert (first[HERE].number, first[HERE].standing) == (2, 3)
    assert first[HERE].seen == 1, "processor time is told from the second look on"
    sum(range(2_000_000))
    again = fleets.look()[HERE]
    assert again.seen == 2
    assert 0 < again.cores < 1
    assert again.bytes > 2**20
    room = fleets.room()
    assert room.cores <= (os.cpu_count() or 1)
    assert room.bytes >= 0


def test_what_does_not_follow_its_load_is_not_looked_at(fleets: LocalFleets) -> None:
    Folder(fleets.folder).record(replace(DESIGN, scaling=()))
    assert fleets.look() == {}
    (fleets.folder / "applied.json").unlink()
    assert fleets.look() == {}
    assert fleets.stand({HERE: 4}) == {}


def test_the_number_is_kept_for_the_next_up(tmp_path: Path) -> None:
    assert numbers(scale.needed(DESIGN, tmp_path)) == numbers(DESIGN)
    scale.keep(tmp_path, {HERE: 4})
    scale.keep(tmp_path, {"elsewhere/shop": 9})
    assert numbers(scale.needed(DESIGN, tmp_path))[HERE] == 4
    lower = replace(DESIGN, scaling=(replace(DESIGN.scaling[0], most=3),))
    assert numbers(scale.needed(lower, tmp_path))[HERE] == 3, "the file has the last word"
    assert numbers(scale.needed(replace(DESIGN, scaling=()), tmp_path)) == numbers(DESIGN)
    wide = replace(DESIGN, recovery=replace(DESIGN.recovery, replicas_max=9))
    move_home(tmp_path, WEST)
    assert numbers(scale.needed(wide, tmp_path)) == {HERE: 4, f"{WEST}/shop": 3}
    scale.forget(tmp_path)
    assert numbers(scale.needed(DESIGN, tmp_path)) == numbers(DESIGN)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": "b"}', '{"a": null}', "3"])
def test_a_file_that_is_damaged_scales_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / SCALE).write_text(text)
    assert scale.known(tmp_path) == {}
    scale.keep(tmp_path, {HERE: 3})
    assert scale.known(tmp_path) == {HERE: 3}
