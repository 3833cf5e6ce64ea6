"""What a measure found, and how it becomes Evidence."""

from dataclasses import dataclass

from groundplan.agent.sampling.seen import Away, RegionMetrics, Seen
from groundplan.promise.promise import Evidence, EvidenceKind, Promise, Verdict

LASTS_SECONDS = 60.0  # a sample's worth: some rounds may fail before the promise is unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A number, what it means, where it comes from, and one sentence."""

    verdict: Verdict
    value: float | None
    how: str
    because: str
    samples: int = 0


def evidence(
    promise: Promise, seen: Seen, reading: Reading, *, lasts: float | None = LASTS_SECONDS
) -> Evidence:
    """The reading as measured evidence of that look."""
    return Evidence(
        promise=promise.id,
        kind=EvidenceKind.MEASURED,
        verdict=reading.verdict,
        value=reading.value,
        at=seen.at,
        how=reading.how,
        because=reading.because,
        samples=reading.samples,
        lasts_seconds=lasts,
    )


def answered(seen: Seen) -> tuple[tuple[RegionMetrics, ...], str]:
    """The regions that answered, and a sentence when that was not everybody."""
    known = tuple(region for region in seen.regions if isinstance(region, RegionMetrics))
    away = [region for region in seen.regions if isinstance(region, Away)]
    if away:
        return known, "; ".join(f"{gone.name} does not answer: {gone.why}" for gone in away)
    return known, "" if known else "there is no Prometheus to ask"
