"""What every quantity has: its text, a pattern, `parse`, and a place in pydantic models."""

import re
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

TEXT_MAX = 80  # no quantity is longer; a bound keeps hostile digits away from int()
Slips = tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...]
NUMBER = r"[0-9]+(?:\.[0-9]+)?"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Quantity:
    """A value of the file with its text. Works as a pydantic field type."""

    text: str = field(compare=False)

    what: ClassVar[str]  # "a length of time"
    forms: ClassVar[str]  # "a number and ms, s, m, hours, ..."
    examples: ClassVar[tuple[str, ...]]
    pattern: ClassVar[str]
    slips: ClassVar[Slips] = ()  # how it is often written, and what is meant
    takes_numbers: ClassVar[bool] = False  # whether `95` may stand for "95"

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Self:
        """The quantity that the text says; ValueError says which forms are accepted."""
        found = re.fullmatch(cls.pattern, text) if len(text) <= TEXT_MAX else None
        if found is None:
            raise cls._refusal(text)
        return cls._read(text, found.groups())

    @classmethod
    def _refusal(cls, text: str) -> ValueError:
        shown = text if len(text) <= TEXT_MAX else text[:TEXT_MAX] + "…"
        return ValueError(f'"{shown}" is not {cls.what}: {cls.forms}')

    @classmethod
    def guess(cls, text: str) -> str | None:
        """What a text that cannot be read was probably meant to be."""
        meant = text[:TEXT_MAX].strip()
        for slip, correct in cls.slips:
            meant = re.sub(slip, correct, meant)
        try:
            return str(cls.parse(meant))
        except ValueError:
            return None

    @classmethod
    @abstractmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        """The value of a text that matches the pattern."""

    @classmethod
    def _accept(cls, value: object) -> Self:
        if isinstance(value, cls):
            return value
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        about: dict[str, Any] = {"what": cls.what, "forms": cls.forms, "examples": cls.examples}
        if not isinstance(value, str) and not (is_number and cls.takes_numbers):
            raise PydanticCustomError("quantity_type", "{what}", about)
        try:
            return cls.parse(str(value))
        except ValueError as error:
            about |= {"meant": cls.guess(str(value)), "problem": str(error)}
            raise PydanticCustomError("quantity", "{problem}", about) from error

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._accept, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        text = {
            "type": "string",
            "pattern": f"^(?:{cls.pattern})$",
            "description": f"{cls.what}: {cls.forms}",
            "examples": list(cls.examples),
        }
        return {"anyOf": [text, {"type": "number"}]} if cls.takes_numbers else text
