"""Which keys a section has, read from the models: for did-you-mean, and for the reference."""

from collections.abc import Iterator, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from groundplan.spec.nodes import Path
from groundplan.spec.section import Section
from groundplan.units import Quantity


def fields_of(section: type[Section]) -> dict[str, FieldInfo]:
    """The keys of a section as they are written."""
    return {info.alias or name: info for name, info in section.model_fields.items()}


def section_at(root: type[Section], path: Path) -> type[Section] | None:
    """The section at a path, None when something else is there."""
    kind: Any = root
    for key in path:
        kind = _below(kind, str(key))
    return next(_sections(kind), None)


def quantity_at(root: type[Section], path: Path) -> type[Quantity] | None:
    """The quantity that a key holds, if it holds one."""
    section = section_at(root, path[:-1])
    info = fields_of(section).get(str(path[-1])) if section and path else None
    kinds = _alternatives(info.annotation) if info else ()
    return next((kind for kind in kinds if _is(kind, Quantity)), None)


@cache
def homes(root: type[Section]) -> Mapping[str, tuple[str, ...]]:
    """For each key below the root, the sections that have it, dotted."""
    found: dict[str, list[str]] = {}
    for path, section in sections(root):
        for key in fields_of(section):
            found.setdefault(key, []).append(path)
    return {key: tuple(paths) for key, paths in found.items()}


def sections(
    root: type[Section], path: tuple[str, ...] = ()
) -> Iterator[tuple[str, type[Section]]]:
    """Every section with its path, such as `mesh.routes[].http[]` and `services.<name>`."""
    yield ".".join(path), root
    for key, info in fields_of(root).items():
        for kind, inner in _reachable(info.annotation, (*path, key)):
            yield from sections(kind, inner)


def _reachable(kind: Any, path: tuple[str, ...]) -> Iterator[tuple[type[Section], tuple[str, ...]]]:
    for alternative in _alternatives(kind):
        if _is(alternative, Section):
            yield alternative, path
        elif get_origin(alternative) is tuple:
            yield from _reachable(get_args(alternative)[0], (*path[:-1], f"{path[-1]}[]"))
        elif get_origin(alternative) is Mapping:
            yield from _reachable(get_args(alternative)[1], (*path, "<name>"))


def _below(kind: Any, key: str) -> Any:
    for alternative in _alternatives(kind):
        if _is(alternative, Section):
            info = fields_of(alternative).get(key)
            return info.annotation if info else None
        if get_origin(alternative) is tuple:
            return get_args(alternative)[0]
        if get_origin(alternative) is Mapping:
            return get_args(alternative)[1]
    return None


def _sections(kind: Any) -> Iterator[type[Section]]:
    return (alternative for alternative in _alternatives(kind) if _is(alternative, Section))


def _alternatives(kind: Any) -> tuple[Any, ...]:
    """A type without its metadata, a union as its members."""
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return tuple(inner for member in get_args(kind) for inner in _alternatives(member))
    return () if kind is NoneType else (kind,)


def _is(kind: Any, base: type) -> bool:
    return isinstance(kind, type) and not get_args(kind) and issubclass(kind, base)
