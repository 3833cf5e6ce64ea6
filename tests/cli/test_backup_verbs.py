"""`backup` and `restore`, without a platform that has any."""

from pathlib import Path

import pytest
from cli.doubles import DESIGN, FILE

from groundplan.cli import main
from groundplan.cli.screen import Screen
from groundplan.cli.session import Session
from groundplan.cli.share import shown
from groundplan.cli.share import thread as started
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


def test_the_thread_of_a_command_does_and_tells(capsys: pytest.CaptureFixture[str]) -> None:
    session = Session(screen=Screen(verbose=True))
    thread = started(session)
    assert thread.step("count", lambda: 3) == 3
    thread.sleep(0)
    assert thread.wait_for_signal(0) is None
    thread.tell("backs up", because="it is due")
    said = capsys.readouterr().err
    assert "count" in said
    assert "backs up: it is due" in said
    assert thread.now() > 0
    assert thread.operation != started(session).operation


def test_a_share_is_drawn_only_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(Screen()) as draw:
        draw("restoring", 0.5)
    assert capsys.readouterr().err == ""
