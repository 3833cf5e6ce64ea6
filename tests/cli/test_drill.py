"""`drill`, `secrets` and `isolate`, as far as they go without an agent."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cli.doubles import DESIGN, FILE

from groundplan.cli import main
from groundplan.design.drills import Drill
from groundplan.targets.local.folder import Folder, folder_of

OUTAGE = Drill(name="regional-outage", title="Outage", kind="region", rto_seconds=60.0)
RESTORE = Drill(
    name="corruption", title="Corruption", kind="corruption", action="Restore", is_automatic=False
)


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDPLAN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "platform.yaml").write_text(FILE)
    folder = Folder(folder_of("shop", "production"))
    folder.create()
    folder.record(replace(DESIGN, drills=(OUTAGE, RESTORE)))


@pytest.mark.usefixtures("built")
def test_what_can_be_rehearsed_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drill"]) == 0
    out = capsys.readouterr().out
    assert "regional-outage" in out
    assert "Restore, when somebody approves it" in out
    assert main(["drill", "-o", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)["drills"]
    assert [drill["name"] for drill in listed] == ["regional-outage", "corruption"]


@pytest.mark.usefixtures("built")
def test_an_unknown_drill_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drill", "flood", "--yes"]) == 1
    assert "one of regional-outage, corruption" in capsys.readouterr().err


@pytest.mark.usefixtures("built")
def test_nothing_is_broken_by_accident(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drill", "regional-outage", "--no-input"]) == 1
    assert "nobody can be asked" in capsys.readouterr().err


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "words",
    [
        ["drill", "regional-outage", "--yes"],
        ["secrets", "rotate"],
        ["isolate", "us-east-1"],
        ["isolate", "us-east-1", "--end"],
    ],
)
def test_without_an_agent_it_is_said_what_to_do(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 4
    told = capsys.readouterr().err
    assert "the agent of this platform does not run" in told
    assert "groundplan up" in told


def test_what_is_not_built_cannot_be_rehearsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GROUNDPLAN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "platform.yaml").write_text(FILE)
    assert main(["drill"]) == 1
    assert "is not built here" in capsys.readouterr().err
