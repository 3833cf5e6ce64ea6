"""A rendered folder: written in one step a file, compared, cleaned; foreign files are refused."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundplan.errors import SpecError
from groundplan.targets.cloud.files import File
from groundplan.targets.cloud.folder import Difference, compare, write
from groundplan.targets.cloud.manifest import NAME

ONE = File(path="gitops/a.yaml", text="a: 1\n", environment="live")
TWO = File(path="gitops/deep/b.yaml", text="b: 2\n", environment="test")
KEPT = File(path="gitops/version.yaml", text="v: 1\n", environment="live", is_kept=True)
ALL = (ONE, TWO, KEPT)


def signs(found: list[Difference] | Iterator[Difference]) -> list[str]:
    return [f"{d.sign}{'!' if d.is_edited else ''} {d.path}" for d in found]


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert signs(write(folder, ALL).changed) == [f"+ {file.path}" for file in ALL]
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert write(folder, ALL).changed == []
    assert signs(compare(folder, ALL)) == []
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(before) == 4


def test_edits_and_losses_are_seen(tmp_path: Path) -> None:
    write(tmp_path, ALL)
    (tmp_path / ONE.path).write_text("a: 1\nmine: true\n")
    (tmp_path / TWO.path).unlink()
    found = list(compare(tmp_path, ALL))
    assert signs(found) == [f"~! {ONE.path}", f"+ {TWO.path}"]
    assert "-mine: true" in found[0].diff
    assert signs(write(tmp_path, ALL).changed) == [f"~! {ONE.path}", f"+ {TWO.path}"]
    assert signs(compare(tmp_path, ALL)) == []


def test_what_a_release_rewrites_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, ALL)
    (tmp_path / KEPT.path).write_text("v: 2\n")
    assert signs(compare(tmp_path, ALL)) == []
    write(tmp_path, ALL)
    assert (tmp_path / KEPT.path).read_text() == "v: 2\n"


def test_stale_files_go_with_their_folders(tmp_path: Path) -> None:
    write(tmp_path, ALL)
    assert signs(compare(tmp_path, [ONE])) == [f"- {TWO.path}", f"- {KEPT.path}"]
    write(tmp_path, [ONE])
    assert not (tmp_path / "gitops" / "deep").exists()
    assert signs(compare(tmp_path, [ONE])) == []


def test_one_environment_leaves_the_others_alone(tmp_path: Path) -> None:
    write(tmp_path, ALL)
    write(tmp_path, [ONE], "live")
    assert (tmp_path / TWO.path).exists()
    assert not (tmp_path / KEPT.path).exists()
    assert signs(compare(tmp_path, [ONE, TWO])) == []


@pytest.mark.parametrize("name", ["notes.txt", "gitops/mine.yaml", ".hidden"])
def test_foreign_files_are_refused_before_a_byte_is_written(tmp_path: Path, name: str) -> None:
    foreign = tmp_path / name
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("mine")
    with pytest.raises(SpecError, match="RND001"):
        write(tmp_path, ALL)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [foreign]


def test_files_beside_ours_may_come_later(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, ALL)
    (tmp_path / "README.md").write_text("ours is gitops/")
    (tmp_path / "gitops" / ".terraform").mkdir()
    (tmp_path / "gitops" / ".terraform" / "x").write_text("")
    write(tmp_path, ALL)
    (tmp_path / "gitops" / "mine.yaml").write_text("mine")
    with pytest.raises(SpecError, match=r"gitops/mine\.yaml"):
        write(tmp_path, ALL)


def test_a_run_that_died_is_gone_on_with(tmp_path: Path) -> None:
    def dies() -> Iterator[File]:
        yield ONE
        yield TWO
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, dies())
    assert signs(write(tmp_path, ALL).changed) == [f"+ {KEPT.path}"]
    assert signs(compare(tmp_path, ALL)) == []


def test_a_manifest_cannot_reach_outside(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("")
    folder = tmp_path / "out"
    write(folder, [ONE])
    data = json.loads((folder / NAME).read_text())
    data["files"]["../victim"] = data["files"][ONE.path]
    data["files"][str(victim)] = data["files"][ONE.path]
    (folder / NAME).write_text(json.dumps(data))
    write(folder, [ONE])
    assert victim.exists()


def test_a_damaged_manifest_is_no_manifest(tmp_path: Path) -> None:
    write(tmp_path, [ONE])
    (tmp_path / NAME).write_text("[]")
    with pytest.raises(SpecError, match="RND001"):
        write(tmp_path, [ONE])
