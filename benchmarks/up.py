"""Seconds to a serving platform, seconds for a second `up`, and memory of three regions."""

import os
import sys
import tempfile
import time
from pathlib import Path

import psutil
from measured import REPOSITORY, run, table

PLATFORM = REPOSITORY / "examples" / "mvlbim" / "platform.yaml"


def main() -> None:
    """Brings the example up in a new folder, measures, and takes it away again."""
    home = Path(tempfile.mkdtemp(prefix="gpb-", dir="/tmp"))
    home.chmod(0o755)
    environment = {"GROUNDPLAN_HOME": str(home)}
    try:
        up = _timed("up", environment)
        again = _timed("up", environment)
        memory, processes = _memory(home)
    finally:
        run(_words("down", "--purge", "--yes"), environment=environment)
        os.rmdir(home)
    table(
        "up of three regions",
        ("what", "measured", "goal"),
        (
            ("up from nothing", f"{up:.1f} s", "30 s"),
            ("up when all runs", f"{again:.2f} s", "2 s"),
            (f"memory of {processes} processes (PSS)", f"{memory / 1e9:.2f} GB", "2.5 GB"),
            ("up / no-op up", f"{up / again:.0f} x", ""),
        ),
    )


def _timed(verb: str, environment: dict[str, str]) -> float:
    began = time.perf_counter()
    run(_words(verb, "--yes"), environment=environment)
    return time.perf_counter() - began


def _words(verb: str, *options: str) -> list[str]:
    return [sys.executable, "-m", "groundplan", verb, str(PLATFORM), *options]


def _memory(home: Path) -> tuple[int, int]:
    """PSS of the supervisor and all below it: shared pages are counted once."""
    pid = int(next(home.glob("*/supervisor/supervisord.pid")).read_text())
    supervisor = psutil.Process(pid)
    family = [supervisor, *supervisor.children(recursive=True)]
    return sum(process.memory_full_info().pss for process in family), len(family)


if __name__ == "__main__":
    main()
