"""An engine without a database: operations live in threads, on the machine's clock, and lose all
with their process. It lets the performer, the API and the verbs be tried in milliseconds."""

import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from groundplan.agent.performing.gate import LifeEnded
from groundplan.agent.performing.performer import Perform, Tell
from groundplan.ports.journal import Signal

T = TypeVar("T")


class FakeEngine:
    """`refusal`, when there is one, is what the next step meets instead of its record."""

    def __init__(
        self, folder: Path, perform: Perform, tell: Tell, trouble: Callable[[str], None]
    ) -> None:
        self.lives: dict[str, bool] = {}
        self.tell = tell
        self.forgotten: set[str] = set()
        self.refuses = False
        self._perform = perform
        self._known: dict[str, tuple[str, str]] = {}
        self._lost: set[str] = set()
        self.signals: dict[str, queue.Queue[Signal]] = {}

    def launch(self) -> None:
        pass

    def begin(self, operation: str, kind: str, arguments: str) -> None:
        if operation not in self._known:
            self._known[operation] = (kind, arguments)
            self.signals[operation] = queue.Queue()
            self._live(operation)

    def mend(self) -> None:
        while self._lost:
            self._live(self._lost.pop())

    def send(self, operation: str, signal: Signal) -> None:
        self.signals[operation].put(signal)

    def forget(self, operations: tuple[str, ...]) -> None:
        self.forgotten.update(operations)

    def close(self, seconds: float) -> None:
        pass

    def _live(self, operation: str) -> None:
        self.lives[operation] = False

        def live() -> None:
            try:
                self._perform(*self._known[operation], FakeJournal(operation, self))
            except LifeEnded:
                self._lost.add(operation)
            finally:
                del self.lives[operation]

        threading.Thread(target=live, daemon=True).start()


class FakeJournal:
    def __init__(self, operation: str, engine: FakeEngine) -> None:
        self.operation = operation
        self._engine = engine
        self._lines = 0

    def now(self) -> float:
        return time.time()

    def step(self, name: str, do: Callable[[], T]) -> T:
        if self._engine.refuses:
            self._engine.refuses = False
            raise LifeEnded
        return do()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def wait_for_signal(self, seconds: float) -> Signal | None:
        self._engine.lives[self.operation] = True
        try:
            return self._engine.signals[self.operation].get(timeout=max(seconds, 0.001))
        except queue.Empty:
            return None
        finally:
            self._engine.lives[self.operation] = False

    def tell(self, message: str, *, because: str = "") -> None:
        self._engine.tell(self.operation, self._lines, message, because)
        self._lines += 1
