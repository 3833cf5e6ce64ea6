"""The Journal port in memory: its record outlives a killed life, as the real one's does.

`killed_at_every_step` runs an operation once for each place where a kill -9 can hit it, and again
from the top after each, which is how a durable operation is tested in milliseconds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import TypeAdapter

from groundplan.errors import TargetError
from groundplan.ports.journal import Signal
from groundplan.twin.clock import VirtualClock

T = TypeVar("T")
_JSON: TypeAdapter[Any] = TypeAdapter(Any)


class Killed(BaseException):
    """kill -9: nothing of the operation may catch it."""


@dataclass(slots=True)
class Record:
    """What is kept of an operation: each call's name and result, in order, and what was told."""

    entries: list[tuple[str, bytes]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    signals: list[tuple[float, Signal]] = field(default_factory=list)  # when each is said


@dataclass(slots=True)
class TwinJournal:
    """One life of an operation. `dies_at` is the number of the call that it does not survive.

    It dies after the effect and before the record of it: what was done is not known to be done.
    """

    clock: VirtualClock
    record: Record = field(default_factory=Record)
    operation: str = "twin"
    dies_at: int | None = None
    _calls: int = 0

    def now(self) -> float:
        """The virtual time, recorded."""
        return float(self._once("now", lambda: self.clock.now))

    def step(self, name: str, do: Callable[[], T]) -> T:
        """Does it, unless an earlier life did and told the record."""
        kind, result = self._once(f"step {name}", lambda: _attempt(do))
        if kind == "error":
            raise TargetError(**result)
        return result  # type: ignore[no-any-return]

    def sleep(self, seconds: float) -> None:
        """Moves the clock to the end of the wait."""
        until = float(self._once("sleep", lambda: self.clock.now + seconds))
        self.clock.advance(max(0.0, until - self.clock.now))

    def wait_for_signal(self, seconds: float) -> Signal | None:
        """The next scripted signal, when it is said in time."""
        found = self._once("signal", lambda: self._next_signal(seconds), self._taken)
        return Signal(**found) if found else None

    def tell(self, message: str, *, because: str = "") -> None:
        """Keeps the line."""
        line = f"{message}: {because}" if because else message
        self._once(f"tell {message}", lambda: line, self.record.told.append)

    def _next_signal(self, seconds: float) -> dict[str, str] | None:
        deadline = self.clock.now + seconds
        waiting = sorted(self.record.signals, key=lambda pair: pair[0])
        if not waiting or waiting[0][0] > deadline:
            self.clock.advance(seconds)
            return None
        at, signal = waiting[0]
        self.clock.advance(max(0.0, at - self.clock.now))
        return {"name": signal.name, "who": signal.who, "why": signal.why}

    def _taken(self, found: dict[str, str] | None) -> None:
        """A signal is gone once it is recorded, and not before: a death does not swallow it."""
        if found:
            self.record.signals.remove(min(self.record.signals, key=lambda pair: pair[0]))

    def _once(
        self, name: str, do: Callable[[], Any], and_then: Callable[[Any], None] | None = None
    ) -> Any:
        number = self._calls
        self._calls += 1
        if number < len(self.record.entries):
            kept, result = self.record.entries[number]
            assert kept == name, f"call {number} was {kept!r}, and after a crash is {name!r}"
            return _JSON.validate_json(result)
        result = _JSON.dump_json(do())
        if number == self.dies_at:
            raise Killed(name)
        self.record.entries.append((name, result))
        recorded = _JSON.validate_json(result)
        if and_then is not None:
            and_then(recorded)
        return recorded


def _attempt(do: Callable[[], Any]) -> tuple[str, Any]:
    try:
        return "result", do()
    except TargetError as error:
        return "error", error.facts


def killed_at_every_step(
    live: Callable[[int | None], tuple[Callable[[TwinJournal], T], TwinJournal]],
) -> Iterator[tuple[int, T]]:
    """What comes of an operation that is killed at its first call, at its second, and so on.

    `live(dies_at)` makes a fresh world and returns the operation and the journal of its first life;
    the second life gets the same record and dies no more. Ends with the first life that survives.
    """
    number = 0
    while True:
        operation, journal = live(number)
        try:
            operation(journal)
        except Killed:
            again = TwinJournal(
                clock=journal.clock, record=journal.record, operation=journal.operation
            )
            yield number, operation(again)
        else:
            return
        number += 1
