"""The newest log segment of a repository, found among its files."""

import os
from pathlib import Path

import pytest

from groundplan.errors import TargetError
from groundplan.targets.local.backups.shipped import log_end

HASH = "-" + "0" * 40


def put(folder: Path, name: str, at: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"")
    os.utime(folder / name, (at, at))
    os.utime(folder, (at, at))


def test_the_segment_that_arrived_last_is_the_end(tmp_path: Path) -> None:
    assert log_end(tmp_path, "home") is None
    (tmp_path / "archive.info").touch()
    old, new = (tmp_path / "15-1" / f"000000{n:02}00000000" for n in (1, 2))
    put(old, f"{'000000010000000000000009'}{HASH}.zst", 100.0)
    put(old, f"{'00000001000000000000000A'}{HASH}.zst", 200.0)
    put(new, f"{'00000002000000000000000A'}{HASH}.zst", 300.0)
    put(new, "00000002.history", 900.0)
    put(new, f"00000002000000000000000B.partial{HASH}.zst", 950.0)
    found = log_end(tmp_path, "home")
    assert found is not None
    assert (found.segment, found.at) == ("00000002000000000000000A", 300.0)


def test_a_repository_that_is_away_is_said(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="no such folder"):
        log_end(tmp_path / "away", "home")
