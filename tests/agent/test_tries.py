"""The watch insists, and does not hammer."""

import io
from dataclasses import replace

from operations.recovery.test_patience import ACTION, LOOK

from groundplan.agent.voice import Voice
from groundplan.agent.watching.tries import Tries
from groundplan.errors import TargetError
from groundplan.operations.recovery.pulse import Condition
from groundplan.operations.recovery.watch import Look
from groundplan.ports.journal import Outcome, State

FAILED = Outcome(state=State.FAILED, summary="nobody can take over")


class Agent:
    """What the watch asks to be done, every half second."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.begun: list[tuple[float, str]] = []
        self.is_held = False
        self.at = 0.0
        self.voice = Voice(io.StringIO())
        self.tries = Tries(self.voice, self.start, lambda _: self.outcome)

    def start(self, kind: str, _: object, why: str) -> str:
        if self.is_held:
            raise TargetError(part="lock", doing="", why="held", try_="")
        self.begun.append((self.at, why))
        return kind

    def look(self, look: Look = LOOK, condition: Condition = Condition.DOWN) -> None:
        look = replace(look, at=self.at)
        self.tries.hear(condition, at=self.at)
        if self.tries.may(ACTION, look):
            self.tries.begin(ACTION, look, "replace-primary", {})
        self.at += 0.5

    def looks(self, seconds: float) -> None:
        for _ in range(int(seconds * 2)):
            self.look()


def test_what_fails_at_once_is_tried_a_few_times_in_a_minute_and_the_wait_is_told() -> None:
    agent = Agent(FAILED)
    agent.looks(60)
    assert [at for at, _ in agent.begun] == [0.0, 5.5, 16.0, 36.5]
    assert agent.begun[0][1] == "it is down"
    assert "it failed 3 times before: nobody can take over" in agent.begun[3][1]
    assert "failed 4 times" in agent.voice.troubles["databases: waits"]


def test_when_a_server_is_back_it_is_tried_at_once() -> None:
    agent = Agent(FAILED)
    agent.looks(30)
    before = len(agent.begun)
    agent.look(replace(LOOK, sights=LOOK.sights[1:]))
    assert len(agent.begun) == before + 1


def test_a_success_is_no_reason_to_wait() -> None:
    agent = Agent(Outcome(state=State.DONE, summary="done"))
    agent.looks(3)
    assert len(agent.begun) == 6
    assert "databases: waits" not in agent.voice.troubles


def test_a_held_platform_is_no_failure() -> None:
    agent = Agent(FAILED)
    agent.is_held = True
    agent.looks(10)
    assert agent.voice.troubles["databases: replace-primary"] == "held"
    agent.is_held = False
    agent.look()
    assert [at for at, _ in agent.begun] == [10.0]


def test_a_refusal_is_forgotten_when_nobody_wants_it_any_more() -> None:
    agent = Agent(FAILED)
    agent.is_held = True
    agent.look()
    assert "databases: replace-primary" in agent.voice.troubles
    agent.tries.hear(Condition.WELL, at=10.0)
    assert "databases: replace-primary" in agent.voice.troubles
    agent.tries.hear(Condition.WELL, at=16.0)
    assert agent.voice.troubles == {}
