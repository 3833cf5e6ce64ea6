"""An operation as people and programs see it: what was asked, how it stands, what it told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from groundplan.ports.journal import Json, State

FORMAT_VERSION = "1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What was asked, by whom and why, and how it stands. Times are seconds since 1970."""

    id: str
    kind: str
    arguments: Mapping[str, Json] = field(default_factory=dict)
    who: str
    why: str
    began: float
    state: State = State.RUNNING
    ended: float | None = None
    summary: str = ""  # of its outcome; while it goes on, the line it told last
    facts: Mapping[str, Json] = field(default_factory=dict)

    @property
    def asked(self) -> str:
        """Its arguments as JSON."""
        return json.dumps(dict(self.arguments))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line that it told; `number` counts from 1."""

    number: int
    at: float
    message: str
    because: str = ""

    def __str__(self) -> str:
        return f"{self.message}: {self.because}" if self.because else self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How an operation stands, and what it told after the line that was asked for."""

    operation: Operation
    lines: tuple[Line, ...]
    doing: str = ""  # the long step that goes on, and which share of it is done
    share: float | None = None


PROGRESS: TypeAdapter[Progress] = TypeAdapter(Progress)
OPERATIONS: TypeAdapter[tuple[Operation, ...]] = TypeAdapter(tuple[Operation, ...])


def as_json(progress: Progress) -> dict[str, Any]:
    """The answer of the API, and of `-o json`."""
    return {"format_version": FORMAT_VERSION, **PROGRESS.dump_python(progress, mode="json")}


def all_as_json(operations: tuple[Operation, ...]) -> dict[str, Any]:
    """The same for a list."""
    listed = OPERATIONS.dump_python(operations, mode="json")
    return {"format_version": FORMAT_VERSION, "operations": listed}
