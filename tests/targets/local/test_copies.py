"""The folder of a copy: what was begun there is begun anew, and nobody's files are touched."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from groundplan.errors import TargetError
from groundplan.targets.local.backups.copies import BEGUN, begin_copy


class Killed(BaseException):
    """As SIGKILL: nobody catches it."""


def dying(call: Callable[..., Any], left: list[int]) -> Callable[..., Any]:
    """The call, until none is left."""

    def mortal(*args: Any, **named: Any) -> Any:
        if not left[0]:
            raise Killed
        left[0] -= 1
        return call(*args, **named)

    return mortal


def half_restored(folder: Path) -> None:
    begin_copy(folder, None)
    (folder / "postgresql.conf").touch()
    for name in ("base", "global"):
        (folder / "data" / name).mkdir()
        (folder / "data" / name / "1").touch()


def test_one_killed_while_it_makes_room_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for effects in range(12):
        folder = tmp_path / str(effects)
        half_restored(folder)
        left = [effects]
        with monkeypatch.context() as patch:
            for name in ("unlink", "rmdir"):
                patch.setattr(os, name, dying(getattr(os, name), left))
            patch.setattr(shutil, "_use_fd_functions", False)
            try:
                begin_copy(folder, None)
            except Killed:
                pass
            else:
                assert effects > 5, "it had died at each of its effects before"
                return
        begin_copy(folder, None)
        assert sorted(path.name for path in folder.iterdir()) == [BEGUN, "data", "run"]
        assert not list((folder / "data").iterdir())
    pytest.fail("it never came to its end")


def test_files_of_somebody_else_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(TargetError, match="not empty"):
        begin_copy(tmp_path, None)
    assert (tmp_path / "mine").exists()
