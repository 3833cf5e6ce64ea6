"""When the code of a service was committed, as git says."""

import subprocess
from pathlib import Path

SECONDS = 10


def committed(directory: Path) -> float | None:
    """Seconds since 1970; None outside of git, without git, or while something is uncommitted."""
    if not directory.is_dir() or _git(directory, "status", "--porcelain", "--", ".") != "":
        return None
    at = _git(directory, "log", "-1", "--format=%ct", "--", ".")
    return float(at) if at else None


def _git(directory: Path, *words: str) -> str | None:
    try:
        found = subprocess.run(
            ("git", "-C", str(directory), *words),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() if found.returncode == 0 else None
