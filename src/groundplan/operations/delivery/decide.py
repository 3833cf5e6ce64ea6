"""What a rollout does next, from where it is and what it sees. No clock, no effects, no chance."""

from collections.abc import Callable
from dataclasses import replace

from groundplan.operations.delivery import hooks, works
from groundplan.operations.delivery.calendar import closed
from groundplan.operations.delivery.judge import Verdict
from groundplan.operations.delivery.monitored import holds
from groundplan.operations.delivery.phases import (
    AT_WEIGHT,
    FINAL,
    TRANSITIONS,
    Event,
    Phase,
)
from groundplan.operations.delivery.plan import Plan
from groundplan.operations.delivery.state import Decision, Rollout, Schema, Seen, weights
from groundplan.operations.delivery.watch import (
    Happened,
    asked,
    gate,
    hear,
    lost_sight,
    onward,
    share_shown,
)

DOWN_LOOKS_MAX = 2
_KEEP = (Phase.CONTRACTING, Phase.REVERTING)  # nothing has to be taken from the schema
_SCHEMA = {
    Event.EXPANDED: Schema.EXPANDED,
    Event.CONTRACTED: Schema.CONTRACTED,
    Event.REVERTED: Schema.REVERTED,
}
# What leads to users who did not have it; what leads from step to step is the gate's own matter.
_GIVES_MORE = frozenset({Event.OPENED, Event.READY, Event.PASSED, Event.SEES, Event.OVER})
Rule = Callable[[Plan, Rollout, Seen], Happened]


def decide(plan: Plan, state: Rollout, seen: Seen) -> Decision:
    """One decision: at most one transition. It is called again at once when `waits` is false."""
    state = hear(plan, state, seen)
    event, because = _happened(plan, state, seen)
    if event is None:
        approved = state.approved or _said(seen, "approve")
        return _decision(plan, replace(state, approved=approved), seen, because)
    return _decision(plan, _moved(plan, state, event, seen, because), seen, because, event=event)


