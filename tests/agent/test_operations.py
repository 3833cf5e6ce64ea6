"""Operations performed by a real agent that is killed, told to stop, and asked too much."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from groundplan.agent.door import asking
from groundplan.agent.journal import JournalFile
from groundplan.agent.performing.operation import Operation
from groundplan.errors import TargetError
from groundplan.ports.journal import ABORT, APPROVE, Signal, State
from groundplan.targets.local.folder import Folder, Holder
from tests.agent.sample_agent import effects
from tests.agent.stub import design_of

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.stories, pytest.mark.timeout(180)]


class Agent:
    """An agent process that can be started again and again in the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert self.process is None or self.process.poll() is not None
        command = [sys.executable, "-m", "tests.agent.sample_agent", str(self.folder)]
        with (self.folder / "said").open("ab") as said:
            self.process = subprocess.Popen(command, stderr=said, cwd=ROOT)
        self.within(60, "operations can be asked for", self._answers)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=60)

    def is_dead(self) -> bool:
        assert self.process is not None
        return self.process.poll() is not None

    def begin(self, kind: str, **arguments: int | float) -> str:
        return asking.start(self.folder, kind, arguments, who="ada", why="to see")

    def find(self, operation: str) -> Operation:
        return asking.progress(self.folder, operation).operation

    def ended(self, operation: str) -> Operation:
        self.within(60, f"{operation} has ended", lambda: self.find(operation).ended is not None)
        lock = self.folder / "lock"  # which it lets go of at the very end
        self.within(60, f"{operation} let go", lambda: operation not in lock.read_text())
        return self.find(operation)

    def within(self, seconds: float, what: str, is_so: Callable[[], bool]) -> float:
        began = time.monotonic()
        while not is_so():
            passed = time.monotonic() - began
            said = (self.folder / "said").read_text()[-2000:]
            assert passed < seconds, f"not within {seconds:g} s: {what}\n{said}"
            time.sleep(0.02)
        return time.monotonic() - began

    def _answers(self) -> bool:
        assert not self.is_dead(), (self.folder / "said").read_text()
        try:
            asking.newest(self.folder)
        except TargetError:
            return False
        return True


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    (tmp_path / "design.json").write_bytes(design_of().to_json())
    agent = Agent(tmp_path)
    agent.start()
    yield agent
    agent.kill()


def events(folder: Path, operation: str) -> list[str]:
    with JournalFile(folder, read_only=True) as journal:
        assert journal.verify().problems == ()
        entries = (chained.entry for chained in journal.newest(1000))
        return [str(entry.event) for entry in entries if entry.operation == operation]


@pytest.mark.parametrize("die_at", range(20))
def test_killed_at_any_moment_it_completes(agent: Agent, die_at: int) -> None:
    """20 moments: before, in and after each step, line, sleep and wait, and before its end."""
    operation = agent.begin("walk", steps=3, die_at=die_at)
    agent.within(60, "the agent is dead", agent.is_dead)
    agent.start()
    ended = agent.ended(operation)
    assert (ended.state, ended.summary, ended.facts["total"]) == (State.DONE, "3 steps", 3)
    done = effects(agent.folder)
    assert sorted(set(done)) == ["0", "1", "2"]
    assert done == sorted(done)
    assert len(done) <= 4
    told = [str(line) for line in asking.progress(agent.folder, operation).lines]
    assert told == [f"step {number} is done: it was told so" for number in range(3)]
    assert events(agent.folder, operation) == ["began", "ended"]
    assert asking.progress(agent.folder, agent.begin("ask")).operation.ended is None  # it let go


def test_the_moments_of_death_are_all_there_are(agent: Agent) -> None:
    operation = agent.begin("walk", steps=3, die_at=20)
    assert agent.ended(operation).state is State.DONE
    assert not agent.is_dead()


def test_an_operation_goes_on_in_the_next_agent(agent: Agent) -> None:
    operation = agent.begin("walk", steps=3, die_at=9)
    agent.within(60, "the agent is dead", agent.is_dead)
    with pytest.raises(TargetError, match="does not run") as refused:
        agent.find(operation)
    assert "groundplan up" in refused.value.try_
    agent.start()
    assert agent.ended(operation).state is State.DONE
    assert events(agent.folder, operation) == ["began", "ended"]


def test_a_signal_reaches_an_operation_that_waits(agent: Agent) -> None:
    operation = agent.begin("ask")
    agent.within(60, "it waits", lambda: agent.find(operation).state is State.WAITING)
    asking.tell(agent.folder, operation, Signal(name=APPROVE, who="bob", why="seen"))
    assert agent.ended(operation).summary == "went on"
    assert events(agent.folder, operation) == ["began", "signalled", "ended"]
    with pytest.raises(TargetError, match="has ended already"):
        asking.tell(agent.folder, operation, Signal(name=ABORT, who="bob"))


