"""The configuration in git: a version for each change, and none without one."""

import subprocess
from pathlib import Path

import pytest

from groundplan.errors import TargetError
from groundplan.targets.local.history import History


def test_each_change_is_a_version_and_a_repetition_is_none(tmp_path: Path) -> None:
    history = History(tmp_path / "configuration")
    assert history.keep({"platform.yaml": "platform: shop\n", "design.json": "{}"}, "first")
    assert not history.keep({"platform.yaml": "platform: shop\n", "design.json": "{}"}, "again")
    assert history.keep({"shop.yaml": "platform: shop # 2\n", "design.json": "{}"}, "second")
    assert history.versions() == ("second", "first")
    folder = tmp_path / "configuration"
    shown = subprocess.run(
        ("git", "show", "HEAD~1:platform.yaml"), cwd=folder, capture_output=True, check=True
    )
    assert shown.stdout == b"platform: shop\n"
    assert sorted(path.name for path in folder.iterdir()) == [".git", "design.json", "shop.yaml"]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_git_variables_of_whoever_asks_lead_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert History(tmp_path / "own").keep({"platform.yaml": "a"}, "first")
    assert not (tmp_path / "elsewhere").exists()


def test_a_repository_that_is_damaged_is_named(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.keep({"platform.yaml": "a"}, "first")
    (tmp_path / ".git" / "HEAD").write_text("nonsense")
    with pytest.raises(TargetError, match="not a git repository"):
        history.keep({"platform.yaml": "b"}, "second")
