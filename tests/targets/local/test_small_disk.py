"""A folder whose disk is full, for real; what was written before and after is there."""

import os
from pathlib import Path

import pytest

from groundplan.errors import TargetError
from groundplan.targets.local.recovery import small_disk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / "archive").mkdir(parents=True)
    (folder / "archive" / "one").write_text("kept")
    return folder


@pytest.mark.skipif(os.geteuid() == 0, reason="as root it may be possible")
def test_without_root_it_is_said_and_nothing_is_changed(folder: Path) -> None:
    with pytest.raises(TargetError, match="needs root"):
        small_disk.fill(folder)
    small_disk.empty(folder)
    assert (folder / "archive" / "one").read_text() == "kept"


def full(folder: Path) -> None:
    """Skips visibly where no small disk can be mounted."""
    if os.geteuid() != 0:
        pytest.skip("a small disk cannot be mounted here: that needs root")
    try:
        small_disk.fill(folder)
    except TargetError as error:
        pytest.skip(f"a small disk cannot be mounted here: {error.why}")


def test_nothing_can_be_written_until_it_is_taken_away(folder: Path) -> None:
    full(folder)
    try:
        assert (folder / "archive" / "one").read_text() == "kept"
        with pytest.raises(OSError, match="No space left"):
            (folder / "archive" / "two").write_bytes(b"x" * 200_000)
        small_disk.fill(folder)
        (folder / small_disk.FILLER).unlink()
        (folder / "archive" / "late").write_text("written when there was room")
    finally:
        for _ in range(2):
            small_disk.empty(folder)
    assert not folder.is_mount()
    assert (folder / "archive" / "late").read_text() == "written when there was room"
    assert sorted(path.name for path in folder.parent.iterdir()) == ["repository"]
    assert small_disk.WHOLE not in [path.name for path in folder.iterdir()]


def test_half_a_copy_never_comes_back_over_the_whole(folder: Path) -> None:
    full(folder)
    (folder / small_disk.WHOLE).unlink()
    (folder / small_disk.FILLER).unlink()
    (folder / "archive" / "one").write_text("ha")
    small_disk.empty(folder)
    assert (folder / "archive" / "one").read_text() == "kept"