def test_an_abort_is_heard_by_the_next_agent_too(agent: Agent) -> None:
    operation = agent.begin("ask")
    agent.within(60, "it waits", lambda: agent.find(operation).state is State.WAITING)
    asking.tell(agent.folder, operation, Signal(name=ABORT, who="bob"))
    agent.kill()
    agent.start()
    ended = agent.ended(operation)
    assert (ended.state, ended.summary) == (State.ABORTED, "bob said no")


def test_an_approval_that_never_comes_ends_and_lets_go(agent: Agent) -> None:
    operation = agent.begin("ask", seconds=0.5)
    ended = agent.ended(operation)
    assert ended.state is State.ABORTED
    assert ended.summary.startswith("nobody approved it until")
    assert agent.ended(agent.begin("walk")).state is State.DONE


def test_the_second_of_two_is_told_the_holder(agent: Agent) -> None:
    first = agent.begin("ask")
    with pytest.raises(TargetError, match=f"operation {first} of ada") as refused:
        agent.begin("walk")
    assert refused.value.retry
    assert f"groundplan operations abort {first}" in refused.value.try_
    with (
        pytest.raises(TargetError, match=f"operation {first} of ada"),
        Folder(agent.folder).locked(Holder(doing="`groundplan up`")),
    ):
        raise AssertionError("`up` must not run beside an operation")
    assert [each.id for each in asking.newest(agent.folder)] == [first]


def test_of_many_at_once_one_is_started(agent: Agent) -> None:
    def begin(_: int) -> str:
        try:
            return agent.begin("ask")
        except TargetError as error:
            return error.part

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(begin, range(16)))
    assert answers.count("lock") == 15
    assert len(asking.newest(agent.folder)) == 1


def test_while_up_holds_the_platform_nothing_is_started(agent: Agent) -> None:
    with (
        Folder(agent.folder).locked(Holder(doing="`groundplan up`")),
        pytest.raises(TargetError, match="`groundplan up` of"),
    ):
        agent.begin("walk")
    assert asking.newest(agent.folder) == ()
    assert agent.ended(agent.begin("walk")).state is State.DONE


def test_what_is_resumed_waits_until_up_is_done(agent: Agent) -> None:
    operation = agent.begin("walk", steps=3, die_at=9)
    agent.within(60, "the agent is dead", agent.is_dead)
    with Folder(agent.folder).locked(Holder(doing="`groundplan up`")):
        agent.start()
        told = f"{operation} waits for the platform: `groundplan up`"
        agent.within(60, told, lambda: told in (agent.folder / "said").read_text())
        assert agent.find(operation).state is State.WAITING
    assert agent.ended(operation).state is State.DONE


def test_told_to_stop_it_stops_between_two_steps(agent: Agent) -> None:
    operation = agent.begin("walk", steps=200)
    agent.within(60, "some steps are done", lambda: len(effects(agent.folder)) > 5)
    assert agent.process is not None
    agent.process.send_signal(signal.SIGTERM)
    assert agent.process.wait(timeout=60) == 0
    done = effects(agent.folder)
    agent.start()
    assert agent.ended(operation).facts["total"] == sum(range(200))
    assert effects(agent.folder) == [str(number) for number in range(200)]
    assert len(done) < 200


def test_what_the_world_refuses_is_told_in_words(agent: Agent) -> None:
    refused = agent.ended(agent.begin("refuse"))
    assert (refused.state, refused.summary) == (State.FAILED, "moving traffic failed: it is deaf")
    assert refused.facts == {"part": "edge", "try": "shout"}


def test_a_bug_ends_its_operation_and_nothing_else(agent: Agent) -> None:
    failed = agent.ended(agent.begin("blunder"))
    assert failed.state is State.FAILED
    assert "this is a bug in groundplan: " in failed.summary
    assert "ZeroDivisionError" in failed.summary
    assert agent.ended(agent.begin("walk")).state is State.DONE


def test_an_operation_may_start_another_one(agent: Agent) -> None:
    led = agent.ended(agent.begin("lead", steps=2))
    assert led.state is State.DONE, led.summary
    walk, lead = asking.newest(agent.folder)
    assert (walk.kind, walk.who, walk.state, lead.id) == ("walk", "ada", State.DONE, led.id)


def test_it_needs_little_memory_and_no_network(agent: Agent) -> None:
    assert agent.ended(agent.begin("walk")).state is State.DONE
    assert agent.process is not None
    status = Path(f"/proc/{agent.process.pid}/status").read_text().splitlines()
    resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    assert resident < 160 * 1024, f"{resident} kB"
    mine = {
        os.readlink(fd) for fd in Path(f"/proc/{agent.process.pid}/fd").iterdir() if fd.exists()
    }
    for table in ("tcp", "tcp6", "udp", "udp6"):
        rows = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        assert not {f"socket:[{row.split()[9]}]" for row in rows} & mine, table
