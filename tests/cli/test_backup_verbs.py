"""`backup` and `restore`, without a platform that has any."""

from pathlib import Path

import pytest
from cli.doubles import DESIGN, FILE
from data_tier import PRIMARY, data_tier

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


@pytest.fixture
def with_safety_copy(folder: Path) -> Path:
    """A platform whose database was restored in place once."""
    Folder(folder).create()
    Folder(folder).record(data_tier())
    aside = folder / "parts" / PRIMARY / "data.before.restore-k3m9pa"
    aside.mkdir(parents=True)
    (aside / "1").write_bytes(b"x" * 2**20)
    return aside


def test_what_a_restore_put_aside_is_listed_and_its_deletion_planned(
    with_safety_copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["backup", "forget", "--name", "restore-k3m9pa"]
    assert main([*words, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"would delete {with_safety_copy}, 1 MB")
    assert "it is the newest" in said
    assert main(words) == 1, "nobody can be asked"
    assert "--name restore-k3m9pa --yes" in capsys.readouterr().err
    assert main(["backup", "forget", "--name", "nobody"]) == 1
    assert "--name with one of: restore-k3m9pa" in capsys.readouterr().err
    assert with_safety_copy.exists()


@pytest.mark.parametrize("what", ["cache", "files", "configuration"])
def test_what_is_not_copied_is_not_brought_back(
    what: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Folder(folder).create()
    Folder(folder).record(DESIGN)
    into = str(tmp_path / "into")
    words = ["restore", "--what", what, "--to", "latest", "--into", into]
    assert main(words) == 1
    assert f"the file asks for no copies of the {what}" in capsys.readouterr().err


def test_a_full_folder_and_the_configuration_in_place_are_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Folder(folder).create()
    Folder(folder).record(DESIGN)
    words = ["restore", "--what", "configuration", "--to", "latest"]
    assert main(words) == 1
    assert "--what configuration --to latest --into DIR" in capsys.readouterr().err
    assert main([*words, "--into", str(tmp_path)]) == 1
    assert "is not empty" in capsys.readouterr().err


def test_a_name_is_of_one_kind_of_copies(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Folder(folder).create()
    Folder(folder).record(data_tier())
    assert main(["backup", "verify", "--what", "all"]) == 4
    assert "asks for no backups" in capsys.readouterr().err
    assert main(["backup", "verify", "--what", "all", "--name", "x"]) == 1
