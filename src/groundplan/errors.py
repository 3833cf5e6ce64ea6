"""What can go wrong, as values: a Finding is a problem that the user can fix, with its place.

Only two exceptions carry them out of the program: SpecError (the file is wrong) and TargetError
(the world refused). Our own mistakes are assertions.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad a finding is; the first is the worst."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Nature(StrEnum):
    """What kind of problem a rule found."""

    CONTRADICTION = "contradiction"  # two places of the file cannot both hold
    UNBACKED = "unbacked promise"  # a promise with no mechanism behind it
    RISK = "risk"
    STALE = "stale"  # out of support, deprecated, not pinned


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file; line and column count from 1.

    `end` is the first position after what stands there, where that is known; it tells no place
    from another.
    """

    file: str
    line: int
    column: int
    end: tuple[int, int] | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem: where, what, why it matters, what to try. `path` is the key, dotted."""

    rule: str
    message: str
    why: str
    try_: str
    place: Place | None = None
    related: tuple[Place, ...] = ()
    severity: Severity = Severity.CRITICAL
    path: str = ""
    nature: Nature | None = None  # None for a file that does not load
    source: str = ""  # where the rule comes from
    assumes: tuple[str, ...] = ()  # figures that the file does not declare, with their values
    facts: tuple[str, ...] = ()  # data tables that it rests on, with their dates

    def __str__(self) -> str:
        where = "  ".join(str(part) for part in (self.place, self.path) if part)
        also = "".join(f"\n  also {place}" for place in self.related)
        head = f"{where}  {self.message}" if where else self.message
        return f"{head} [{self.rule}]{also}\n  why  {self.why}\n  try  {self.try_}"


class GroundplanError(Exception):
    """A failure that is told to the user in words, never as a traceback."""


class SpecError(GroundplanError):
    """The file is wrong: every finding, in the order of the file."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class TargetError(GroundplanError):
    """The world refused: which part, while doing what, why, and what to try."""

    def __init__(self, *, part: str, doing: str, why: str, try_: str, retry: bool = False) -> None:
        self.part = part
        self.doing = doing
        self.why = why
        self.try_ = try_
        self.retry = retry
        super().__init__(f"{part}: {doing} failed\n  why  {why}\n  try  {try_}")

    @property
    def facts(self) -> dict[str, Any]:
        """What it was made of: JSON for a record or an answer, and `TargetError(**facts)` again."""
        return {
            "part": self.part,
            "doing": self.doing,
            "why": self.why,
            "try_": self.try_,
            "retry": self.retry,
        }
