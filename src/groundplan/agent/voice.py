"""Says what goes wrong once, and once more when it is over: changes, not repetitions."""

import sys
from datetime import UTC, datetime
from typing import TextIO


class Voice:
    """Remembers what it has said about each subject."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._said: dict[str, str] = {}

    def say(self, text: str) -> None:
        """One line with the time."""
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        print(at, " ".join(text.split()), file=self._stream, flush=True)

    def trouble(self, subject: str, why: str | None) -> None:
        """Says why, unless that was said already; None: the subject is fine (again)."""
        before = self._said.get(subject)
        if why is not None and before is None:
            self.say(f"{subject}: {why}")
        elif why is None and before is not None:
            self.say(f"{subject}: fine again")
        if why is None:
            self._said.pop(subject, None)
        else:
            self._said[subject] = why

    @property
    def troubles(self) -> dict[str, str]:
        """What is wrong now, by subject."""
        return dict(self._said)
