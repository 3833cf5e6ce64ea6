"""What is searched for: words, phrases and fields, all of which have to be there. Pure.

`timeout "connection reset" -healthz level:error part:us-east-1/gateway status:>=500 user.name:ada`
A word is whole letters and digits, whatever their case; `time*` is any word that begins so.
"""

import re
import shlex
from dataclasses import dataclass

from groundplan.errors import Finding, SpecError

NAMES = {
    "level": "log.level",
    "service": "service.name",
    "part": "service.node.name",
    "region": "cloud.region",
    "trace": "trace.id",
    "status": "http.response.status_code",
    "dataset": "event.dataset",
    "tag": "tags",
    "path": "url.path",
    "method": "http.request.method",
}
COLUMNS = frozenset({*NAMES.values(), "class"} - {"url.path", "http.request.method"})
_TERM = re.compile(
    r"(?P<not>-?)(?:(?P<name>[A-Za-z@][\w.@]*):)?(?P<op>>=|<=|>|<|)(?P<value>.+)", re.S
)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One thing that has to be there, or (`is_not`) must not."""

    value: str
    name: str = ""  # an ECS field; "" for words anywhere
    op: str = "="
    is_not: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its value, in small letters."""
        return tuple(word.lower() for word in _WORD.findall(self.value))

    @property
    def is_prefix(self) -> bool:
        """Whether its last word is only the beginning of one."""
        return self.value.endswith("*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """All terms, the class if one is meant, and the time from which records count."""

    terms: tuple[Term, ...] = ()
    klass: str = ""
    since: float = 0.0
    until: float = float("inf")
    limit: int = 100


def terms(text: str) -> tuple[Term, ...]:
    """The terms of a search; SpecError for quotes that do not end and what holds no word."""
    try:
        pieces = shlex.shlex(text, posix=True, punctuation_chars=False)
        pieces.whitespace_split, pieces.commenters, pieces.escape = True, "", ""
        pieces.quotes = '"'
        found = tuple(map(_term, pieces))
    except ValueError as error:
        raise _wrong(f"the search {text!r} has a quotation that does not end") from error
    for term in found:
        if not term.words:
            raise _wrong(f"{term.value!r} holds no letter and no digit")
    return found


def _term(piece: str) -> Term:
    found = _TERM.fullmatch(piece)
    if found is None or piece.endswith(":"):
        raise _wrong(f"{piece!r} is nothing to search for")
    name, value = found["name"] or "", found["value"]
    if name and value.startswith("//"):  # a URL is no field
        name, value = "", f"{name}:{value}"
    if found["op"] and not name:
        value = found["op"] + value
    return Term(
        value=value,
        name=NAMES.get(name, name),
        op=(found["op"] if name else "") or "=",
        is_not=bool(found["not"]),
    )


def _wrong(message: str) -> SpecError:
    finding = Finding(
        rule="SEARCH",
        message=message,
        why='a search is words, "phrases" and field:value, with spaces between',
        try_="groundplan search 'timeout \"connection reset\" level:error status:>=500'",
    )
    return SpecError([finding])
