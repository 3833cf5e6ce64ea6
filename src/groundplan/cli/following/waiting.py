"""Waits for what the agent does by itself: a watch that mends is over in seconds, and whoever types
a switchover in the middle of it does not have to type it again."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from groundplan.agent.door import asking
from groundplan.agent.performing.operation import Operation, Progress
from groundplan.agent.performing.performer import AGENT
from groundplan.cli.asked.session import Session
from groundplan.cli.following.following import followed, started
from groundplan.errors import TargetError
from groundplan.ports.journal import Json

T = TypeVar("T")
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

    operation = in_turn(
        session,
        folder,
        lambda: started(session, folder, kind, arguments),
        look_again=look_again,
        seconds=seconds,
    )
    return followed(session, folder, operation)


def in_turn(
    session: Session,
    folder: Path,
    do: Callable[[], T],
    *,
    look_again: Callable[[], object] = lambda: None,
    seconds: float = SECONDS,
) -> T:
    """Does what takes the platform's lock, as soon as the agent's operation has let go of it."""
    deadline, said = time.monotonic() + seconds, ""
    while True:
        try:
            return do()
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
    try:
        newest = asking.newest(folder, limit=1)
    except TargetError:
        return None  # who has the lock is no agent that could be asked
    for each in newest:
        if each.id in refused.why:
            return each if each.who == AGENT else None
    # It let go between the refusal and this question: the next try tells.
    return None


def _let_go(folder: Path, held: Operation, deadline: float) -> None:
    """Until it has ended and let go, its agent does not answer, or the time is up."""
    with suppress(TargetError):
        while time.monotonic() < deadline:
            if asking.progress(folder, held.id).operation.ended is not None:
                break
            time.sleep(POLL_SECONDS)
    time.sleep(POLL_SECONDS)
