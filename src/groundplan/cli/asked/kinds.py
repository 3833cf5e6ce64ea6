"""The ids that stand behind findings of no rule: of a file that does not load, of a platform that
does not fit on this machine or into a cloud, of what stands beside the file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from groundplan.checks import kinds as checks
from groundplan.design import cloud_findings as cloud
from groundplan.design import findings as design
from groundplan.spec import rules as spec

K = TypeVar("K", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One of them: its name in a few words, and what it is about."""

    id: str
    name: str
    statement: str


def kinds() -> tuple[Kind, ...]:
    """All of them."""
    return (
        *_of(spec.EXPLANATIONS),
        *_of(design.EXPLANATIONS),
        *_of(checks.EXPLANATIONS),
        *_of(cloud.EXPLANATIONS),
    )


def _of(words: Mapping[K, str]) -> Iterator[Kind]:
    for kind, statement in words.items():
        name = kind.name.replace("_", " ").lower()
        yield Kind(id=kind.value, name=name, statement=statement)
