"""When code was committed."""

import subprocess
from pathlib import Path

from groundplan.targets.local.delivery.commits import committed


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=ada", "-c", "user.email=ada@example.org")
    subprocess.run(("git", "-C", folder, *who, *words), check=True, capture_output=True)


def test_code_that_is_committed_has_a_time_and_changed_code_has_none(tmp_path: Path) -> None:
    service = tmp_path / "api"
    service.mkdir()
    assert committed(service) is None
    git(tmp_path, "init", "-q")
    (service / "main.py").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one", "--date", "2026-01-01T00:00:00Z")
    assert committed(service) is not None
    (tmp_path / "README").write_text("beside it")
    assert committed(service) is not None
    (service / "main.py").write_text("2")
    assert committed(service) is None
    assert committed(tmp_path / "absent") is None
