"""Waits for an agent that has just died: its supervisor starts it again within seconds, and whoever
types a verb in between does not have to type it again. A platform that is down answers at once."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from groundplan.agent.performing.refusals import Away
from groundplan.cli.asked.session import Session
from groundplan.design.parts import AGENT_PART
from groundplan.targets.local.processes.supervisor import Supervisor

T = TypeVar("T")
SECONDS = 10.0
POLL_SECONDS = 0.25


def is_kept(folder: Path) -> bool:
    """Whether a supervisor starts the agent again."""
    return Supervisor(folder).keeps(AGENT_PART)


def answered(
    session: Session,
    folder: Path,
    ask: Callable[[], T],
    *,
    comes_back: Callable[[Path], bool] = is_kept,
    seconds: float = SECONDS,
) -> T:
    """What the agent answers, as soon as it is back. Asked again is only what has not begun."""
    deadline, is_said = time.monotonic() + seconds, False
    while True:
        try:
            return ask()
        except Away:
            if time.monotonic() > deadline or not comes_back(folder):
                raise
        if not is_said:
            session.screen.note(
                f"waits up to {seconds:.0f} s for the agent, which is being started again"
            )
        is_said = True
        time.sleep(POLL_SECONDS)
