"""Waits for what the agent does by itself: a watch that mends is over in seconds, and whoever types
a switchover in the middle of it does not have to type it again."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from groundplan.agent import asking
from groundplan.agent.operation import Operation, Progress
from groundplan.agent.performer import AGENT
from groundplan.cli.account import who_types
from groundplan.cli.following import followed
from groundplan.cli.session import Session
from groundplan.errors import TargetError
from groundplan.ports.journal import Json

SECONDS = 90.0  # a replica that is copied anew may take longer: then it is said, as for others
POLL_SECONDS = 0.25


def performed_in_turn(
    session: Session,
    folder: Path,
    kind: str,
    arguments: Mapping[str, Json],
    *,
    look_again: Callable[[], object] = lambda: None,
    seconds: float = SECONDS,
) -> Progress:
    """Starts and follows an operation, as soon as the agent's own has let go of the platform.

    `look_again` is called after a wait: what was typed may make no sense any more. Whatever else
    holds the platform is told at once, by the TargetError of the start.
    """
    operation = _started(session, folder, (kind, arguments), look_again, seconds)
    return followed(session, folder, operation)


def _started(
    session: Session,
    folder: Path,
    wanted: tuple[str, Mapping[str, Json]],
    look_again: Callable[[], object],
    seconds: float,
) -> str:
    deadline, said = time.monotonic() + seconds, ""
    while True:
        try:
            return asking.start(folder, *wanted, who=who_types())
        except TargetError as error:
            held = _held_by_agent(folder, error)
            if held is None or time.monotonic() > deadline:
                raise
            if held.id != said:
                session.screen.note(
                    f"waits up to {seconds:.0f} s for {held.id}, which the agent does: {held.why}"
                )
            said = held.id
            _let_go(folder, held, deadline)
            look_again()


def _held_by_agent(folder: Path, refused: TargetError) -> Operation | None:
    """The operation that holds the platform, when the agent began it and no person did."""
    if refused.part != "lock":
        return None
    for each in asking.newest(folder, limit=1):
        if each.id in refused.why:
            return each if each.who == AGENT else None
    # It let go between the refusal and this question: the next try tells.
    return None


def _let_go(folder: Path, held: Operation, deadline: float) -> None:
    """Until it has ended, or the time is up."""
    while asking.progress(folder, held.id).operation.ended is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
