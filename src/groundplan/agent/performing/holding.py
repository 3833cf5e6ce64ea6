"""The platform's lock as operations hold it: one at a time, and never beside `up` or `down`.

One that holds it for hours, as a rollout does, lends it to those that cannot wait: a guest comes in
whenever its host builds nothing, and the host builds nothing while a guest is in.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from groundplan.agent.performing.operation import Operation
from groundplan.errors import TargetError
from groundplan.targets.local.folder import Folder, Holder

RETRY_SECONDS = 0.25
GUEST_SECONDS = 3600.0  # how long a host waits for its guest to leave: a copy takes its time


@dataclass(slots=True)
class _Host:
    operation: Operation
    lends_to: frozenset[str]
    builds: bool = False
    guest: Operation | None = None


class Holding:
    """Which operations of this process hold the platform."""

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder)
        self._held: dict[str, ExitStack] = {}
        self._host: _Host | None = None
        self._left: list[Operation] = []  # guests that nobody was told of since they left
        self._changed = threading.Condition()

    def take(self, operation: Operation, lends_to: frozenset[str] = frozenset()) -> None:
        """Takes the lock, unless this one has it; TargetError that names the holder."""
        with self._changed:
            if operation.id in self._held or self._comes_in(operation):
                return
            stack = ExitStack()
            stack.enter_context(self._folder.locked(_holder(operation)))
            self._held[operation.id] = stack
            if lends_to:
                self._host, self._left = _Host(operation, lends_to), []

    def wait_for(
        self,
        operation: Operation,
        told: Callable[[str], None],
        lends_to: frozenset[str] = frozenset(),
    ) -> None:
        """Takes the lock when whoever has it lets go; `told` gets each holder once."""
        said = ""
        while True:
            try:
                return self.take(operation, lends_to)
            except TargetError as error:
                if error.why != said:
                    told(error.why)
                said = error.why
            time.sleep(RETRY_SECONDS)

    def let_go(self, operation: str) -> None:
        """Gives the lock back, if this one has it; a guest leaves, or has it when its host ends."""
        with self._changed:
            stack = self._held.pop(operation, None)
            host = self._host
            if host is not None and host.guest is not None and host.guest.id == operation:
                self._left.append(host.guest)
                host.guest = None
            elif host is not None and host.operation.id == operation:
                self._host = None
                if host.guest is not None and stack is not None:
                    self._held[host.guest.id], stack = stack, None
            self._changed.notify_all()
        if stack is not None:
            stack.close()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """For the host: nobody else is in, or comes in. TargetError when a guest does not leave."""
        with self._changed:
            host = self._host
            assert host is not None, "only a host builds beside guests"
            if not self._changed.wait_for(lambda: host.guest is None, timeout=GUEST_SECONDS):
                raise _stays(host)
            host.builds = True
        try:
            yield
        finally:
            with self._changed:
                host.builds = False

    def guests(self) -> tuple[Operation, ...]:
        """Who is in, and who has been in since this was asked last."""
        with self._changed:
            left, self._left = self._left, []
            present = self._host.guest if self._host else None
            return (*left, present) if present else tuple(left)

    def _comes_in(self, operation: Operation) -> bool:
        host = self._host
        if host is None or operation.kind not in host.lends_to or host.builds:
            return False
        if host.guest is None:
            host.guest = operation
        return host.guest.id == operation.id


def _stays(host: _Host) -> TargetError:
    guest = host.guest.id if host.guest else "nobody"
    return TargetError(
        part="lock",
        doing="building",
        why=f"{guest} has been in for {GUEST_SECONDS:g} s",
        try_=f"groundplan operations show {guest}",
        retry=True,
    )


def _holder(operation: Operation) -> Holder:
    return Holder(
        doing=f"operation {operation.id}",
        who=operation.who,
        try_="wait until it has ended (`groundplan operations` shows it), "
        f"or `groundplan operations abort {operation.id}`",
    )
