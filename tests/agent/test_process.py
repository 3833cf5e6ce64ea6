"""The agent as a process: its door, its lock, its death."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from groundplan.agent.door.client import promises
from groundplan.design.design import Design
from groundplan.design.parts import Agent
from groundplan.errors import TargetError
from groundplan.ports.door import ask_agent
from groundplan.promise.ledger import Ledger
from groundplan.promise.promise import Verdict
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.agent import AgentRecipe
from tests.agent.samples import AVAILABILITY, PAGE_LOAD
from tests.agent.stub import design_of, nobody

pytestmark = pytest.mark.timeout(180)
PART = Agent(name="global/agent", site="global", address="")
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    design = design_of(AVAILABILITY, PAGE_LOAD, edge=nobody())
    (tmp_path / "design.json").write_bytes(design.to_json())
    return tmp_path


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [*AgentRecipe().command(PART, machine(folder)), "--every", "0.1"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def machine(folder: Path) -> Machine:
    design = Design(platform="shop", environment="production", entry="", regions=(), parts=(PART,))
    return Machine(folder=folder, source=folder, design=design, account=None)


def within(seconds: float, what: str, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)


def is_healthy(folder: Path) -> bool:
    return AgentRecipe().probe(PART, machine(folder)) is None


def count(folder: Path) -> int:
    with Ledger(folder / "ledger.sqlite", read_only=True) as ledger:
        return len(ledger.history(AVAILABILITY.id))


def test_it_answers_through_its_socket(folder: Path, start: Start) -> None:
    assert "does not answer" in (AgentRecipe().probe(PART, machine(folder)) or "")
    process = start()
    within(60, "the agent is healthy", lambda: is_healthy(folder))
    status, body = ask_agent(folder, "/v1/healthz", seconds=15)
    health = json.loads(body)
    assert (status, health["format_version"], health["pid"]) == (200, "1.0", process.pid)
    status, body = ask_agent(folder, "/v1/promises", seconds=15)
    table = json.loads(body)
    assert (status, table["format_version"]) == (200, "1.0")
    assert [row["id"] for row in table["promises"]] == [AVAILABILITY.id, PAGE_LOAD.id]
    status, body = ask_agent(folder, "/v1/design", seconds=15)
    assert Design.from_json(body).platform == "shop"
    assert ask_agent(folder, "/v2", seconds=15)[0] == 404


def test_only_its_own_account_may_ask(folder: Path, start: Start) -> None:
    start()
    within(60, "the agent is healthy", lambda: is_healthy(folder))
    assert (folder / "agent.sock").stat().st_mode & 0o777 == 0o600


def test_a_second_agent_is_refused_with_the_name_of_the_first(folder: Path, start: Start) -> None:
    first = start()
    within(60, "the agent is healthy", lambda: is_healthy(folder))
    second = start()
    assert second.wait(timeout=60) == 4
    assert second.stderr is not None
    said = second.stderr.read()
    assert f"process id {first.pid}" in said
    assert "Traceback" not in said
    assert is_healthy(folder)


def test_a_killed_agent_loses_nothing_and_its_successor_goes_on(folder: Path, start: Start) -> None:
    process = start()
    within(60, "three rounds", lambda: is_healthy(folder) and count(folder) >= 3)
    _, body = ask_agent(folder, "/v1/promises", seconds=15)
    shown = json.loads(body)["promises"][0]["measured"]
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=60)
    written = count(folder)
    assert written >= 3
    answer = promises(folder)
    assert not answer.is_live
    assert "it does not run" in answer.because
    measured = answer.standings[0].measured
    assert measured is not None
    assert measured.samples >= shown["samples"]
    start()
    within(60, "more evidence", lambda: is_healthy(folder) and count(folder) > written)
    assert promises(folder).is_live
    with sqlite3.connect(folder / "ledger.sqlite") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_it_ends_well_when_told_to(folder: Path, start: Start) -> None:
    process = start()
    within(60, "the agent is healthy", lambda: is_healthy(folder))
    process.terminate()
    assert process.wait(timeout=60) == 0


def test_a_ledger_of_another_kind_makes_it_unhealthy_not_dead(folder: Path, start: Start) -> None:
    ledger = folder / "ledger.sqlite"
    ledger.write_bytes(b"GIF89a" * 500)
    process = start()
    told = f"mv {ledger} "
    within(60, told, lambda: told in (AgentRecipe().probe(PART, machine(folder)) or ""))
    assert process.poll() is None
    with pytest.raises(TargetError):
        promises(folder)
    ledger.rename(folder / "old")
    within(60, "it is healthy again", lambda: is_healthy(folder))


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "groundplan.agent", str(tmp_path / "nowhere")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert result.returncode == 4
    assert "Traceback" not in result.stderr
    assert "groundplan up" in result.stderr


def test_a_folder_with_a_long_path_is_refused(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    deep.mkdir()
    command = [sys.executable, "-m", "groundplan.agent", str(deep)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert result.returncode == 4
    assert "GROUNDPLAN_HOME" in result.stderr


def test_without_an_agent_and_a_ledger_everything_is_unknown(folder: Path) -> None:
    answer = promises(folder)
    assert [row.verdict for row in answer.standings] == [Verdict.UNKNOWN] * 2
    assert not answer.is_live


def test_a_folder_without_a_design_promises_nothing(tmp_path: Path) -> None:
    assert promises(tmp_path).standings == ()
    (tmp_path / "design.json").write_text("[]")
    with pytest.raises(TargetError) as refused:
        promises(tmp_path)
    assert "groundplan up" in refused.value.try_


def test_the_door_does_not_wait_for_what_makes_operations_durable() -> None:
    says = "import sys, groundplan.agent.process; sys.exit('dbos' in sys.modules)"
    assert subprocess.run((sys.executable, "-c", says), check=False, timeout=50).returncode == 0
