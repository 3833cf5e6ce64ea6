"""The Journal port: the durable thread of one operation, from its first step to its outcome.

An operation is a plain function that is handed a Journal. When its process is killed it is called
again from the top: steps that were done return what they returned then, without being done again.
So between its calls of the journal it must come to the same decisions from the same results.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from pydantic import JsonValue

from groundplan.promise.promise import Evidence

Json = JsonValue
T = TypeVar("T")
APPROVE = "approve"
ABORT = "abort"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What somebody said to an operation that runs."""

    name: str  # APPROVE, ABORT, or a word of the operation's own
    who: str
    why: str = ""


class State(StrEnum):
    """How an operation stands. The first two go on, the others have ended."""

    WAITING = "waiting"  # for the platform's lock, or for a signal
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"  # it changed nothing
    ABORTED = "aborted"  # somebody said so, or nobody approved in time
    FAILED = "failed"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self not in (State.WAITING, State.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an operation: one sentence, figures for programs, evidence for the ledger."""

    state: State
    summary: str
    facts: Mapping[str, Json] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()


class Journal(Protocol):
    """The durable thread of one operation."""

    @property
    def operation(self) -> str:
        """The operation's id."""

    def now(self) -> float:
        """Seconds since 1970; after a crash the same as before it."""

    def step(self, name: str, do: Callable[[], T]) -> T:
        """Does it at least once and returns its result, which is then kept for good.

        `do` has to be harmless twice, and what it returns has to survive JSON. A TargetError that
        it raises is kept and raised again, too.
        """

    def sleep(self, seconds: float) -> None:
        """Waits. The end of the wait is kept: after a crash only the rest of it is waited for."""

    def wait_for_signal(self, seconds: float) -> Signal | None:
        """The next thing that somebody says to this operation; None when the time is up.

        Zero seconds: only what has been said already, which is how a loop sees an abort.
        """

    def tell(self, message: str, *, because: str = "") -> None:
        """One line for people who follow it; said once, however often the process is killed."""


def approval(journal: Journal, question: str, *, seconds: float) -> Outcome | None:
    """None when somebody approves; else what the operation ends with, nothing having been done."""
    deadline = journal.now() + seconds
    until = datetime.fromtimestamp(deadline, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    journal.tell(f"waits for approval until {until}", because=question)
    left = seconds
    while left > 0 and (signal := journal.wait_for_signal(left)) is not None:
        why = f" ({signal.why})" if signal.why else ""
        if signal.name == APPROVE:
            journal.tell(f"approved by {signal.who}{why}")
            return None
        if signal.name == ABORT:
            return Outcome(state=State.ABORTED, summary=f"{signal.who} said no{why}")
        journal.tell(f"{signal.who} says {signal.name}, which is no answer here")
        left = deadline - journal.now()
    return Outcome(state=State.ABORTED, summary=f"nobody approved it until {until}")
