"""A prompt in an empty folder, away from everybody's environment."""

from pathlib import Path

import pytest
from cli.doubles import FakeTarget, Prompt

COLOUR = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE")


@pytest.fixture
def prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Prompt:
    """Commands run in this process; what they build is a fake."""
    for name in COLOUR:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GROUNDPLAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    return Prompt(folder=folder, target=FakeTarget(folder=tmp_path / "built"), capture=capsys)
