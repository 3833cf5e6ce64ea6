"""What a rollout saw, look by look, and what it decided: enough to decide all of it anew.

A line of JSON for each look, after a first one with the plan. Counts are whole numbers and so are
read back as they were; so a rollout that is decided anew from its record, on the virtual clock, has
to come to the same decisions, each at the same look.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from pydantic import TypeAdapter

from groundplan.operations.delivery.plan import Plan
from groundplan.operations.delivery.state import Decision, Done, Said
from groundplan.ports.releases import Sight

FORMAT_VERSION = "1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """The first line."""

    format_version: str = FORMAT_VERSION
    rollout: str
    began: float
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision, as far as anybody can tell it from another one."""

    phase: str
    weights: Mapping[str, int]
    verdict: str
    because: str
    waits: bool

    @classmethod
    def of(cls, decision: Decision) -> "Decided":
        """Without the state that led to it."""
        return cls(
            phase=decision.state.phase.value,
            weights=decision.weights,
            verdict=decision.state.judgement.verdict.value,
            because=decision.because,
            waits=decision.waits,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One look: what was seen, said and done in it, and what was decided."""

    now: float
    sight: Sight
    said: Said | None = None
    done: tuple[Done, ...] = ()
    decided: tuple[Decided, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A rollout, as far as it went."""

    beginning: Beginning
    ticks: tuple[Tick, ...]

    @property
    def words(self) -> dict[float, Said]:
        """What people said, by when it was heard."""
        return {tick.now: tick.said for tick in self.ticks if tick.said}

    @property
    def seconds(self) -> float:
        """From its beginning to its last look."""
        return self.ticks[-1].now - self.beginning.began if self.ticks else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where deciding anew led elsewhere first; None: there was no such decision."""

    look: int  # from 1
    then: Decided | None
    anew: Decided | None


Keep = Callable[[int, Beginning | Tick], None]  # the number of the line, from 0
_BEGINNING = TypeAdapter(Beginning)
_TICK = TypeAdapter(Tick)


def unkept(number: int, line: Beginning | Tick) -> None:
    """Nobody decides it anew."""


def text_of(line: Beginning | Tick) -> bytes:
    """As it is written down."""
    if isinstance(line, Beginning):
        return _BEGINNING.dump_json(line)
    return _TICK.dump_json(line)


def read(lines: Iterable[bytes]) -> Record:
    """Of what was written down; ValueError when it is something else."""
    first, *rest = lines
    return Record(
        beginning=_BEGINNING.validate_json(first),
        ticks=tuple(_TICK.validate_json(line) for line in rest),
    )


def difference(record: Record, anew: Iterable[tuple[int, Decision]]) -> Difference | None:
    """The first one, if any; `anew` are all decisions, each with the number of its look."""
    then = ((n, each) for n, tick in enumerate(record.ticks) for each in tick.decided)
    now = ((number, Decided.of(each)) for number, each in anew)
    for was, is_now in zip_longest(then, now):
        if was != is_now:
            number = min(pair[0] for pair in (was, is_now) if pair)
            return Difference(look=number + 1, then=_at(number, was), anew=_at(number, is_now))
    return None


def _at(number: int, pair: tuple[int, Decided] | None) -> Decided | None:
    return pair[1] if pair and pair[0] == number else None
