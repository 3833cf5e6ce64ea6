"""Steps whose results are our own values: kept as JSON, read back as what they were."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from groundplan.errors import TargetError
from groundplan.ports.journal import Journal

T = TypeVar("T")


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    """Making one takes longer than using it a hundred times."""
    return TypeAdapter(shape)


def kept(journal: Journal, name: str, shape: Any, do: Callable[[], T]) -> T:
    """One step. `shape` is the type of the result; a TargetError is kept and raised again."""
    adapter: TypeAdapter[T] = _adapter(shape)
    return adapter.validate_python(
        journal.step(name, lambda: adapter.dump_python(do(), mode="json"))
    )


def tried(journal: Journal, name: str, shape: Any, do: Callable[[], T]) -> T | TargetError:
    """The same for a step that may fail while the operation goes on."""
    try:
        return kept(journal, name, shape, do)
    except TargetError as error:
        return error
