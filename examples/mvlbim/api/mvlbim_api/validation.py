"""Every flaw of a value at once, where msgspec alone stops at the first.

The happy path never comes here: a value is decoded in one go, and only a refused one is taken
apart field by field.
"""

import difflib
import re
from collections.abc import Mapping
from typing import Any

import msgspec

_PLACE = re.compile(r"(?P<said>.*) - at `\$(?P<path>.*)`")


class Flaw(msgspec.Struct, frozen=True):
    """One thing that is wrong, and where (a JSON pointer, or the name of a variable)."""

    field: str
    detail: str


def flaws_of(
    value: object, shape: type[msgspec.Struct], *, strict: bool = True
) -> tuple[Flaw, ...]:
    if not isinstance(value, Mapping):
        return (Flaw(field="", detail=f"expected an object, got {_kind(value)}"),)
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    found = [_unknown(name, fields) for name in value if name not in fields]
    for name, field in fields.items():
        if name not in value:
            if field.required:
                found.append(Flaw(field=name, detail="is required"))
            continue
        try:
            msgspec.convert(value[name], field.type, strict=strict)
        except msgspec.ValidationError as refused:
            found.append(_refused(name, str(refused)))
    return tuple(found)


def _unknown(name: str, fields: Mapping[str, Any]) -> Flaw:
    near = difflib.get_close_matches(name, fields, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return Flaw(field=name, detail=f"is not a known field{hint}")


def _refused(name: str, said: str) -> Flaw:
    """msgspec says 'Expected `float` - at `$.x`'; the pointer carries on from the field's name."""
    placed = _PLACE.fullmatch(said)
    if placed is None:
        return Flaw(field=name, detail=said)
    inner = re.sub(r"[.\[]", "/", placed["path"]).replace("]", "")
    return Flaw(field=name + inner, detail=placed["said"])


def _kind(value: object) -> str:
    names = {str: "a string", list: "an array", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
