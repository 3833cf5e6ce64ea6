"""The shape of a line of JSON: all of it but its values, byte for byte. Pure.

What a program writes has few shapes. Lines of one shape need no parser each: where the bytes
between their values are the same, so are their names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

SHAPE_BYTES_MAX = 64 << 10
_QUOTE = b'"'
# Text, what parts it, and what stands without quotes.
_TOKEN = re.compile(rb'"[^"]*"|[{}:,]|[^\s"{}:,]+')
# Escapes move quotes, and a list may be of any length. An empty object has no name inside.
_NONE = re.compile(rb"\\|[\x00-\x1f]|\{\s*\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A value's name, and where both are in the line: the value without its quotes."""

    name: str  # "user.id" when it is in an object
    is_text: bool
    key: int
    begins: int
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """The bytes between two values, and where in them is which quote of the line."""

    text: bytes
    quote: int | None  # none after a last value that has no quotes
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A line in pieces: between[0], the value of fields[0], between[1], and so on."""

    fields: tuple[Field, ...]
    between: tuple[Between, ...]
    is_flat: bool  # no object is in another


def shape_of(line: bytes) -> Shape | None:
    """None when the line is no JSON object, or one whose shape does not tell enough."""
    if len(line) > SHAPE_BYTES_MAX or _NONE.search(line):
        return None
    try:
        if not isinstance(orjson.loads(line), dict):
            return None
    except orjson.JSONDecodeError:
        return None
    fields = tuple(_fields(line))
    names = {field.name for field in fields}
    if not fields or len(names) < len(fields):
        return None
    if any(line[field.begins : field.begins + 1] in (b"[", b"]") for field in fields):
        return None
    edges = (0, *(edge for field in fields for edge in (field.begins, field.ends)), len(line))
    between = tuple(
        _between(line, begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=True)
    )
    objects = sum(each.text.count(b"{") for each in between)
    return Shape(fields=fields, between=between, is_flat=objects == 1)


def _fields(line: bytes) -> Iterator[Field]:
    """The values of a line that is JSON, in their order."""
    path: list[str] = []
    name, key = "", 0
    is_name = True
    for token in _TOKEN.finditer(line):
        text = token[0]
        match text:
            case b"{":
                path.append(name)
                is_name = True
            case b"}":
                path.pop()
            case b",":
                is_name = True
            case b":":
                is_name = False
            case _ if is_name:
                name, key = text[1:-1].decode(), token.start()
            case _:
                is_text = text.startswith(_QUOTE)
                yield Field(
                    name=".".join((*path[1:], name)),
                    is_text=is_text,
                    key=key,
                    begins=token.start() + is_text,
                    ends=token.end() - is_text,
                )


def _between(line: bytes, begin: int, end: int) -> Between:
    text = line[begin:end]
    offset = text.find(_QUOTE)
    quote = line.count(_QUOTE, 0, begin) if offset >= 0 else None
    return Between(text=text, quote=quote, offset=max(offset, 0))
