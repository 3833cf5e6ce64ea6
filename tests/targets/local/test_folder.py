"""The platform's lock: who has it is told, and who comes or goes in that moment is waited for."""

import fcntl
import threading
from pathlib import Path

import pytest

from groundplan.errors import TargetError
from groundplan.targets.local.folder import Folder, Holder


def test_who_has_not_said_its_name_is_waited_for(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("a+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        timer = threading.Timer(0.2, fcntl.flock, (stream, fcntl.LOCK_UN))
        timer.start()
        with Folder(tmp_path).locked("up"):
            pass
        timer.join()


def test_who_has_it_is_told_at_once(tmp_path: Path) -> None:
    with (
        Folder(tmp_path).locked(Holder(doing="operation mend-1", who="agent")),
        pytest.raises(TargetError, match="operation mend-1 of agent"),
        Folder(tmp_path).locked("up"),
    ):
        raise AssertionError
