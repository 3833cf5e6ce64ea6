"""What a rollout does next, from where it is and what it sees. No clock, no effects, no chance."""

from collections.abc import Callable
from dataclasses import replace

from groundplan.operations.delivery.calendar import closed
from groundplan.operations.delivery.judge import Verdict
from groundplan.operations.delivery.phases import (
    FINAL,
    TRANSITIONS,
    Event,
    Phase,
)
from groundplan.operations.delivery.plan import Plan
from groundplan.operations.delivery.state import Decision, Rollout, Seen, Work, weights
from groundplan.operations.delivery.watch import Happened, asked, gate, hear, lost_sight, onward

DOWN_LOOKS_MAX = 2
Rule = Callable[[Plan, Rollout, Seen], Happened]


def decide(plan: Plan, state: Rollout, seen: Seen) -> Decision:
    """One decision: at most one transition. It is called again at once when `waits` is false."""
    state = hear(plan, state, seen)
    event, because = _happened(plan, state, seen)
    if event is None:
        approved = state.approved or _said(seen, "approve")
        return _decision(plan, replace(state, approved=approved), seen, because)
    return _decision(plan, _moved(state, event, seen, because), seen, because, event=event)


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
    if Event.LOST_SIGHT in allowed and (why := lost_sight(plan, state)):
        return Event.LOST_SIGHT, why
    return _RULES[state.phase](plan, state, seen)


def _answer(plan: Plan, state: Rollout, seen: Seen) -> Event | None:
    """The event that a signal is, where the rollout stands."""
    name = seen.said.name if seen.said else ""
    if name in ("promote", "approve") and state.phase in (Phase.WATCHING, Phase.ASKING):
        return onward(plan, state) if name == "promote" or state.phase is Phase.ASKING else None
    plain = {"abort": Event.FAILED, "undo": Event.FAILED}
    return (plain | {"pause": Event.PAUSE, "resume": Event.RESUME}).get(name)


def _said(seen: Seen, name: str) -> bool:
    return seen.said is not None and seen.said.name == name


def _fails(state: Rollout, seen: Seen) -> str | None:
    """Why the new version must go now, in whatever phase it has traffic or is about to get it."""
    if seen.done is not None and seen.done.failed:
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
    if failing := _failing(plan, state, seen):
        return None, failing
    return Event.OPENED, f"wave {state.wave + 1} may begin"


