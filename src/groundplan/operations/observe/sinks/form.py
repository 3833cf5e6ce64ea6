"""What every kind of sink has in common: documents, letters with them, and what an answer means.

A document has an id that follows from where its record is in the store, so it is the same however
often it is sent. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

WHY_MAX = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Doc:
    """A record on its way: its id, its time in seconds since 1970, its class, its ECS fields."""

    id: str
    at: float
    klass: str
    ecs: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is posted; `url` and headers hold secrets and are in no message."""

    url: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of the documents of a letter, by their places in it; the others were taken.

    `halve`: the letter as a whole was refused, smaller ones may not be. `receipt`: taken, and to be
    asked for. `lost`: refused, and the sink does not say which ones.
    """

    again: tuple[int, ...] = ()
    bad: tuple[tuple[int, str], ...] = ()
    why: str = ""
    halve: bool = False
    wait_seconds: float = 0.0
    receipt: str = ""
    lost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer as it came."""

    status: int
    body: bytes
    retry_after: str = ""


class Form(Protocol):
    """How a kind of sink is spoken to."""

    def letter(self, docs: Sequence[Doc]) -> Letter:
        """What is posted."""

    def understood(self, said: Said, docs: Sequence[Doc]) -> Answer:
        """What an answer means for each of the documents."""

    def inquiry(self, receipt: str) -> Letter:
        """Asks whether what was taken is kept."""

    def is_kept(self, said: Said, receipt: str) -> bool:
        """The answer to that."""


def refusal(said: Said, docs: Sequence[Doc]) -> Answer:
    """An answer that is no success, as HTTP means it: 429, 5xx and what a person can mend are
    tried again, what is wrong with the letter itself is made smaller."""
    why = f"it answers {said.status}"
    if said.status in (400, 413, 422):
        text = " ".join(said.body[:WHY_MAX].decode(errors="replace").split())
        return Answer(halve=True, why=f"{why}: {text}" if text else why)
    if said.status in (401, 403):
        why += ": the token is not right, or may not write there"
    after = said.retry_after
    wait = float(after) if after.isascii() and after.isdigit() and len(after) < 6 else 0.0
    return Answer(again=tuple(range(len(docs))), why=why, wait_seconds=wait)


def address(url: str, path: str) -> str:
    """Where to post to: the path of this kind, unless the address has one of its own."""
    base, _, rest = url.partition("://")
    host, _, own = rest.partition("/")
    return f"{base}://{host}/{own.strip('/') or path}"
