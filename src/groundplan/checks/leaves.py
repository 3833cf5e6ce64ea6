"""Every value that a file writes, with its key: for rules that look at values wherever they are."""

from collections.abc import Iterator, Mapping

from groundplan.spec.platform import Platform
from groundplan.spec.section import Section


def leaves(platform: Platform) -> tuple[tuple[str, object], ...]:
    """The plain values and quantities of the file, without defaults."""
    found: list[tuple[str, object]] = []
    _gather(platform, "", found)
    return tuple(found)


def _gather(value: object, before: str, found: list[tuple[str, object]]) -> None:
    """Into one list, since a large file would pass each value through ten generators."""
    for key, below in _below(value):
        path = f"{before}{key}"
        if isinstance(below, Section | Mapping | tuple):
            _gather(below, f"{path}.", found)
        else:
            found.append((path, below))


def _below(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Section):
        for name, info in type(value).model_fields.items():
            if name in value.model_fields_set:
                yield info.alias or name, getattr(value, name)
    elif isinstance(value, Mapping):
        yield from ((str(key), below) for key, below in value.items())
    elif isinstance(value, tuple):
        yield from ((str(index), below) for index, below in enumerate(value))
