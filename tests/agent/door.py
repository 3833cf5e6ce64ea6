"""The agent's door with operations made for tests, in a thread of the test's own process."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundplan.agent.door import asking
from groundplan.agent.door.api import Api
from groundplan.agent.door.server import Server
from groundplan.agent.performing.kinds import Here, Kind, Kinds
from groundplan.agent.performing.operation import Operation
from groundplan.agent.performing.performer import Performer
from groundplan.agent.performing.stage import Stage
from groundplan.agent.sampling.sampler import Sampler
from groundplan.agent.voice import Voice
from groundplan.ports.door import ask_agent
from groundplan.ports.journal import Journal, Outcome, Signal, State, approval
from groundplan.ports.operations import Operations
from groundplan.promise.promise import Evidence, EvidenceKind, Verdict
from tests.agent.engine import FakeEngine
from tests.agent.samples import AVAILABILITY
from tests.agent.stub import design_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    seconds: float = 20
    regions: tuple[str, ...] = ()


def ask(journal: Journal, here: Here, asked: Asked) -> Outcome:
    no = approval(journal, f"go on in {', '.join(asked.regions)}?", seconds=asked.seconds)
    return no or Outcome(state=State.DONE, summary="went on")


def prove(journal: Journal, here: Here, asked: Asked) -> Outcome:
    found = Evidence(
        promise=AVAILABILITY.id,
        kind=EvidenceKind.MEASURED,
        verdict=Verdict.KEPT,
        value=1.0,
        at=journal.now(),
        how="a drill",
    )
    return Outcome(state=State.DONE, summary="proven", evidence=(found,))


def lead(journal: Journal, here: Here, asked: Asked) -> Outcome:
    """Starts one twice, as a life and its successor would."""
    operations: Operations = here.operations
    ids = [operations.start("look", {}, why="led", key="look") for _ in range(2)]
    assert operations.outcome(ids[0]) is None
    words = "the same twice" if ids[0] == ids[1] else "two of them"
    return Outcome(state=State.DONE, summary=words)


KINDS: Kinds = {
    "lead": Kind(arguments=Asked, perform=lead),
    "ask": Kind(arguments=Asked, perform=ask),
    "look": Kind(arguments=Asked, perform=ask, holds_platform=False),
    "prove": Kind(arguments=Asked, perform=prove),
}


@dataclass
class Door:
    """An agent's server in a thread. `engine` is there once the stage is set."""

    folder: Path
    stage: Stage
    engines: list[FakeEngine]
    voice: Voice

    def begin(self, kind: str, why: str = "", **arguments: Any) -> str:
        return asking.start(self.folder, kind, arguments, who="ada", why=why)

    def find(self, operation: str) -> Operation:
        return asking.progress(self.folder, operation).operation

    def ended(self, operation: str) -> Operation:
        within(lambda: self.find(operation).ended is not None)
        return self.find(operation)

    def post(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        status, answer = ask_agent(self.folder, path, seconds=5, body=body)
        return status, json.loads(answer)

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        status, answer = ask_agent(self.folder, path, seconds=5)
        return status, json.loads(answer)

    def tell(self, operation: str, name: str) -> None:
        asking.tell(self.folder, operation, Signal(name=name, who="bob", why="seen"))


def within(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline, "not within 10 s"
        time.sleep(0.01)


@contextmanager
def served(folder: Path, stage: Stage, voice: Voice) -> Iterator[None]:
    """A server in a thread; nobody has set its stage."""
    with Server(folder, Sampler(folder, voice), voice, Api(stage.performer)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield
        server.shutdown()


@contextmanager
def open_door(folder: Path) -> Iterator[Door]:
    """Serves the platform in a folder, with an engine that has no database."""
    (folder / "design.json").write_bytes(design_of(AVAILABILITY).to_json())
    engines: list[FakeEngine] = []
    voice = Voice()

    def make(*arguments: Any) -> FakeEngine:
        engines.append(FakeEngine(*arguments))
        return engines[-1]

    stage = Stage(lambda: Performer(folder, voice, KINDS, make), voice)
    with served(folder, stage, voice):
        stage.turn()
        yield Door(folder=folder, stage=stage, engines=engines, voice=voice)
