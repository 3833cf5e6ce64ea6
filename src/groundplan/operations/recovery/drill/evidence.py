"""What the newest reports of all drills say together of the RTO and the RPO. Pure.

The worst counts: a quick failover does not make good for a slow restore.
"""

from collections.abc import Iterable

from groundplan.operations.recovery.drill.report import Report, from_json
from groundplan.promise.promise import Evidence, EvidenceKind, Verdict

RTO, RPO = "disaster_recovery.rto", "disaster_recovery.rpo"
LASTS_SECONDS = 90 * 86_400.0  # what was not rehearsed for a quarter is not known any more


def evidence(reports: Iterable[bytes], *, at: float) -> tuple[Evidence, ...]:
    """One piece of evidence for each of the two promises; none without a report."""
    told = [report for report in map(from_json, reports) if report.rto_target_seconds is not None]
    if not told:
        return ()
    slowest = max(told, key=lambda report: _or_for_ever(report.rto_seconds))
    costliest = max(told, key=lambda report: report.rpo_seconds)
    names = ", ".join(sorted(report.drill for report in told))
    return (
        _evidence(RTO, slowest, slowest.rto_seconds, told, at=at, names=names),
        _evidence(RPO, costliest, costliest.rpo_seconds, told, at=at, names=names),
    )


def _evidence(
    promise: str,
    worst: Report,
    value: float | None,
    told: list[Report],
    *,
    at: float,
    names: str,
) -> Evidence:
    return Evidence(
        promise=promise,
        kind=EvidenceKind.MEASURED,
        verdict=Verdict.worst(report.verdict for report in told),
        value=value,
        at=at,
        how=f"the worst of the newest drills: {names}",
        because=f"{worst.title}: {worst.because}",
        samples=len(told),
        lasts_seconds=LASTS_SECONDS,
    )


def _or_for_ever(seconds: float | None) -> float:
    return float("inf") if seconds is None else seconds
