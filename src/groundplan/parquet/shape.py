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
_MARK = b'":'  # every field has one behind its name, and no text in JSON has one inside
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
    """The bytes between two values, and where in them is which mark of the line."""

    text: bytes
    mark: int
    offset: int  # below 0 after the last value: nothing is named there


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A line in pieces: between[0], the value of fields[0], between[1], and so on."""

    fields: tuple[Field, ...]
    between: tuple[Between, ...]
    is_flat: bool  # no object is in another

    @property
    def quotes(self) -> int:
        """How many a line has."""
        return sum(each.text.count(_QUOTE) for each in self.between)

    @property
    def bare(self) -> bytes:
        """The line with empty texts and no other values: its names, and what stands around."""
        return b"".join(each.text for each in self.between)


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
    if any(each.offset < 0 for each in between[:-1]):
        return None  # a space stands between a name and its colon
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
    return Between(text=text, mark=line.count(_MARK, 0, begin), offset=text.find(_MARK))