def _happened(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    """What a person says comes first, then disasters, then what the phase waits for."""
    if state.phase in FINAL:
        return None, state.because
    allowed = TRANSITIONS[state.phase]
    if seen.said is not None:
        event = _answer(plan, state, seen)
        if event in allowed:
            return event, seen.said.words
        if not (seen.said.name == "approve" and state.phase is Phase.QUEUED):
            return None, f"{seen.said.words}, which means nothing while {state.phase}"
    if Event.FAILED in allowed and (why := _fails(state, seen)):
        return Event.FAILED, why
    if seen.failing_over and (found := _makes_way(state, seen)):
        return found
    if Event.LOST_SIGHT in allowed and (why := lost_sight(plan, state)):
        return Event.LOST_SIGHT, why
    event, because = _RULES[state.phase](plan, state, seen)
    if state.away and (event in _GIVES_MORE or state.phase is Phase.SMOKING):
        return None, f"holds: {holds(state)}"
    return event, because


def _answer(plan: Plan, state: Rollout, seen: Seen) -> Event | None:
    """The event that a signal is, where the rollout stands."""
    name = seen.said.name if seen.said else ""
    if name in ("promote", "approve") and state.phase in (Phase.WATCHING, Phase.ASKING):
        return onward(plan, state) if name == "promote" or state.phase is Phase.ASKING else None
    back = Event.KEPT if state.phase in _KEEP else Event.FAILED
    plain = {"abort": back, "undo": back}
    return (plain | {"pause": Event.PAUSE, "resume": Event.RESUME}).get(name)


def _said(seen: Seen, name: str) -> bool:
    return seen.said is not None and seen.said.name == name


def _fails(state: Rollout, seen: Seen) -> str | None:
    """Why the new version must go now, in whatever phase it has traffic or is about to get it."""
    if seen.done is not None and seen.done.failed and not seen.done.by:
        return f"could not {seen.done.work}: {seen.done.failed}"
    if state.down >= DOWN_LOOKS_MAX:
        return "no replica of the new version is ready any more"
    judgement = state.judgement
    if judgement.verdict is Verdict.ABORT:
        return judgement.because
    return state.gauges.breach()


def _queued(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    why = closed(plan, seen.now)
    if why is not None:
        return None, f"waits: {why}"
    approved = state.approved or _said(seen, "approve")
    if "start" in plan.approvals and not approved:
        return None, "waits for an approval to start"
    return Event.OPENED, f"wave {state.wave + 1} may begin"


def _starting(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    regions = plan.waves[state.wave].regions
    late = [region for region in regions if not seen.ready.get(region)]
    if not late:
        ready = Event.READY, f"replicas are ready in {', '.join(regions)}"
        return ready if state.away else hooks.heard(plan, state, seen, ready)
    if seen.now - state.since >= plan.ready_seconds:
        seconds = f"{plan.ready_seconds:g} s"
        return Event.FAILED, f"no replica became ready within {seconds} in {', '.join(late)}"
    return None, f"waits for replicas in {', '.join(late)}"


def _shifting(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    wanted = weights(plan, state)
    differs = [
        f"{region} serves {share_shown(seen.serving.get(region))} instead of {percent} %"
        for region, percent in wanted.items()
        if seen.serving.get(region) != percent
    ]
    if not differs:
        return Event.SERVED, f"the gateways serve {_shares(wanted)}"
    if seen.now - state.since >= plan.settle_seconds:
        return Event.FAILED, f"after {plan.settle_seconds:g} s {', '.join(differs)}"
    return None, f"waits: {', '.join(differs)}"


def _watching(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    return hooks.heard(plan, state, seen, gate(plan, state))


def _asking(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    event, because = hooks.heard(plan, state, seen, asked(plan, state))
    return (None if event is Event.HELD else event), because


def _paused(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    return None, "is paused, and watched: resume or abort"


def _blind(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    if state.unseen == 0 and all(value == 0 for value in _wave_serving(plan, state, seen)):
        return Event.SEES, "the gateways tell their counts again; the step begins anew"
    return None, "stable serves everybody until the gateways tell their counts"


def _yielding(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    if not seen.failing_over:
        return Event.OVER, "the failover is over; the step begins anew"
    passed = seen.now - state.since
    if passed >= plan.yield_seconds:
        return Event.FAILED, f"the failover is not over after {plan.yield_seconds:g} s"
    return None, f"{_failing(seen)}; nothing is judged meanwhile"


_RULES: dict[Phase, Rule] = {
    Phase.QUEUED: _queued,
    Phase.EXPANDING: works.expanding,
    Phase.STARTING: _starting,
    Phase.SMOKING: works.smoking,
    Phase.SHIFTING: _shifting,
    Phase.WATCHING: _watching,
    Phase.ASKING: _asking,
    Phase.PAUSED: _paused,
    Phase.BLIND: _blind,
    Phase.YIELDING: _yielding,
    Phase.FINALISING: works.finalising,
    Phase.CONTRACTING: works.contracting,
    Phase.RETURNING: works.returning,
    Phase.REVERTING: works.reverting,
}


def _makes_way(state: Rollout, seen: Seen) -> Happened | None:
    """The primary goes first: a step is left, and no work is begun."""
    if Event.YIELD in TRANSITIONS[state.phase]:
        return Event.YIELD, f"{_failing(seen)}: stable serves there meanwhile"
    if state.phase in AT_WEIGHT or state.phase in (Phase.RETURNING, Phase.BLIND):
        return None
    return None, f"{_failing(seen)}: it waits"


def _failing(seen: Seen) -> str:
    return f"the database fails over ({', '.join(sorted(seen.failing_over))})"


def _wave_serving(plan: Plan, state: Rollout, seen: Seen) -> list[int | None]:
    return [seen.serving.get(region) for region in plan.waves[state.wave].regions]


def _shares(wanted: dict[str, int]) -> str:
    return ", ".join(f"{percent} % in {region}" for region, percent in wanted.items())


def _moved(plan: Plan, state: Rollout, event: Event, seen: Seen, because: str) -> Rollout:
    phase = TRANSITIONS[state.phase][event]
    schema = _SCHEMA.get(event, state.schema) if _touches(plan, state) else state.schema
    moved = replace(state, phase=phase, since=seen.now, down=0, refused=0, schema=schema)
    if event in (Event.NEXT_STEP, Event.NEXT_WAVE):
        case = state.case.in_next_step()
        fresh = replace(moved, watched=0.0, unseen=0.0, case=case, before=case)
        if event is Event.NEXT_STEP:
            return replace(fresh, step=state.step + 1)
        return replace(fresh, wave=state.wave + 1, step=0)
    if event is Event.YIELD:
        judgement = state.before.judgement()
        return replace(moved, watched=0.0, case=state.before, judgement=judgement)
    if event is Event.SEES:
        return replace(moved, step=0, watched=0.0)
    if event is Event.FAILED:
        # Also where it failed in the middle: some of it may be there.
        is_half = state.phase is Phase.EXPANDING and works.expands(plan, state)
        return replace(moved, fate=because, schema=Schema.EXPANDED if is_half else schema)
    return moved


def _touches(plan: Plan, state: Rollout) -> bool:
    """Whether the phase does something to the schema at all."""
    if state.phase is Phase.EXPANDING:
        return works.expands(plan, state)
    return plan.contracts if state.phase is Phase.CONTRACTING else True


def _decision(
    plan: Plan, state: Rollout, seen: Seen, because: str, *, event: Event | None = None
) -> Decision:
    return Decision(
        state=replace(state, because=because),
        weights=weights(plan, state),
        lease_until=seen.now + plan.lease_seconds,
        work=works.work(plan, state, seen),
        because=because,
        waits=event is None,
    )
