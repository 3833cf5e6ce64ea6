"""Comments in the file that set findings aside: who says why, and until when.

    # groundplan: ignore=REC001,REC002 reason="restore is tested by hand" until=2026-12-31

At the end of a line it covers that line; on a line of its own it covers the next key with all that
is indented below it. One without a reason, out of date or for no known rule is itself a finding.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from groundplan.checks.kinds import Kind
from groundplan.errors import Finding, Nature, Place, Severity
from groundplan.spec.guess import close_to

_COMMENT = re.compile(r"#\s*groundplan:\s*(?P<body>.*)$")
_PART = re.compile(r'(?P<key>[a-z]+)=(?:"(?P<quoted>[^"]*)"|(?P<plain>\S+))')
_KEYS = ("ignore", "reason", "until")
_FORM = 'write ignore=REC001,REC002 reason="…" until=2026-12-31'
SOURCE = "groundplan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """One such comment: the rules it sets aside and the lines it covers (from 1, inclusive)."""

    rules: tuple[str, ...]
    reason: str
    until: date | None
    place: Place
    first: int
    last: int

    def covers(self, finding: Finding, today: date) -> bool:
        """Whether it sets the finding aside today."""
        is_valid = bool(self.reason) and (self.until is None or today <= self.until)
        if not is_valid or finding.rule not in self.rules or finding.place is None:
            return False
        return self.first <= finding.place.line <= self.last


def ignores(text: str, file: str) -> tuple[Ignore | Finding, ...]:
    """Every such comment of a file; a Finding for one that cannot be read."""
    lines = text.splitlines()
    return tuple(_read(lines, index, file) for index in _with_comment(lines))


def complaints(found: Collection[Ignore], known: Collection[str], today: date) -> Iterator[Finding]:
    """What is wrong with comments that could be read."""
    for ignore in found:
        for rule in ignore.rules:
            if rule not in known:
                close = close_to(rule, known)
                try_ = f"did you mean {close}?" if close else "look it up with `groundplan explain`"
                yield _finding(ignore.place, f"{rule} is no rule", try_)
        if not ignore.reason:
            yield _finding(
                ignore.place, "an ignore without a reason sets nothing aside", 'add reason="…"'
            )
        if ignore.until is not None and ignore.until < today:
            yield _finding(
                ignore.place,
                f"this ignore ended on {ignore.until}",
                "mend what it sets aside, or give it a new date",
            )


def _with_comment(lines: list[str]) -> Iterator[int]:
    return (index for index, line in enumerate(lines) if _COMMENT.search(line))


def _read(lines: list[str], index: int, file: str) -> Ignore | Finding:
    found = _COMMENT.search(lines[index])
    assert found is not None
    place = Place(file, index + 1, found.start() + 1, (index + 1, found.end() + 1))
    parts = {m["key"]: m["quoted"] or m["plain"] or "" for m in _PART.finditer(found["body"])}
    if not parts.get("ignore", "").strip(","):
        return _finding(place, "this comment for groundplan names no rule", "write ignore=REC001")
    rest = _PART.sub("", found["body"]).partition("#")[0].split()
    if odd := [*(key for key in parts if key not in _KEYS), *rest]:
        return _finding(place, f"{odd[0]} is not understood in a comment for groundplan", _FORM)
    try:
        until = date.fromisoformat(parts["until"]) if "until" in parts else None
    except ValueError:
        return _finding(place, f"{parts['until']} is not a date", "write until=2026-12-31")
    stands_alone = not lines[index][: found.start()].strip()
    first, last = _block(lines, index + 1) if stands_alone else (index + 1, index + 1)
    return Ignore(
        rules=tuple(rule for rule in parts["ignore"].split(",") if rule),
        reason=parts.get("reason", "").strip(),
        until=until,
        place=place,
        first=first,
        last=last,
    )


def _block(lines: list[str], start: int) -> tuple[int, int]:
    """The lines (from 1) of the next key and all that is indented below it."""
    while start < len(lines) and not _content(lines[start]):
        start += 1
    if start >= len(lines):
        return (len(lines), len(lines))
    indent = _indent(lines[start])
    end = start + 1
    while end < len(lines) and (not _content(lines[end]) or _indent(lines[end]) > indent):
        end += 1
    return (start + 1, end)


def _content(line: str) -> str:
    stripped = line.strip()
    return "" if stripped.startswith("#") else stripped


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _finding(place: Place, message: str, try_: str) -> Finding:
    return Finding(
        rule=Kind.WRONG_IGNORE,
        severity=Severity.MEDIUM,
        nature=Nature.STALE,
        message=message,
        why="a finding that is set aside without a valid reason comes back as a surprise",
        try_=try_,
        place=place,
        source=SOURCE,
    )
