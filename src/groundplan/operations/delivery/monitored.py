"""What keeps a rollout where it is although the gateways tell their counts.

A region whose Prometheus is away fires no alert: whatever the judge says of a version there, nobody
would be told of what it does not judge. So nothing goes on until it is back. What is bad goes back
all the same, for that needs the gateways alone, and so does a way back to what was stable before.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from groundplan.operations.delivery.plan import Plan
from groundplan.operations.delivery.state import Rollout, Seen


def away(plan: Plan, state: Rollout, seen: Seen) -> dict[str, float]:
    """The regions without monitoring, among those that have the version or get it next."""
    if plan.goes_back:
        return {}
    concerned = {region for wave in plan.waves[: state.wave + 1] for region in wave.regions}
    return {
        region: state.away.get(region, seen.now)
        for region in sorted(seen.unmonitored)
        if region in concerned
    }


def unweighed(plan: Plan, seen: Seen, regions: Mapping[str, object]) -> str:
    """Where a gate on processor or memory has nothing to go by; nothing when it has.

    A look without counts says nothing of it: none was taken.
    """
    missing = [
        region
        for region in regions
        if plan.levels and not ((used := seen.usage.get(region)) and used.canary and used.stable)
    ]
    return f"what the replicas of {', '.join(missing)} use is not seen" if missing else ""


def holds(state: Rollout) -> str:
    """Why nothing goes on, for a sentence; nothing when everything is seen."""
    if state.away:
        since = datetime.fromtimestamp(min(state.away.values()), UTC).strftime("%H:%M:%S")
        where = ", ".join(state.away)
        return f"the monitoring of {where} is away since {since} UTC, so no alert could fire"
    return state.unweighed


def away_seconds(state: Rollout) -> float:
    """For how long."""
    return state.heard - min(state.away.values()) if state.away else 0.0
