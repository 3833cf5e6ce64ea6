"""What an operation is to the agent: its arguments, and what it is performed on."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from groundplan.agent.performing.operation import Operation
from groundplan.design.design import Design
from groundplan.errors import TargetError
from groundplan.ports.journal import Journal, Json, Outcome
from groundplan.ports.operations import Operations

A = TypeVar("A")
Share = Callable[[str, float], None]  # what is being done, and which share of it, from 0 to 1
Show = Callable[[Mapping[str, Json]], None]  # where it stands, for programs


def unshared(doing: str, share: float) -> None:
    """Nobody follows."""


def unshown(facts: Mapping[str, Json]) -> None:
    """Nobody looks."""


class Lent(Protocol):
    """The platform, as one sees it that lends it to others."""

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else is in, or comes in. TargetError when a guest does not leave."""

    def guests(self) -> tuple[Operation, ...]:
        """Who is in, and who has been in since this was asked last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What an operation is performed on, and the others that it may start."""

    folder: Path
    design: Design
    operations: Operations
    lent: Lent
    share: Share = unshared  # tells those who follow how much of a long step is done
    show: Show = unshown


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[A]):
    """One kind of operation. `arguments` is a dataclass; its fields are what may be asked.

    One that holds the platform is alone: no other such operation, no `up` and no `down` beside it,
    but those that it lends the platform to.
    """

    arguments: type[A]
    perform: Callable[[Journal, Here, A], Outcome]
    holds_platform: bool = True
    lends_to: frozenset[str] = frozenset()

    def read(self, kind: str, text: str) -> A:
        """The arguments from JSON; TargetError when they are not what this kind takes."""
        try:
            given = json.loads(text)
            unknown = set(given) - {field.name for field in fields(self.arguments)}  # type: ignore[arg-type]
            if unknown:
                raise ValueError(f"it takes no {', '.join(sorted(unknown))}")
            return TypeAdapter(self.arguments).validate_python(given)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(step) for step in first["loc"]) or "the arguments"
            raise self._refused(kind, f"{where}: {first['msg']}") from error
        except (TypeError, ValueError) as error:
            raise self._refused(kind, str(error)) from error

    def _refused(self, kind: str, why: str) -> TargetError:
        takes = ", ".join(field.name for field in fields(self.arguments))  # type: ignore[arg-type]
        return TargetError(
            part="agent",
            doing=f"starting a {kind}",
            why=f"its arguments are wrong: {why}",
            try_=f"it takes {takes}" if takes else "it takes no arguments",
        )


Kinds = Mapping[str, Kind[Any]]
