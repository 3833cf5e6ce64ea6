"""A worker works as long as its lease is renewed, whoever else has died."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from stories.harness import within

from groundplan.targets.local.processes import by_lease

WORKER = """
import os, pathlib, signal, sys, time
done = pathlib.Path(sys.argv[1])
def end(*_):
    with done.open("a") as file: file.write("ended\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if "deaf" in sys.argv else end)
while True:
    with done.open("a") as file: file.write(f"{os.getpid()}\\n")
    if "once" in sys.argv: sys.exit(7)
    time.sleep(0.05)
"""
Keeper = subprocess.Popen[bytes]


@pytest.fixture
def keepers() -> Iterator[list[Keeper]]:
    found: list[Keeper] = []
    yield found
    for keeper in found:
        keeper.kill()
        keeper.wait()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


def start(keepers: list[Keeper], work: Path, *words: str) -> Keeper:
    keeper_words = (sys.executable, "-I", "-S", by_lease.__file__, str(lease(work)), "0.3")
    dies_too = ("setpriv", "--pdeathsig", "KILL", "--")
    worker = (sys.executable, "-c", WORKER, str(work), *words)
    keeper = subprocess.Popen((*keeper_words, *dies_too, *worker))
    keepers.append(keeper)
    return keeper


def lease(work: Path) -> Path:
    return work.with_name("lease")


def grant(work: Path, seconds: float) -> None:
    """In one step, as the agent does."""
    half = work.with_name("half")
    half.write_text(f"{time.time() + seconds:.3f}\n")
    half.replace(lease(work))


def lines(work: Path) -> list[str]:
    return work.read_text().splitlines() if work.exists() else []


def is_silent(work: Path) -> bool:
    before = len(lines(work))
    time.sleep(0.3)
    return len(lines(work)) == before


def test_it_works_by_a_lease_and_ends_with_it(keepers: list[Keeper], work: Path) -> None:
    keeper = start(keepers, work)
    assert is_silent(work), "without a lease it does not begin"
    grant(work, 1)
    within(30, "it works", lambda: bool(lines(work)))
    within(30, "it may finish what it does", lambda: lines(work)[-1] == "ended")
    assert is_silent(work)
    assert keeper.poll() is None, "a supervisor would start it again"
    grant(work, 60)
    within(30, "it works again", lambda: lines(work)[-1] != "ended")
    keeper.terminate()
    assert keeper.wait(timeout=30) == 0
    assert lines(work)[-1] == "ended"


def test_one_that_does_not_listen_is_killed(keepers: list[Keeper], work: Path) -> None:
    start(keepers, work, "deaf")
    grant(work, 1)
    within(30, "it works", lambda: bool(lines(work)))
    within(30, "it does not any more", lambda: is_silent(work))


def test_without_its_keeper_it_does_not_work(keepers: list[Keeper], work: Path) -> None:
    keeper = start(keepers, work)
    grant(work, 60)
    within(30, "it works", lambda: bool(lines(work)))
    os.kill(keeper.pid, signal.SIGKILL)
    within(30, "it does not any more", lambda: is_silent(work))


def test_its_own_end_is_told(keepers: list[Keeper], work: Path) -> None:
    grant(work, 60)
    assert start(keepers, work, "once").wait(timeout=30) == 7


@pytest.mark.parametrize("text", ["", "soon", "nan", "-1"])
def test_what_is_no_instant_is_no_lease(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lease"
    assert not by_lease.holds(path)
    path.write_text(text)
    assert not by_lease.holds(path)
