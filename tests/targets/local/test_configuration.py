"""Versions of the configuration are copies: proven, and brought back into a folder."""

from pathlib import Path

import pytest
from cli.doubles import DESIGN

from groundplan.errors import TargetError
from groundplan.ports.folder import DESIGN as DESIGN_FILE
from groundplan.ports.folder import SOURCE
from groundplan.targets.local.backups.configuration import HERE, ConfigurationShelf
from groundplan.targets.local.history import History


@pytest.fixture
def shelf(tmp_path: Path) -> ConfigurationShelf:
    (tmp_path / SOURCE).write_text(str(tmp_path))
    (tmp_path / DESIGN_FILE).write_bytes(DESIGN.to_json())
    (tmp_path / "platform.yaml").write_text("platform: shop\n")
    return ConfigurationShelf(tmp_path, "history")


def test_a_version_is_kept_once_proven_and_brought_back(
    shelf: ConfigurationShelf, tmp_path: Path
) -> None:
    assert shelf.copies(HERE) == ()
    first = shelf.copy(HERE, "one")
    assert shelf.copy(HERE, "two") == first
    (tmp_path / "platform.yaml").write_text("platform: shop # 2\n")
    assert [copy.label for copy in shelf.copies(HERE)] == [first.label]
    second = shelf.copy(HERE, "three")
    shelf.inspect(HERE)
    assert shelf.prove(second).items == 2
    brought = shelf.bring(first, str(tmp_path / "into"))
    assert brought.items == 2
    assert (tmp_path / "into" / "platform.yaml").read_text() == "platform: shop\n"
    with pytest.raises(TargetError, match="up"):
        shelf.replace(first, "mark")


def test_a_version_whose_design_cannot_be_read_is_no_proof(
    shelf: ConfigurationShelf, tmp_path: Path
) -> None:
    History(tmp_path / "history").keep({DESIGN_FILE: "{", "platform.yaml": ""}, "torn")
    with pytest.raises(TargetError, match="cannot be read"):
        shelf.prove(shelf.copies(HERE)[-1])


def test_a_damaged_object_is_found(shelf: ConfigurationShelf, tmp_path: Path) -> None:
    shelf.copy(HERE, "one")
    for path in (tmp_path / "history" / ".git" / "objects").rglob("??*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(path.read_bytes()[:-4] + b"xxxx")
    with pytest.raises(TargetError):
        shelf.inspect(HERE)
