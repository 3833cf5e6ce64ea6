"""An operation that the command performs itself, for a platform whose agent cannot: its journal
lasts as long as the command does."""

import time
from collections.abc import Callable
from typing import TypeVar
from uuid import uuid4

from groundplan.cli.screen import Screen
from groundplan.ports.journal import Signal

T = TypeVar("T")


class Thread:
    """The Journal port on a screen."""

    def __init__(self, screen: Screen) -> None:
        self.operation = uuid4().hex
        self._screen = screen
        self._began = time.monotonic()

    def now(self) -> float:
        return time.time()

    def step(self, name: str, do: Callable[[], T]) -> T:
        self._screen.detail(f"{self._passed()}  {name}")
        return do()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def wait_for_signal(self, seconds: float) -> Signal | None:
        """Nobody can say anything to a command: it was given its --yes before."""
        self.sleep(seconds)
        return None

    def tell(self, message: str, *, because: str = "") -> None:
        self._screen.note(f"{self._passed()}  {message}{f': {because}' if because else ''}")

    def _passed(self) -> str:
        return f"{time.monotonic() - self._began:6.1f} s"
