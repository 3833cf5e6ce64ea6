"""What an operation is to the agent: its arguments, and what it is performed on."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from groundplan.design.design import Design
from groundplan.errors import TargetError
from groundplan.ports.journal import Journal, Outcome
from groundplan.ports.operations import Operations

A = TypeVar("A")
Share = Callable[[str, float], None]  # what is being done, and which share of it, from 0 to 1


def unshared(doing: str, share: float) -> None:
    """Nobody follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What an operation is performed on, and the others that it may start."""

    folder: Path
    design: Design
    operations: Operations
    share: Share = unshared  # tells those who follow how much of a long step is done


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[A]):
    """One kind of operation. `arguments` is a dataclass; its fields are what may be asked.

    One that holds the platform is alone: no other such operation, no `up` and no `down` beside it.
    """

    arguments: type[A]
    perform: Callable[[Journal, Here, A], Outcome]
    holds_platform: bool = True

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
