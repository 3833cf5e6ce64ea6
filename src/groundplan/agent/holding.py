"""The platform's lock as operations hold it: one at a time, and never beside `up` or `down`."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from groundplan.agent.operation import Operation
from groundplan.errors import TargetError
from groundplan.targets.local.folder import Folder, Holder

RETRY_SECONDS = 0.25


class Holding:
    """Which operations of this process hold the platform."""

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder)
        self._held: dict[str, ExitStack] = {}
        self._lock = threading.Lock()

    def take(self, operation: Operation) -> None:
        """Takes the lock, unless this one has it; TargetError that names the holder."""
        with self._lock:
            if operation.id not in self._held:
                stack = ExitStack()
                stack.enter_context(self._folder.locked(_holder(operation)))
                self._held[operation.id] = stack

    def wait_for(self, operation: Operation, told: Callable[[str], None]) -> None:
        """Takes the lock when whoever has it lets go; `told` gets each holder once."""
        said = ""
        while True:
            try:
                return self.take(operation)
            except TargetError as error:
                if error.why != said:
                    told(error.why)
                said = error.why
            time.sleep(RETRY_SECONDS)

    def let_go(self, operation: str) -> None:
        """Gives the lock back, if this one has it."""
        with self._lock:
            stack = self._held.pop(operation, None)
        if stack is not None:
            stack.close()


def _holder(operation: Operation) -> Holder:
    return Holder(
        doing=f"operation {operation.id}",
        who=operation.who,
        try_="wait until it has ended (`groundplan operations` shows it), "
        f"or `groundplan operations abort {operation.id}`",
    )
