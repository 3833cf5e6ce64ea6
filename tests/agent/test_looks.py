"""What a rollout saw is kept line by line, by whichever life of it."""

import os
import time
from pathlib import Path

import pytest

from groundplan.agent.catalogue import looks
from groundplan.agent.catalogue.looks import Looks, anew, read
from groundplan.errors import TargetError
from groundplan.operations.delivery.judge import Bound
from groundplan.operations.delivery.plan import Plan, Wave
from groundplan.operations.delivery.run import release
from groundplan.twin.journal import TwinJournal
from groundplan.twin.releases import Behaviour, TwinReleases

PLAN = Plan(
    service="shop",
    strategy="canary",
    weights=(20, 100),
    interval_seconds=10,
    waves=(Wave(regions=("us",), bake_seconds=10),),
    bounds=(Bound(name="error_rate", limit=0.01, ceiling=0.01),),
)


def rolled_out(folder: Path) -> None:
    releases = TwinReleases(
        regions=("us",),
        requests_per_second=300.0,
        canary=Behaviour.steady(0.0),
        stable=Behaviour.steady(0.0),
    )
    journal = TwinJournal(clock=releases.clock, operation="release-1")
    release(journal, releases, PLAN, keep=Looks(folder, "release-1").keep)


def test_it_is_read_back_and_decided_anew(tmp_path: Path) -> None:
    rolled_out(tmp_path)
    record = read(tmp_path, "release-1")
    assert record.beginning.rollout == "release-1"
    assert record.ticks[-1].decided[-1].phase == "done"
    assert anew(record) is None


def test_another_life_goes_on_behind_half_a_line(tmp_path: Path) -> None:
    rolled_out(tmp_path)
    path = tmp_path / "releases" / "looks" / "release-1.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    rolled_out(tmp_path)  # comes to the same lines, and writes those that are missing
    assert path.read_bytes() == whole


def test_what_nobody_kept_is_told(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="nothing is kept of it"):
        read(tmp_path, "release-2")
    path = tmp_path / "releases" / "looks" / "release-3.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("not json\n")
    with pytest.raises(TargetError, match="reading what release-3 saw"):
        read(tmp_path, "release-3")


def test_a_disk_that_refuses_keeps_nobody_from_releasing(tmp_path: Path) -> None:
    (tmp_path / "releases").write_text("no folder")
    rolled_out(tmp_path)


def test_old_ones_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "KEPT_FILES", 2)
    rolled_out(tmp_path)
    folder = tmp_path / "releases" / "looks"
    for number in range(4):
        (folder / f"old-{number}.jsonl").write_text("")
        os.utime(folder / f"old-{number}.jsonl", (number, time.time() - 3600 * number))
    (folder / "ancient.jsonl").write_text("")
    os.utime(folder / "ancient.jsonl", (0, 0))
    looks.forget(tmp_path)
    assert sorted(each.name for each in folder.iterdir()) == ["old-0.jsonl", "release-1.jsonl"]
