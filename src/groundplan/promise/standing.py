"""How a promise stands: the newest evidence of each kind, and what all of it means together."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from groundplan.promise.promise import Evidence, EvidenceKind, Promise, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One row of the table: target | proven | simulated | measured | verdict."""

    promise: Promise
    proven: Evidence | None = None
    simulated: Evidence | None = None
    measured: Evidence | None = None

    @property
    def verdict(self) -> Verdict:
        """The worst of what is there. Without a measurement nothing is kept."""
        known = (self.proven, self.simulated, self.measured)
        verdicts = [evidence.verdict for evidence in known if evidence is not None]
        if self.measured is None:
            verdicts.append(Verdict.UNKNOWN)
        return Verdict.worst(verdicts)


def standing(
    promise: Promise, newest: dict[EvidenceKind, Evidence | None], *, now: float
) -> Standing:
    """The promise's row, from the newest evidence of each kind as it counts now."""
    counted = {
        kind: as_of(evidence, promise, now=now) if evidence else None
        for kind, evidence in newest.items()
    }
    return Standing(
        promise=promise,
        proven=counted.get(EvidenceKind.PROVEN),
        simulated=counted.get(EvidenceKind.SIMULATED),
        measured=counted.get(EvidenceKind.MEASURED),
    )


def as_of(evidence: Evidence, promise: Promise, *, now: float) -> Evidence:
    """Evidence as it counts now: what is old or was judged by another limit is worth less."""
    lasts = evidence.lasts_seconds
    if lasts is not None and now > evidence.at + lasts and evidence.verdict is not Verdict.UNKNOWN:
        seen = datetime.fromtimestamp(evidence.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        return replace(
            evidence,
            verdict=Verdict.UNKNOWN,
            because=f"nobody has measured it since {seen}; then it was {evidence.verdict}",
        )
    if evidence.verdict is not Verdict.KEPT or evidence.value is None:
        return evidence
    if promise.verdict(evidence.value) is Verdict.KEPT:
        return evidence
    because = "it kept an easier limit than the file has now"
    return replace(evidence, verdict=Verdict.UNKNOWN, because=because)
