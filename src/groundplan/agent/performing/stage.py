"""Where operations are performed: set up as soon as that is possible, and kept in order.

A disk that is full or a file that is broken makes no agent die: it goes on sampling, says what is
wrong, and tries again.
"""

import threading
from collections.abc import Callable

from groundplan.agent.performing.performer import Performer
from groundplan.agent.performing.refusals import Away
from groundplan.agent.voice import Voice
from groundplan.errors import TargetError

EVERY_SECONDS = 5.0
SUBJECT = "operations"  # of its troubles


class Stage:
    """Has a performer, once one can be made."""

    def __init__(self, make: Callable[[], Performer], voice: Voice) -> None:
        self._make = make
        self._voice = voice
        self._performer: Performer | None = None
        self._why: TargetError | None = None

    def performer(self) -> Performer:
        """Who performs; TargetError as long as nobody can."""
        if self._performer is not None:
            return self._performer
        raise self._why or Away(
            part="agent",
            doing="opening the operations",
            why="the agent has only just started",
            try_="repeat it in some seconds",
            retry=True,
        )

    def run(self, stop: threading.Event) -> None:
        """Sets it up and keeps it in order until told to stop."""
        while not stop.is_set():
            self.turn()
            stop.wait(EVERY_SECONDS)

    def turn(self) -> None:
        """One look: whether there is a performer, and whether it needs something."""
        try:
            if self._performer is None:
                self._performer = self._make()
            self._performer.tidy()
        except TargetError as error:
            self._why = error
            self._voice.trouble(SUBJECT, f"{error.doing} failed: {error.why}; try: {error.try_}")
        else:
            self._why = None
            self._voice.trouble(SUBJECT, None)

    def close(self) -> None:
        """Stops between two steps."""
        if self._performer is not None:
            self._performer.close()
