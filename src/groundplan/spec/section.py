"""The base of every section of the platform file, and the plain values that sections are made of.

Sections are frozen, refuse unknown keys and hold tuples. To add a key, add one field.
"""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator
from pydantic_core import PydanticCustomError

from groundplan.units import Percent

COMMAND_MAX = 10_000


class Section(BaseModel):
    """A mapping of the file with known keys."""

    model_config = ConfigDict(
        defer_build=True, extra="forbid", frozen=True, allow_inf_nan=False, serialize_by_alias=True
    )

    @classmethod
    def unwritten(cls) -> Self:
        """With each key left to its default. Nothing is validated, so that a class whose default
        this is does not cost a validator of its own while modules are imported."""
        return cls.model_construct()


def refuse(rule: str, message: str, why: str, try_: str, *key: str | int) -> PydanticCustomError:
    """A finding made by a section's own validator. `key` is where it is, below the section."""
    detail = {"rule": rule, "message": message, "why": why, "try_": try_, "key": key}
    return PydanticCustomError("refused", "{message}", detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What text of a kind looks like; called, it checks one."""

    what: str  # "a name"
    form: str  # "small letters, digits and dashes"
    example: str
    pattern: str
    mend: Callable[[str], str] | None = None  # how a slip becomes what was probably meant

    def __call__(self, value: str) -> str:
        if re.fullmatch(self.pattern, value) is None:
            shown = value if len(value) <= 80 else value[:80] + "…"
            message = f'"{shown}" is not {self.what}'
            raise refuse("SPEC016", message, f"{self.what} is {self.form}", self._hint(value))
        return value

    def _hint(self, value: str) -> str:
        meant = self.mend(value[:80]) if self.mend else ""
        if re.fullmatch(self.pattern, meant):
            return f'did you mean "{meant}"?'
        return f"write it like {self.example}"

    @property
    def schema(self) -> dict[str, Any]:
        """Its part of the JSON Schema."""
        return {
            "pattern": f"^(?:{self.pattern})$",
            "description": f"{self.what}: {self.form}",
            "examples": [self.example],
        }


def dashed(value: str) -> str:
    """Text as a name would be written."""
    return re.sub(r"[^a-z0-9]+", "-", value.casefold()).strip("-")


def _as_text(value: object) -> object:
    """A number where text is wanted keeps the characters that were written."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


def _plain(value: object) -> object:
    if isinstance(value, _Scalar):
        return value
    raise PydanticCustomError("string_type", "text")


def _as_words(value: object) -> object:
    if not isinstance(value, str):
        return value
    if len(value) > COMMAND_MAX:
        raise refuse(
            "SPEC005",
            f"the command has {len(value):,} characters, and at most {COMMAND_MAX:,} are read",
            "nobody reads it, and splitting it into words takes a time that grows with its square",
            "put it into a script of the service, and name that",
        )
    try:
        return shlex.split(value)
    except ValueError as error:
        raise refuse(
            "SPEC004",
            f"the command cannot be split into words: {str(error).lower()}",
            "a command is run without a shell, from its words",
            "close the quotation, or write the command as a list of words",
        ) from error


_NAME = Shape(
    what="a name",
    form="small letters, digits and dashes, at most 63, with a letter or digit at both ends",
    example="mvlbim-api",
    pattern=r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
    mend=dashed,
)
_VARIABLE = Shape(
    what="the name of an environment variable",
    form="letters, digits and _, without a digit at the beginning",
    example="DATABASE_URL",
    pattern=r"[A-Za-z_][A-Za-z0-9_]*",
    mend=lambda value: re.sub(r"[^A-Za-z0-9]", "_", value),
)
_URL_PATH = Shape(
    what="a path of a URL",
    form="what follows host and port: a slash, and text without spaces",
    example="/healthz",
    pattern=r"/[^\s?#]*",
    mend=lambda value: "/" + re.sub(r"^\w+://[^/]*/", "", value),
)
_ENDPOINT = Shape(
    what="a host and a port",
    form="a name or an address, a colon and a number",
    example="127.0.0.1:8080",
    pattern=r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}",
    mend=lambda value: re.sub(r"^\w+://|(?<=\d)/.*$", "", value),
)
_FOLDER = Shape(
    what="a folder beside this file",
    form="a path that starts at the folder of the file, so that both can be moved",
    example="api",
    pattern=r"[^/~\0][^\0]*",
)


def _port_of(endpoint: str) -> str:
    port = int(endpoint.rpartition(":")[2])
    if not 0 < port <= 65_535:
        raise refuse(
            "SPEC005",
            f"{endpoint} has the port {port}",
            "ports are 1 to 65535",
            "write a port in that range after the colon",
        )
    return endpoint


def once(key: str, *, at_most: int | None = None) -> AfterValidator:
    """For a list whose items are told apart by one of their keys, and are not too many."""

    def check(items: tuple[Any, ...]) -> tuple[Any, ...]:
        if at_most is not None and len(items) > at_most:
            raise refuse(
                "SPEC005",
                f"the list has {len(items):,} items, and at most {at_most} are read",
                "each of them is proven on its own, and nobody reads so many proofs",
                "keep those that differ",
            )
        seen: dict[Any, int] = {}
        for index, item in enumerate(items):
            value = getattr(item, key)
            if value in seen:
                raise refuse(
                    "SPEC017",
                    f'"{value}" is the {key} of two items',
                    f"items of this list are told apart by their {key}",
                    "rename one of them, or remove it",
                    index,
                    key,
                )
            seen[value] = index
        return items

    return AfterValidator(check)


def _at_most_all(share: Percent) -> Percent:
    if share.percent > 100:
        raise refuse(
            "SPEC005",
            f"{share} is more than all of it",
            "this is a share of a whole",
            "write a percentage from 0 to 100",
        )
    return share


# Keeps the type that it was written with.
_Scalar = bool | int | float | str
Text = Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]
Scalar = Annotated[_Scalar, PlainValidator(_plain, json_schema_input_type=_Scalar)]
Value = Annotated[str, BeforeValidator(_as_text)]  # may be empty
Name = Annotated[Text, AfterValidator(_NAME), Field(json_schema_extra=_NAME.schema)]
Variable = Annotated[str, AfterValidator(_VARIABLE), Field(json_schema_extra=_VARIABLE.schema)]
UrlPath = Annotated[str, AfterValidator(_URL_PATH), Field(json_schema_extra=_URL_PATH.schema)]
Endpoint = Annotated[
    str,
    AfterValidator(_ENDPOINT),
    AfterValidator(_port_of),
    Field(json_schema_extra=_ENDPOINT.schema),
]
Folder = Annotated[str, AfterValidator(_FOLDER), Field(json_schema_extra=_FOLDER.schema)]
_WORDS = BeforeValidator(_as_words, json_schema_input_type=str | tuple[str, ...])
Command = Annotated[tuple[Text, ...], Field(min_length=1), _WORDS]
Share = Annotated[Percent, AfterValidator(_at_most_all)]
Flag = Annotated[bool, Field(strict=True)]
Whole = Annotated[int, Field(strict=True, ge=0)]
Positive = Annotated[int, Field(strict=True, ge=1)]
Port = Annotated[int, Field(strict=True, ge=1, le=65_535)]
