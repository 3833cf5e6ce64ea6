"""Lets what is being done end, and nothing new begin: how the agent stops without harm."""

import threading
import time
from types import TracebackType
from typing import Self


class Gate:
    """Threads go through it with `with`. Once it is closed they stand before it for ever."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._is_closed = False

    def __enter__(self) -> Self:
        self.stand()
        with self._changed:
            self._inside += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    @property
    def is_closed(self) -> bool:
        """Whether nobody gets in any more."""
        return self._is_closed

    def stand(self) -> None:
        """Returns while it is open; when it is closed, never."""
        while self._is_closed:
            time.sleep(60)

    def close(self, seconds: float) -> bool:
        """Closes it and waits for those inside; whether all of them came out in time."""
        with self._changed:
            self._is_closed = True
            return self._changed.wait_for(lambda: self._inside == 0, timeout=seconds)


class LifeEnded(BaseException):
    """What is done cannot be recorded: this life of an operation ends, and another one will come.

    No operation may catch it, so it is no Exception.
    """
