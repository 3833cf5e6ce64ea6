"""One complaint of the models about one value, with what is needed to put it into words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails

from groundplan.errors import Finding
from groundplan.spec.emptiness import is_unwanted
from groundplan.spec.guess import key_meant
from groundplan.spec.nodes import Path, Scalar, dotted, find, step
from groundplan.spec.outline import fields_of, section_at
from groundplan.spec.places import Places
from groundplan.spec.rules import Rule
from groundplan.spec.scalars import yaml11_meaning
from groundplan.spec.section import Section


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint of the models, with what is needed to put it into words."""

    kind: str
    path: Path
    value: Any
    context: Mapping[str, Any]
    places: Places
    root: type[Section]
    about_key: bool

    @classmethod
    def of(cls, detail: ErrorDetails, places: Places, root: type[Section]) -> "Complaint":
        """From pydantic's own form; its path names types and tags too, which are left out."""
        kind, where = detail["type"], detail["loc"]
        about_key = where[-1:] == ("[key]",)
        node = places.root
        path: Path = ()
        for index, key in enumerate(where):
            below = step(node, key)
            is_missing = kind == "missing" and index == len(where) - 1
            if below is not None or is_missing:
                path = (*path, key)
            if below is not None:
                node = below.value
        context = detail.get("ctx", {})
        return cls(
            kind=kind,
            path=(*path, *context.get("key", ())),
            value=detail["input"],
            context=context,
            places=places,
            root=root,
            about_key=about_key,
        )

    @property
    def is_about_nothing(self) -> bool:
        """A key without a value has a finding of its own."""
        below = find(self.places.root, self.path)
        return below is not None and is_unwanted(self.path, below)

    @property
    def name(self) -> str:
        """The key, for a sentence; an item of a list by its list."""
        keys = [str(key) for key in self.path if not isinstance(key, int)]
        item = "an item of " if self.path and isinstance(self.path[-1], int) else ""
        return item + (keys[-1] if keys else "the file")

    @property
    def is_plain(self) -> bool:
        """Whether the value was written without quotes."""
        node = find(self.places.root, self.path)
        return isinstance(node, Scalar) and node.plain

    def explains(self) -> tuple[Path, ...]:
        """The keys that are missing only because this one is not the right one."""
        if self.kind != "extra_forbidden":
            return ()
        key, belongs = key_meant(self.root, self.path)
        section = section_at(self.root, self.path[:-1])
        keys = fields_of(section) if belongs and section and len(self.path) > 1 else ()
        return tuple((*self.path[:-1], name) for name in (key, *keys) if name)

    def say(self, rule: str, message: str, why: str, try_: str) -> Finding:
        """A finding at this complaint's place."""
        on_key = self.about_key or self.kind == "extra_forbidden"
        place = self.places.key(self.path) if on_key else self.places(self.path)
        return Finding(
            rule=rule, message=message, why=why, try_=try_, place=place, path=dotted(self.path)
        )

    def wrong_type(self, wanted: str, why: str, try_: str) -> Finding:
        """The value is of another kind."""
        message = f"{self.name} must be {wanted}, but it is {shown(self.value)}"
        return self.say(Rule.WRONG_TYPE, message, why, try_)

    def trap(self) -> str | None:
        """Why the characters are a trap of YAML 1.1, if they are."""
        meaning = yaml11_meaning(str(self.value)) if self.is_plain else None
        if meaning is None:
            return None
        return f"without quotes some programs read {self.value} as {meaning}, others as it stands"


def shown(value: object) -> str:
    """A value for a sentence."""
    match value:
        case None:
            return "empty"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value}"
        case str():
            return f'the text "{value if len(value) <= 80 else value[:80] + "…"}"'
        case Mapping():
            return "a mapping"
    return "a list"
