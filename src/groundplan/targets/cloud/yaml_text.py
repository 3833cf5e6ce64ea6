"""The one writer of YAML: keys keep their order, and no text can be read as anything else.

YAML 1.1 reads `y`, `on` and `12:30` as something else than text, and Kubernetes reads 1.1. So text
is plain only when it begins with a letter or a slash and is nothing that any YAML knows; all else
is quoted.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*\Z")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
_BLOCK = re.compile(r"[\x20-\x7e\n]*\n\Z")  # what a literal block shows exactly as it is
_SHY = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Noted:
    """A value with the reason for it, which stands behind it or above what it holds."""

    value: Any
    why: str


def document(value: Mapping[str, Any]) -> str:
    """A mapping as a YAML document."""
    return "".join(_mapping(value, ""))


def listing(items: Sequence[Any]) -> str:
    """A list as a YAML document."""
    return "".join(_items(items, ""))


def stream(values: Iterable[Mapping[str, Any]]) -> str:
    """Several documents in one file."""
    return "---\n".join(map(document, values))


def _mapping(value: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, item in value.items():
        yield from _entry(f"{indent}{_text(key)}:", item, indent)


def _entry(start: str, item: Any, indent: str) -> Iterator[str]:
    """A key with its value: beside it, or below."""
    note = ""
    if isinstance(item, Noted):
        item, note = item.value, f"  # {item.why}"
    if isinstance(item, Mapping) and item:
        yield f"{start}{note}\n"
        yield from _mapping(item, indent + "  ")
    elif isinstance(item, list | tuple) and item:
        yield f"{start}{note}\n"
        yield from _items(item, indent + "  ")
    else:
        yield f"{start} {_scalar(item, indent + '  ')}{note}\n"


def _items(items: Sequence[Any], indent: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, Mapping) and item:
            below = "".join(_mapping(item, indent + "  "))
            yield f"{indent}- {below[len(indent) + 2 :]}"
        else:
            yield from _entry(f"{indent}-", item, indent)


def _scalar(item: Any, indent: str) -> str:
    if isinstance(item, str):
        if "\n" in item and _BLOCK.match(item) and not _is_awkward(item):
            lines = (f"{indent}{line}".rstrip() for line in item[:-1].split("\n"))
            return "|\n" + "\n".join(lines)
        return _text(item)
    if isinstance(item, Mapping):
        return "{}"
    if isinstance(item, list | tuple):
        return "[]"
    return json.dumps(item)


def _is_awkward(text: str) -> bool:
    """A block that begins with a space or an empty line, or ends in several, needs more syntax."""
    has_tails = any(line.endswith(" ") for line in text.split("\n"))
    return text[0] in " \n" or text.endswith("\n\n") or has_tails


def _text(text: str) -> str:
    if _PLAIN.match(text) and text.lower() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _SHY.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
