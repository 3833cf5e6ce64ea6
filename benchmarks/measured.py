"""What every benchmark prints: a figure beside its peer from the same run, and the machine."""

import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


def machine() -> str:
    """The machine in one line; figures of different machines do not compare."""
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load {load:.1f}"
    )


def median_seconds(do: Callable[[], object], *, times: int) -> float:
    """The median duration of `times` calls."""
    return statistics.median(_seconds(do) for _ in range(times))


def core_seconds(do: Callable[[], object], *, times: int) -> float:
    """The least time of a core that the processes of one of `times` calls took: what others do on
    the machine lengthens it little."""
    return min(_core_seconds(do) for _ in range(times))


def best_of(*ways: Callable[[], object], rounds: int = 5) -> list[float]:
    """The least CPU time that each of some ways took, in rounds of all: none has a better hour."""
    times = [[_own_seconds(way) for way in ways] for _ in range(rounds)]
    return [min(found) for found in zip(*times, strict=True)]


def fresh(folder: Path) -> Path:
    """The folder's place, with nothing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def run(words: Sequence[str], *, environment: dict[str, str] | None = None) -> str:
    """Runs a command that must succeed and returns its output."""
    result = subprocess.run(
        words,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
    )
    if result.returncode != 0:
        sys.exit(f"{' '.join(words)} ended with {result.returncode}:\n{result.stderr[-2000:]}")
    return result.stdout


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a Markdown table under the machine's line."""
    print(f"\n### {title}\n{machine()}\n")
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def _seconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def _own_seconds(do: Callable[[], object]) -> float:
    began = time.process_time()
    do()
    return time.process_time() - began


def _core_seconds(do: Callable[[], object]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    do()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
