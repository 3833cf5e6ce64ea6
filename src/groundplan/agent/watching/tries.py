"""Begins what the watch wants, hears what came of it, and lets what failed wait longer and longer.

A start that is refused, because somebody holds the platform, is no failure: it is tried again as
soon as the watch wants it again.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from groundplan.agent.voice import Voice
from groundplan.errors import TargetError
from groundplan.operations.recovery.patience import Patience, Tried
from groundplan.operations.recovery.pulse import Condition
from groundplan.operations.recovery.watch import Action, Look
from groundplan.ports.journal import Json, Outcome, State

SUBJECT = "databases"  # of its troubles
QUIET_SECONDS = 15.0  # what is still wanted is wanted again before that
Start = Callable[[str, Mapping[str, Json], str], str]  # kind, arguments, why -> its id
Ask = Callable[[str], Outcome | None]  # what came of one; None while it goes on


class Tries:
    """What was begun last, and what has failed lately."""

    def __init__(self, voice: Voice, start: Start, ask: Ask) -> None:
        self._voice = voice
        self._start = start
        self._ask = ask
        self._patience = Patience()
        self._going: tuple[str, Tried] | None = None
        self._refused: dict[str, float] = {}  # kinds, and when a start of one was refused last

    def may(self, action: Action, look: Look) -> bool:
        """Whether it has not failed, or has waited for long enough since."""
        return look.at >= self._patience.next_try(action, look).until

    def begin(self, action: Action, look: Look, kind: str, arguments: Mapping[str, Json]) -> None:
        """Starts it; the journal says how often it has failed before."""
        tried = self._patience.next_try(action, look)
        again = f" (it failed {_counted(tried.fails)} before: {tried.why})" if tried.fails else ""
        try:
            self._going = self._start(kind, arguments, f"{action.because}{again}"), tried
        except TargetError as error:
            self._refused[kind] = look.at
            self._voice.trouble(f"{SUBJECT}: {kind}", error.why)
        else:
            self._refused.pop(kind, None)
            self._voice.trouble(f"{SUBJECT}: {kind}", None)

    def hear(self, condition: Condition, *, at: float) -> None:
        """What came of what was begun, and what waits now."""
        with suppress(TargetError):  # nobody can be asked yet
            outcome = self._ask(self._going[0]) if self._going else None
            if outcome is not None and self._going is not None:
                self._ended(self._going[1], outcome, at)
        if self._going is None:
            self._patience = self._patience.settled(condition, at=at)
        for kind in [kind for kind, since in self._refused.items() if at - since > QUIET_SECONDS]:
            self._voice.trouble(f"{SUBJECT}: {kind}", None)  # nobody wants it any more
            del self._refused[kind]
        waits = [_told(tried) for tried in self._patience.tried if at < tried.until]
        self._voice.trouble(f"{SUBJECT}: waits", "; ".join(waits) or None)

    def _ended(self, tried: Tried, outcome: Outcome, at: float) -> None:
        self._going = None
        if outcome.state is State.DONE:
            self._patience = self._patience.done(tried)
        else:
            self._patience = self._patience.failed(tried, outcome.summary, at=at)


def _counted(fails: int) -> str:
    return {1: "once", 2: "twice"}.get(fails, f"{fails} times")


def _told(tried: Tried) -> str:
    until = datetime.fromtimestamp(tried.until, UTC).strftime("%H:%M:%S UTC")
    about = " and ".join(tried.names)
    return (
        f"{tried.kind} of {about} failed {_counted(tried.fails)} ({tried.why}); the next try is at "
        f"{until}, or when the servers stand otherwise"
    )
