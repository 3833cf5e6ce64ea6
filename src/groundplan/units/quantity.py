"""What every quantity has: its text, a pattern, `parse`, and a place in pydantic models."""

import re
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

TEXT_MAX = 80  # no quantity is longer; a bound keeps hostile digits away from int()
NUMBER = r"[0-9]+(?:\.[0-9]+)?"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Quantity:
    """A value of the file with its text. Works as a pydantic field type."""

    text: str = field(compare=False)

    forms: ClassVar[str]
    examples: ClassVar[tuple[str, ...]]
    pattern: ClassVar[str]
    takes_numbers: ClassVar[bool] = False  # whether `95` may stand for "95"

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Self:
        """The quantity that the text says; ValueError says which forms are accepted."""
        found = re.fullmatch(cls.pattern, text) if len(text) <= TEXT_MAX else None
        if found is None:
            shown = text if len(text) <= TEXT_MAX else text[:TEXT_MAX] + "…"
            raise ValueError(f'"{shown}" is not {cls.forms}')
        return cls._read(text, found.groups())

    @classmethod
    @abstractmethod
    def _read(cls, text: str, groups: tuple[Any, ...]) -> Self:
        """The value of a text that matches the pattern."""

    @classmethod
    def _accept(cls, value: object) -> Self:
        if isinstance(value, cls):
            return value
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not isinstance(value, str) and not (is_number and cls.takes_numbers):
            detail = {"forms": cls.forms, "examples": cls.examples}
            raise PydanticCustomError("quantity_type", "{forms}", detail)
        try:
            return cls.parse(str(value))
        except ValueError as error:
            complaint = {"message": str(error), "examples": cls.examples}
            raise PydanticCustomError("quantity", "{message}", complaint) from error

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
            "description": cls.forms,
            "examples": list(cls.examples),
        }
        return {"anyOf": [text, {"type": "number"}]} if cls.takes_numbers else text
