"""Every value that a file writes, with its key: for rules that look at values wherever they are."""

from collections.abc import Iterator, Mapping

from groundplan.spec.platform import Platform
from groundplan.spec.section import Section


def leaves(platform: Platform) -> Iterator[tuple[str, object]]:
    """The plain values and quantities of the file, without defaults."""
    return _leaves(platform, "")


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    for key, below in _below(value):
        inner = f"{path}.{key}" if path else key
        if isinstance(below, Section | Mapping | tuple):
            yield from _leaves(below, inner)
        else:
            yield inner, below


def _below(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Section):
        for name, info in type(value).model_fields.items():
            if name in value.model_fields_set:
                yield info.alias or name, getattr(value, name)
    elif isinstance(value, Mapping):
        yield from ((str(key), below) for key, below in value.items())
    elif isinstance(value, tuple):
        yield from ((str(index), below) for index, below in enumerate(value))
