"""kill -9 of a platform's agent, from outside: as soon as an operation has recorded so many steps.

The agent knows nothing of it. What it records is read a thousand times a second, so the agent dies
as the next step begins; how many steps were recorded when it was dead tells whether that was so.
"""

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from stories.harness import within

from groundplan.agent.door import asking
from groundplan.agent.journal import JournalFile
from groundplan.agent.performing.operation import Operation
from groundplan.errors import TargetError
from groundplan.ports.folder import OPERATIONS, STEPS
from groundplan.targets.local.processes.supervisor import Supervisor

AGENT = "global/agent"
Steps = tuple[tuple[str, float], ...]  # names, and how many seconds each took
LOOK_SECONDS = 0.001
PATIENCE_SECONDS = 120.0
TRIES = 3  # to meet every step
SEEN_SECONDS = 0.05  # on two cores that others use, too
_STEPS = (
    "SELECT function_name, completed_at_epoch_ms - started_at_epoch_ms FROM operation_outputs"
    " WHERE workflow_uuid = ? ORDER BY function_id"
)
_OPEN = "SELECT id FROM operation WHERE kind = ? AND ended IS NULL"
_ENDED = "SELECT 1 FROM operation WHERE id = ? AND ended IS NOT NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """In which operation, and how many steps it had recorded then; None: it had ended before.

    `steps` are their names, and how many seconds each took.
    """

    operation: str
    recorded: int | None
    steps: Steps


@dataclass(frozen=True, slots=True)
class Mortal:
    """The agent of the platform in a folder, as somebody sees it who wants it dead."""

    folder: Path

    def start(self, kind: str, **arguments: str) -> str:
        """Asks for an operation, when nobody holds the platform, and returns its id."""
        begun: list[str] = []

        def is_begun() -> bool:
            try:
                begun.append(asking.start(self.folder, kind, arguments, who="the story"))
            except TargetError as error:
                if error.part != "lock":
                    raise
            return bool(begun)

        within(PATIENCE_SECONDS, f"{kind} begins", is_begun)
        return begun[0]

    def steps(self, operation: str) -> Steps:
        """What it has recorded so far, in order: names, and how many seconds each took."""
        rows = self._rows(STEPS, _STEPS, operation)
        return tuple((str(name), float(ms or 0) / 1000) for name, ms in rows)

    def killed_in(
        self, kind: str, do: Callable[[], object], *, after: int, later: float = 0.0
    ) -> Death:
        """Does what brings an operation about, and kills the agent when `after` steps of it are
        recorded and `later` seconds have passed; never, when it ends before."""
        doing = threading.Thread(target=_quietly, args=(do,), daemon=True)
        pid = self._pid()
        doing.start()
        death = self._kill(pid, self._opened(kind), after, later)
        doing.join(timeout=PATIENCE_SECONDS)
        return death

    def killed_again(self, operation: str, *, after: int) -> Death:
        """The same for one that goes on."""
        return self._kill(self._pid(), operation, after, 0.0)

    def killed_amid(self, operation: str, *, later: float) -> bool:
        """Kills it in the middle of the step that it is at, unless that is done before."""
        pid, before = self._pid(), len(self.steps(operation))
        time.sleep(later)
        if len(self.steps(operation)) != before or self._has_ended(operation):
            return False
        return self._kill(pid, operation, before, 0.0).recorded == before

    def is_back(self) -> float:
        """Waits for the next agent, which the supervisor starts; the seconds that it took."""
        return within(PATIENCE_SECONDS, "the next agent answers", self._answers)

    def ended(self, operation: str) -> Operation:
        """How it ended, whoever performs it."""
        self.is_back()
        within(
            PATIENCE_SECONDS,
            f"{operation} has ended",
            lambda: self._has_ended(operation),
        )
        return asking.progress(self.folder, operation).operation

    def told(self, operation: str) -> str:
        """What it told, in one text."""
        lines = asking.progress(self.folder, operation).lines
        return "\n".join(map(str, lines))

    def journalled(self, operation: str) -> list[str]:
        """What the journal tells of an operation; nothing in the journal was changed."""
        with JournalFile(self.folder, read_only=True) as journal:
            assert journal.verify().problems == ()
            entries = (chained.entry for chained in journal.newest(1000))
            return [str(entry.event) for entry in entries if entry.operation == operation]

    def _opened(self, kind: str) -> str:
        found: list[str] = []

        def is_open() -> bool:
            found.extend(str(row[0]) for row in self._rows(OPERATIONS, _OPEN, kind))
            return bool(found)

        within(PATIENCE_SECONDS, f"an operation {kind} is there", is_open, every=LOOK_SECONDS)
        return found[0]

    def _kill(self, pid: int, operation: str, after: int, later: float) -> Death:
        seen: Steps = ()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(seen) < after:
            assert time.monotonic() < deadline, f"{operation} does not get to step {after}"
            now = self.steps(operation)
            if self._has_ended(operation):
                return Death(operation=operation, recorded=None, steps=max(seen, now, key=len))
            seen = now
            time.sleep(LOOK_SECONDS)
        time.sleep(later)
        os.kill(pid, signal.SIGKILL)
        within(PATIENCE_SECONDS, "the agent is dead", lambda: not psutil.pid_exists(pid))
        seen = self.steps(operation)
        recorded = None if self._has_ended(operation) else len(seen)
        return Death(operation=operation, recorded=recorded, steps=seen)

    def _has_ended(self, operation: str) -> bool:
        return bool(self._rows(OPERATIONS, _ENDED, operation))

    def _pid(self) -> int:
        row = Supervisor(self.folder).programs()[AGENT]
        assert row.pid is not None, row
        return row.pid

    def _answers(self) -> bool:
        with suppress(TargetError):
            asking.newest(self.folder)
            return True
        return False

    def _rows(self, file: str, query: str, about: str) -> list[tuple[object, ...]]:
        """What the agent wrote, looked at beside it; nothing before the agent has made its file."""
        place = f"file:{self.folder / file}?mode=ro"
        try:
            with closing(sqlite3.connect(place, uri=True, timeout=10)) as connection:
                return connection.execute(query, (about,)).fetchall()
        except sqlite3.OperationalError as error:
            if any(why in str(error) for why in ("no such table", "unable to open")):
                return []
            raise


def unmet(met: set[int | None], steps: Steps) -> list[int]:
    """Where the agent did not die yet: before which effects. A line, a look at the clock, or what
    is done in a moment may be over before anybody sees that it began (the twin dies there, too)."""
    return [
        number
        for number, (name, seconds) in enumerate(steps)
        if name.startswith("step ") and seconds >= SEEN_SECONDS and number not in met
    ]


def _quietly(do: Callable[[], object]) -> None:
    """Who asks for the operation may never hear the answer: the agent dies."""
    with suppress(TargetError):
        do()
