"""The phases in which something is done once, besides weights: what is done, and what follows.

The schema has three of them. Expanding comes before the first replica, and old and new version work
with what it leaves. Contracting comes when no replica of the old version is left and the time in
which an undo is possible has passed. Reverting comes when the new version is gone.
"""

from groundplan.operations.delivery import hooks
from groundplan.operations.delivery.phases import Event, Phase
from groundplan.operations.delivery.plan import Plan
from groundplan.operations.delivery.state import Rollout, Schema, Seen, Work
from groundplan.operations.delivery.watch import Happened

TRIES_SECONDS = 120.0  # how long a schema that refuses is tried again


def work(plan: Plan, state: Rollout, seen: Seen) -> Work | None:
    """What the phase needs done, until it was. While the primary moves, nothing is begun."""
    if seen.failing_over:
        return None
    wanted = {
        Phase.EXPANDING: Work.EXPAND if expands(plan, state) else None,
        Phase.STARTING: Work.START,
        Phase.SMOKING: Work.SMOKE if _smokes(plan) and not state.away else None,
        Phase.FINALISING: Work.FINALISE,
        Phase.REVERTING: Work.REVERT,
    }.get(state.phase)
    if hooks.wants(plan, state, seen):
        wanted = Work.ASK
    if state.phase is Phase.RETURNING and all(
        not seen.serving.get(region) for region in plan.regions
    ):
        wanted = Work.REMOVE
    is_safe = not seen.old_running and seen.now - state.since >= plan.contract_seconds
    if state.phase is Phase.CONTRACTING and plan.contracts and is_safe:
        wanted = Work.CONTRACT
    return wanted


def expands(plan: Plan, state: Rollout) -> bool:
    """Whether the schema is expanded now: with the first wave."""
    return plan.expands and state.wave == 0


def expanding(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    """Before the first replica."""
    if not expands(plan, state):
        return Event.EXPANDED, "the schema needs nothing"
    return _when_done(seen, Work.EXPAND, Event.EXPANDED)


def _smokes(plan: Plan) -> bool:
    return bool(plan.smoke_test or plan.smoke_paths)


def smoking(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    """Before the first request of a user."""
    if not _smokes(plan):
        return Event.PASSED, "there are no smoke tests"
    return _when_done(seen, Work.SMOKE, Event.PASSED)


def finalising(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    """The old version ends."""
    return _when_done(seen, Work.FINALISE, Event.FINALISED)


def contracting(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    """Never while a replica of the old version runs, and not before its time."""
    if not plan.contracts:
        return Event.CONTRACTED, "nothing is taken from the schema"
    if seen.old_running:
        return None, "a replica of the old version still runs, so the schema stays"
    left = plan.contract_seconds - (seen.now - state.since)
    if left > 0:
        return None, f"the schema may lose what the old version needed in {left:.0f} s"
    return _tried(state, seen, Work.CONTRACT, Event.CONTRACTED, plan.contract_seconds)


def reverting(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    """The new version is gone."""
    return _tried(state, seen, Work.REVERT, Event.REVERTED, 0.0)


def returning(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    """A gateway that does not answer has returned to stable by itself when its lease ended."""
    is_over = seen.now - state.since > plan.lease_seconds
    back = all(
        share == 0 or (share is None and is_over)
        for share in (seen.serving.get(region) for region in plan.regions)
    )
    if not back:
        return None, "waits for the gateways to serve stable alone"
    if not (seen.done and seen.done.work is Work.REMOVE and not seen.done.failed):
        return None, "removes the new version's replicas"
    because = f"stable serves everybody: {state.fate}"
    if state.schema is not Schema.EXPANDED:
        return Event.STABLE, because
    if plan.reverts:
        return Event.TO_REVERT, because
    return Event.STABLE, f"{because}; the schema keeps what the new version added"


def _when_done(seen: Seen, wanted: Work, event: Event) -> Happened:
    if seen.done and seen.done.work is wanted and not seen.done.failed:
        return event, f"{event}"
    return None, f"has to {wanted}"


def _tried(
    state: Rollout, seen: Seen, wanted: Work, event: Event, waited_seconds: float
) -> Happened:
    """A schema that refuses is tried again for a while, and then stays as it is."""
    told = f"; {state.fate}" if state.fate else ""
    if not (seen.done and seen.done.work is wanted):
        return None, f"has to {wanted}"
    if not seen.done.failed:
        return event, f"{event}{told}"
    because = f"could not {wanted}: {seen.done.failed}"
    if seen.now - state.since < waited_seconds + TRIES_SECONDS:
        return None, f"{because}; it is tried again"
    return Event.KEPT, f"{because}; it stays as it is{told}"
