"""An operation that keeps no record: for what only looks, such as a dry run."""

import time
from collections.abc import Callable
from typing import TypeVar
from uuid import uuid4

from groundplan.ports.journal import Signal

T = TypeVar("T")
Say = Callable[[str], None]


class Thread:
    """The Journal port without a record. `say` gets each line, `detail` each step's name."""

    def __init__(self, say: Say, detail: Say) -> None:
        self.operation = uuid4().hex
        self._say, self._detail = say, detail

    def now(self) -> float:
        return time.time()

    def step(self, name: str, do: Callable[[], T]) -> T:
        self._detail(name)
        return do()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def wait_for_signal(self, seconds: float) -> Signal | None:
        """Nobody can say anything to it: what has to be agreed to was agreed to before."""
        self.sleep(seconds)
        return None

    def tell(self, message: str, *, because: str = "") -> None:
        self._say(f"{message}: {because}" if because else message)
