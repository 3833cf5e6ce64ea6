"""The one writer of HCL, as `terraform fmt` would leave it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


@dataclass(frozen=True, slots=True)
class Expression:
    """Something that Terraform works out, written as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A block: its type, its labels, its attributes (`more` below an empty line), its blocks."""

    type: str
    labels: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    blocks: Sequence["Block"] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


def document(blocks: Sequence[Block]) -> str:
    """Blocks with an empty line between them."""
    return "\n".join("".join(f"{line}\n" for line in _block(block, "")) for block in blocks)


def _block(block: Block, indent: str) -> Iterator[str]:
    head = " ".join((block.type, *(json.dumps(label) for label in block.labels)))
    if not block.attributes and not block.blocks:
        yield f"{indent}{head} {{}}"
        return
    yield f"{indent}{head} {{"
    yield from attributes(block.attributes, indent + "  ")
    if block.more:
        yield ""
        yield from attributes(block.more, indent + "  ")
    for number, inner in enumerate(block.blocks):
        if number or block.attributes:
            yield ""
        yield from _block(inner, indent + "  ")
    yield f"{indent}}}"


def attributes(values: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Attributes: neighbours of one line have their equals signs in one column."""
    group: list[tuple[str, str]] = []
    for name, value in values.items():
        text = _value(value, indent)
        if "\n" in text:
            yield from _aligned(group, indent)
            group = []
            yield f"{indent}{_name(name)} = {text}"
        else:
            group.append((_name(name), text))
    yield from _aligned(group, indent)


def _aligned(group: list[tuple[str, str]], indent: str) -> Iterator[str]:
    width = max((len(name) for name, _ in group), default=0)
    for name, text in group:
        yield f"{indent}{name.ljust(width)} = {text}"


def _name(name: str) -> str:
    return name if _NAME.match(name) else json.dumps(name)


def _value(value: Any, indent: str) -> str:
    match value:
        case Expression(text=text):
            return text
        case str():
            quoted = json.dumps(value, ensure_ascii=False)
            return quoted.replace("${", "$${").replace("%{", "%%{")
        case Mapping() if value:
            inner = "".join(f"{line}\n" for line in attributes(value, indent + "  "))
            return f"{{\n{inner}{indent}}}"
        case Mapping():
            return "{}"
        case list() | tuple():
            return _items(value, indent)
        case _:
            return json.dumps(value)


def _items(items: Sequence[Any], indent: str) -> str:
    """In one line while it is short."""
    texts = [_value(item, indent + "  ") for item in items]
    line = f"[{', '.join(texts)}]"
    if "\n" not in line and len(indent) + len(line) <= 80:
        return line
    inner = "".join(f"{indent}  {text},\n" for text in texts)
    return f"[\n{inner}{indent}]"
