"""What a failover lost, as evidence. Pure."""

from groundplan.design.promises import FAILOVER_LOSS
from groundplan.ports.journal import Outcome, State
from groundplan.promise.promise import Evidence, EvidenceKind, Promise, Verdict

HOW = (
    "the last failover: from the last commit that the new primary has (pg_last_xact_replay_"
    "timestamp) to the last look at which the old one confirmed a write"
)


def evidence(promises: tuple[Promise, ...], outcome: Outcome, *, at: float) -> tuple[Evidence, ...]:
    """How much was lost, against what may be; nothing when nobody was promoted."""
    if outcome.state is not State.DONE:
        return ()
    seconds = outcome.facts.get("lost_seconds")
    value = float(seconds) if isinstance(seconds, int | float) else None
    return tuple(
        Evidence(
            promise=promise.id,
            kind=EvidenceKind.MEASURED,
            verdict=Verdict.UNKNOWN if value is None else promise.verdict(value),
            value=value,
            at=at,
            how=HOW,
            because=outcome.summary,
            samples=1,
        )
        for promise in promises
        if promise.id == FAILOVER_LOSS
    )
