"""Copies of code go when nobody needs them: never what runs, or what an undo brings back."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from data_plane import data_plane

from groundplan.agent.catalogue import standing
from groundplan.agent.catalogue.kept import Before, Rolling, keep, note
from groundplan.agent.catalogue.pruning import SPARE, prune
from groundplan.design.design import Design
from groundplan.design.parts import Service
from groundplan.design.release import release_of, without_canary
from groundplan.design.standing import Says, Standing
from groundplan.targets.local.folder import Folder
from tests.agent.test_releasing import PLAN


def running(path: Path) -> Design:
    """The shop, from that folder."""
    design = without_canary(data_plane(), "shop")
    parts = tuple(
        replace(part, process=replace(part.process, workdir=str(path)))
        if isinstance(part, Service)
        else part
        for part in design.parts
    )
    return replace(design, parts=parts)


@pytest.fixture
def trees(tmp_path: Path) -> Path:
    """Twelve trees, the first ones the oldest; all older than an hour but the last."""
    into = tmp_path / "releases" / "trees"
    for number in range(12):
        (into / f"tree-{number:02}").mkdir(parents=True)
        age = 7200 + 100 * (12 - number) if number < 11 else 0
        os.utime(into / f"tree-{number:02}", (0, time.time() - age))
    return into


def test_what_runs_and_what_an_undo_needs_stays(tmp_path: Path, trees: Path) -> None:
    folder = Folder(tmp_path)
    folder.create()
    folder.want(running(trees / "tree-00"), tmp_path)
    folder.record(running(trees / "tree-01"))
    before = release_of(running(trees / "tree-02"), "shop")
    asked = keep(tmp_path, Rolling(plan=PLAN, release=before, source="/"))
    note(tmp_path, Before(release=asked.release))
    said = Says(version="1", directory=".", section="x")
    stands = Standing(says=said, version="1", directory=".", tree=str(trees / "tree-03"))
    standing.write(tmp_path, {"shop": stands})
    prune(tmp_path)
    left = sorted(int(each.name.removeprefix("tree-")) for each in trees.iterdir())
    assert left[:4] == [0, 1, 2, 3]
    assert left[4:] == list(range(12 - SPARE, 12))


def test_without_knowing_what_is_needed_nothing_goes(tmp_path: Path, trees: Path) -> None:
    prune(tmp_path)
    assert len(list(trees.iterdir())) == 12
