"""What the agent says when it does not start or steer an operation: why, and what to try."""

import difflib
from collections.abc import Iterable
from pathlib import Path

from groundplan.agent.performing.operation import Operation
from groundplan.errors import TargetError


class NoOperation(TargetError):
    """Nobody knows the operation that is asked for."""

    def __init__(self, operation: str) -> None:
        super().__init__(
            part="agent",
            doing=f"finding operation {operation}",
            why="there is none with that name, or it ended more than 30 days ago",
            try_="`groundplan operations` lists them, `groundplan journal` what was done before",
        )


class Unreadable(TargetError):
    """What was sent to the agent is no request."""

    def __init__(self, why: str) -> None:
        super().__init__(
            part="agent",
            doing="reading the request",
            why=why,
            try_='POST JSON such as {"kind": "failover", "arguments": {}, "who": "ada", "why": ""}',
        )


class NotNow(TargetError):
    """It was understood, and does not fit what goes on."""


class Away(TargetError):
    """It does not run, or has only just started: nothing of what is asked for has begun."""


def no_kind(kind: str, known: Iterable[str]) -> TargetError:
    """An operation that this groundplan cannot perform."""
    names = sorted(known)
    close = difflib.get_close_matches(kind, names, n=1)
    listed = ", ".join(names) or "none in this version"
    return TargetError(
        part="agent",
        doing="starting an operation",
        why=f"there is no operation '{kind[:80]}'",
        try_=f"did you mean {close[0]}?" if close else f"the operations are: {listed}",
    )


def has_ended(operation: Operation, signal: str) -> TargetError:
    """A signal that comes too late."""
    return NotNow(
        part="agent",
        doing=f"telling {operation.id} to {signal}",
        why=f"it has ended already: {operation.state}, {operation.summary}",
        try_=f"`groundplan operations show {operation.id}` shows what it did",
    )


def goes_on_first(operation: Operation) -> TargetError:
    """Whoever holds the platform has died, and is performed anew before others begin."""
    return TargetError(
        part="lock",
        doing="taking the platform's lock",
        why=f"operation {operation.id} of {operation.who} was begun before, and goes on first",
        try_="wait until it has ended (`groundplan operations` shows it), "
        f"or `groundplan operations abort {operation.id}`",
        retry=True,
    )


def no_design(folder: Path, error: Exception) -> TargetError:
    """Nothing is known of what runs here."""
    return TargetError(
        part="agent",
        doing="reading the design",
        why=f"{folder}: {str(error).splitlines()[0]}",
        try_="run `groundplan up`, which writes it anew",
    )
