"""`backup` and `restore`, without a platform that has any."""

from pathlib import Path

import pytest
from cli.doubles import DESIGN, FILE

from groundplan.cli import main
from groundplan.targets.local.folder import Folder, folder_of


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GROUNDPLAN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "platform.yaml").write_text(FILE)
    return folder_of("shop", "production")


@pytest.mark.parametrize("words", [["backup", "list"], ["restore", "--to", "latest"]])
def test_what_is_not_built_has_no_backups(
    words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    assert "is not built here, so it has no backups" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["backup", "list"], ["backup", "run"], ["restore", "--to", "latest", "--yes"]]
)
def test_a_file_without_backups_says_what_to_write(
    words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Folder(folder).create()
    Folder(folder).record(DESIGN)
    assert main(words) == 4
    assert "write backup.database" in capsys.readouterr().err