def _expanding(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    if not plan.expands or state.wave > 0:
        return Event.EXPANDED, "the schema needs nothing"
    return _when_done(seen, Work.EXPAND, Event.EXPANDED)


def _starting(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    regions = plan.waves[state.wave].regions
    late = [region for region in regions if not seen.ready.get(region)]
    if not late:
        return Event.READY, f"replicas are ready in {', '.join(regions)}"
    if seen.now - state.since >= plan.ready_seconds:
        seconds = f"{plan.ready_seconds:g} s"
        return Event.FAILED, f"no replica became ready within {seconds} in {', '.join(late)}"
    return None, f"waits for replicas in {', '.join(late)}"


def _smoking(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    if not plan.smoke_test:
        return Event.PASSED, "there are no smoke tests"
    return _when_done(seen, Work.SMOKE, Event.PASSED)


def _shifting(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    wanted = weights(plan, state)
    differs = [
        f"{region} serves {_shown(seen.serving.get(region))} instead of {percent} %"
        for region, percent in wanted.items()
        if seen.serving.get(region) != percent
    ]
    if not differs:
        return Event.SERVED, f"the gateways serve {_shares(wanted)}"
    if seen.now - state.since >= plan.settle_seconds:
        return Event.FAILED, f"after {plan.settle_seconds:g} s {', '.join(differs)}"
    return None, f"waits: {', '.join(differs)}"


def _watching(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    if failing := _failing(plan, state, seen):
        return None, failing
    return gate(plan, state)


def _asking(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    return asked(plan, state)


def _paused(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    return None, "is paused, and watched: resume or abort"


def _blind(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    if state.unseen == 0 and all(value == 0 for value in _wave_serving(plan, state, seen)):
        return Event.SEES, "the gateways tell their counts again; the step begins anew"
    return None, "stable serves everybody until the gateways tell their counts"


def _finalising(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    return _when_done(seen, Work.FINALISE, Event.FINALISED)


def _contracting(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    if not plan.contract_seconds:
        return Event.CONTRACTED, "nothing is taken from the schema"
    if seen.old_running:
        return None, "a replica of the old version still runs, so the schema stays"
    left = plan.contract_seconds - (seen.now - state.since)
    if left > 0:
        return None, f"the schema may lose what the old version needed in {left:g} s"
    return _when_done(seen, Work.CONTRACT, Event.CONTRACTED)


def _returning(plan: Plan, state: Rollout, seen: Seen) -> Happened:
    """A gateway that does not answer has returned to stable by itself when its lease ended."""
    is_over = seen.now - state.since > plan.lease_seconds
    back = all(
        share == 0 or (share is None and is_over)
        for share in (seen.serving.get(region) for region in plan.regions)
    )
    if not back:
        return None, "waits for the gateways to serve stable alone"
    if seen.done and seen.done.work is Work.REMOVE and not seen.done.failed:
        return Event.STABLE, f"stable serves everybody: {state.fate}"
    return None, "removes the new version's replicas"


_RULES: dict[Phase, Rule] = {
    Phase.QUEUED: _queued,
    Phase.EXPANDING: _expanding,
    Phase.STARTING: _starting,
    Phase.SMOKING: _smoking,
    Phase.SHIFTING: _shifting,
    Phase.WATCHING: _watching,
    Phase.ASKING: _asking,
    Phase.PAUSED: _paused,
    Phase.BLIND: _blind,
    Phase.FINALISING: _finalising,
    Phase.CONTRACTING: _contracting,
    Phase.RETURNING: _returning,
}


def _when_done(seen: Seen, work: Work, event: Event) -> Happened:
    if seen.done and seen.done.work is work and not seen.done.failed:
        return event, f"{event}"
    return None, f"has to {work}"


def _failing(plan: Plan, state: Rollout, seen: Seen) -> str | None:
    failing = [each for each in plan.waves[state.wave].regions if each in seen.failing_over]
    return f"{', '.join(failing)} fails over: the wave waits" if failing else None


def _wave_serving(plan: Plan, state: Rollout, seen: Seen) -> list[int | None]:
    return [seen.serving.get(region) for region in plan.waves[state.wave].regions]


def _shares(wanted: dict[str, int]) -> str:
    return ", ".join(f"{percent} % in {region}" for region, percent in wanted.items())


def _shown(percent: int | None) -> str:
    return "nobody knows what" if percent is None else f"{percent} %"


def _moved(state: Rollout, event: Event, seen: Seen, because: str) -> Rollout:
    phase = TRANSITIONS[state.phase][event]
    moved = replace(state, phase=phase, since=seen.now, down=0)
    if event is Event.NEXT_STEP:
        case = state.case.in_next_step()
        return replace(moved, step=state.step + 1, watched=0.0, unseen=0.0, case=case)
    if event is Event.NEXT_WAVE:
        case = state.case.in_next_step()
        return replace(moved, wave=state.wave + 1, step=0, watched=0.0, unseen=0.0, case=case)
    if event is Event.SEES:
        return replace(moved, step=0, watched=0.0)
    return replace(moved, fate=because) if event is Event.FAILED else moved


def _decision(
    plan: Plan, state: Rollout, seen: Seen, because: str, *, event: Event | None = None
) -> Decision:
    return Decision(
        state=replace(state, because=because),
        weights=weights(plan, state),
        lease_until=seen.now + plan.lease_seconds,
        work=_work(plan, state, seen),
        because=because,
        waits=event is None,
    )


def _work(plan: Plan, state: Rollout, seen: Seen) -> Work | None:
    """What the phase needs done, until it was."""
    wanted = {
        Phase.EXPANDING: Work.EXPAND if plan.expands and state.wave == 0 else None,
        Phase.STARTING: Work.START,
        Phase.SMOKING: Work.SMOKE if plan.smoke_test else None,
        Phase.FINALISING: Work.FINALISE,
    }.get(state.phase)
    if state.phase is Phase.RETURNING and all(
        not seen.serving.get(region) for region in plan.regions
    ):
        wanted = Work.REMOVE
    may_contract = state.phase is Phase.CONTRACTING and plan.contract_seconds > 0
    is_safe = not seen.old_running and seen.now - state.since >= plan.contract_seconds
    if may_contract and is_safe:
        wanted = Work.CONTRACT
    return wanted
