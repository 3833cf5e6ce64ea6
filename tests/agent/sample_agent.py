"""An agent with operations made for tests: `python -m tests.agent.sample_agent FOLDER`.

They write what they do into the folder's file `effects`, and kill their process when told to.
"""

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from groundplan.agent.performing.kinds import Here, Kind, Kinds
from groundplan.agent.process import main
from groundplan.errors import TargetError
from groundplan.ports.journal import Journal, Outcome, State, approval

NEVER = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """So many steps. `die_at` is the moment, of all its moments, at which the process is killed."""

    steps: int = 3
    die_at: int = NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Waits for an approval."""

    seconds: float = 60


class Moments:
    """Counts the moments of a life; at one of them the process dies, if it has not died before."""

    def __init__(self, folder: Path, die_at: int) -> None:
        self._died = folder / "died"
        self._left = die_at

    def pass_one(self) -> None:
        if self._left == 0 and not self._died.exists():
            self._died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


def effects(folder: Path) -> list[str]:
    path = folder / "effects"
    return path.read_text().split() if path.exists() else []


def walk(journal: Journal, here: Here, walk: Walk) -> Outcome:
    moments = Moments(here.folder, walk.die_at)

    def act(number: int) -> dict[str, int]:
        moments.pass_one()
        with (here.folder / "effects").open("a") as stream:
            stream.write(f"{number}\n")
        moments.pass_one()
        return {"number": number}

    began = journal.now()
    moments.pass_one()
    total = 0
    for number in range(walk.steps):
        total += journal.step(f"act {number}", lambda number=number: act(number))["number"]
        moments.pass_one()
        journal.tell(f"step {number} is done", because="it was told so")
        moments.pass_one()
        journal.sleep(0.05)
        moments.pass_one()
        journal.wait_for_signal(0)
        moments.pass_one()
    seconds = journal.now() - began
    moments.pass_one()
    facts = {"total": total, "seconds": seconds}
    return Outcome(state=State.DONE, summary=f"{walk.steps} steps", facts=facts)


def ask(journal: Journal, here: Here, ask: Ask) -> Outcome:
    no = approval(journal, "go on?", seconds=ask.seconds)
    return no or Outcome(state=State.DONE, summary="went on")


def refuse(journal: Journal, here: Here, nothing: Walk) -> Outcome:
    def act() -> None:
        raise TargetError(part="edge", doing="moving traffic", why="it is deaf", try_="shout")

    journal.step("act", act)
    raise AssertionError


def blunder(journal: Journal, here: Here, nothing: Walk) -> Outcome:
    journal.step("act", lambda: 1 // 0)
    raise AssertionError


def lead(journal: Journal, here: Here, walk: Walk) -> Outcome:
    """Starts a walk, and waits for it."""
    started = journal.step(
        "start",
        lambda: here.operations.start("walk", {"steps": walk.steps}, why="led", key="walk"),
    )
    for number in range(100):
        journal.sleep(0.05)
        followed = journal.step(f"look {number}", lambda: bool(here.operations.outcome(started)))
        if followed:
            return Outcome(state=State.DONE, summary=f"led {started}")
    return Outcome(state=State.FAILED, summary="it never ended")


KINDS: Kinds = {
    "walk": Kind(arguments=Walk, perform=walk),
    "ask": Kind(arguments=Ask, perform=ask),
    "refuse": Kind(arguments=Walk, perform=refuse),
    "blunder": Kind(arguments=Walk, perform=blunder),
    "lead": Kind(arguments=Walk, perform=lead, holds_platform=False),
}


if __name__ == "__main__":
    main(sys.argv[1:], KINDS)
