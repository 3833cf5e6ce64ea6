"""A promise and evidence for it, for tests."""

from groundplan.promise.promise import Bound, Evidence, EvidenceKind, Promise, Verdict

PROMISE = Promise(
    id="kpis.performance.api_response_time",
    section="kpis",
    statement="95 % of requests are answered in less than 200 ms",
    target="< 200ms (p95)",
    limit=0.2,
    bound=Bound.AT_MOST,
    unit="s",
    file="platform.yaml",
    line=12,
    column=5,
)


def evidence(verdict: Verdict, kind: EvidenceKind = EvidenceKind.MEASURED) -> Evidence:
    return Evidence(
        promise=PROMISE.id, kind=kind, verdict=verdict, value=0.15, at=1000, how="a query"
    )
