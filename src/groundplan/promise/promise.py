"""What must hold (Promise), one observation of it (Evidence), and what that means (Verdict)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """broken > unknown > kept: merged by the worst, so that unknown is never shown as kept."""

    BROKEN = "broken"
    UNKNOWN = "unknown"
    KEPT = "kept"

    @staticmethod
    def worst(verdicts: Iterable["Verdict"]) -> "Verdict":
        """The worst of them; unknown when there are none."""
        order = list(Verdict)
        return min(verdicts, key=order.index, default=Verdict.UNKNOWN)


class EvidenceKind(StrEnum):
    """How we came to know: by arithmetic on the file, on the twin, or on what really runs."""

    PROVEN = "proven"
    SIMULATED = "simulated"
    MEASURED = "measured"


class Bound(StrEnum):
    """Which side of the limit keeps the promise."""

    AT_MOST = "at most"
    AT_LEAST = "at least"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One promise of the file. `limit` is in `unit` (s, ratio, 1/s, users, B/s, USD)."""

    id: str  # the key's path in the file: "kpis.performance.api_response_time"
    section: str
    statement: str
    target: str  # as written: "< 200ms (p95)"
    limit: float
    bound: Bound
    unit: str
    file: str
    line: int
    column: int

    def verdict(self, value: float) -> Verdict:
        """Whether a measured value keeps the promise."""
        kept = value <= self.limit if self.bound is Bound.AT_MOST else value >= self.limit
        return Verdict.KEPT if kept else Verdict.BROKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One observation. `at` is seconds since 1970 (UTC); `value` is in the promise's unit."""

    promise: str
    kind: EvidenceKind
    verdict: Verdict
    value: float | None
    at: float
    how: str  # where the number comes from, for a person: the query, the probe
    because: str = ""  # one sentence
    samples: int = 0
    lasts_seconds: float | None = None  # how long it says something; None: until there is newer
