"""The gate between two steps: what was heard, what the judge says of it, what time allows."""

from dataclasses import replace

from groundplan.operations.delivery import monitored
from groundplan.operations.delivery.judge import Judgement, Verdict
from groundplan.operations.delivery.phases import AT_WEIGHT, Event, Phase
from groundplan.operations.delivery.plan import Plan
from groundplan.operations.delivery.state import Rollout, Seen, weights

NEEDS_APPROVAL = "an approval is needed before everybody gets it"
NEEDS_A_WORD = "the file pauses here"
Happened = tuple[Event | None, str]  # None: nothing; and the sentence that says why


def hear(plan: Plan, state: Rollout, seen: Seen) -> Rollout:
    """The state with what this look adds: evidence, and time with or without it."""
    # Seconds in which nobody looked (the agent was dead) count for nothing.
    passed = min(max(0.0, seen.now - state.heard), 2 * plan.look_seconds)
    state = replace(state, away=monitored.away(plan, state, seen))
    if seen.failing_over or state.phase is Phase.YIELDING:
        return _waiting(state, seen, passed)
    state = replace(state, apart=frozenset())
    wanted = weights(plan, state)
    served = {region for region, percent in wanted.items() if percent > 0}
    looks = {
        region: look for region, look in seen.looks.items() if look is not None and region in served
    }
    hidden = _hidden(state, seen, wanted, served)
    sees = bool(looks) and not hidden
    unweighed = monitored.unweighed(plan, seen, looks) if looks else state.unweighed
    counts = state.phase is Phase.WATCHING and sees and not state.away and not unweighed
    down = state.phase in AT_WEIGHT and any(seen.ready.get(region) == 0 for region in served)
    case = state.case.after(looks) if looks else state.case
    return replace(
        state,
        case=case,
        judgement=case.judgement() if looks else state.judgement,
        gauges=state.gauges.after(seen.usage, looks),
        heard=seen.now,
        watched=state.watched + (passed if counts else 0.0),
        unseen=state.unseen + passed if hidden else 0.0,
        hidden=hidden,
        unweighed=unweighed,
        down=state.down + 1 if down and passed > 0 else state.down if down else 0,
        refused=_refused(state, seen),
    )


def _refused(state: Rollout, seen: Seen) -> int:
    """How often in a row the webhooks did not say yes."""
    if seen.done is None or not seen.done.by:
        return state.refused
    return state.refused + 1


def _hidden(state: Rollout, seen: Seen, wanted: dict[str, int], served: set[str]) -> str:
    """What keeps the judge from seeing; nothing when it sees."""
    watched = set(seen.looks) if state.phase is Phase.BLIND else served & set(seen.looks)
    silent = sorted(region for region in watched if seen.looks[region] is None)
    if silent:
        return f"the gateway of {', '.join(silent)} does not tell its counts"
    if state.phase not in AT_WEIGHT - {Phase.SHIFTING}:
        return ""
    # What a gateway counts while it serves another weight is not what was asked about.
    return ", ".join(
        f"{region} serves {share_shown(seen.serving.get(region))} instead of {wanted[region]} %"
        for region in sorted(served)
        if seen.serving.get(region) != wanted[region]
    )


def share_shown(percent: int | None) -> str:
    """What a gateway serves, for a sentence."""
    return "nobody knows what" if percent is None else f"{percent} %"


def _waiting(state: Rollout, seen: Seen, passed: float) -> Rollout:
    """While the primary moves, requests fail whatever the version is: nothing is evidence, and the
    time that replicas and gateways have is not spent."""
    is_timed = state.phase in (Phase.STARTING, Phase.SHIFTING)
    return replace(
        state,
        apart=seen.failing_over,
        heard=seen.now,
        since=state.since + passed if is_timed else state.since,
        unseen=0.0,
        down=0,
    )


def lost_sight(plan: Plan, state: Rollout) -> str | None:
    """Why the weights go back although nothing bad is known."""
    if state.unseen < plan.blind_seconds:
        return None
    return f"for {state.unseen:g} s {state.hidden}: stable serves everybody meanwhile"


def gate(plan: Plan, state: Rollout) -> Happened:
    """What follows from a step that is being watched. An abort was decided before."""
    judgement = state.judgement
    if state.unseen:
        return None, f"holds: {state.hidden}, for {state.unseen:g} s"
    if why := monitored.holds(state):
        return _held(plan, state, why)
    length = _length(plan, state)
    if state.watched < length:
        return None, f"{plan.weights[state.step]} %: {judgement.because}"
    missing = _missing(plan, state, judgement)
    if missing is None:
        return onward(plan, state), judgement.because
    if missing in (NEEDS_APPROVAL, NEEDS_A_WORD):
        return Event.HELD, f"asks: {missing}"
    if not held_too_long(plan, state):
        return None, f"holds: {missing}"
    if plan.after_hold == "abort":
        return Event.FAILED, f"held for {plan.hold_seconds:g} s: {missing}"
    is_harmless = judgement.within and judgement.verdict is not Verdict.NO_DATA
    if plan.after_hold == "continue" and is_harmless:
        return onward(plan, state), f"held for {plan.hold_seconds:g} s, and the file says go on"
    return Event.HELD, f"asks: {missing}"


def _held(plan: Plan, state: Rollout, why: str) -> Happened:
    """Until it is back; a person may say go on, and the file's `max_hold` ends the wait."""
    if monitored.away_seconds(state) < plan.hold_seconds:
        return None, f"holds: {why}"
    if plan.after_hold == "abort":
        return Event.FAILED, f"held for {plan.hold_seconds:g} s: {why}"
    return Event.HELD, f"asks: {why}"


def held_too_long(plan: Plan, state: Rollout) -> bool:
    """Whether a step took as much longer as the file allows."""
    return state.watched >= _length(plan, state) + plan.hold_seconds


def asked(plan: Plan, state: Rollout) -> Happened:
    """Nobody has to come when what was missing arrives by itself."""
    missing = monitored.holds(state) or _missing(plan, state, state.judgement)
    if not missing:
        return onward(plan, state), state.judgement.because
    return None, f"waits for a person, promote or abort: {missing}"


def onward(plan: Plan, state: Rollout) -> Event:
    """The next step, the next wave, or the end."""
    if state.step + 1 < len(plan.weights):
        return Event.NEXT_STEP
    return Event.NEXT_WAVE if state.wave + 1 < len(plan.waves) else Event.LAST_STEP


def _missing(plan: Plan, state: Rollout, judgement: Judgement) -> str | None:
    """What the step still lacks; None when it may go on.

    Time is enough to go on while every bound is kept by what was counted. Everybody gets a
    version only when it is proven.
    """
    if judgement.verdict is Verdict.NO_DATA and plan.goes_back:
        return None
    if judgement.verdict is Verdict.NO_DATA or not judgement.within:
        return judgement.because
    if state.case.requests < plan.min_requests:
        return f"{state.case.requests} of at least {plan.min_requests} requests were seen"
    is_next_all = state.step + 1 < len(plan.weights) and plan.weights[state.step + 1] == 100
    if is_next_all and judgement.verdict is not Verdict.PROVEN:
        return f"not proven, so not for everybody: {judgement.because}"
    if is_next_all and "promote" in plan.approvals:
        return NEEDS_APPROVAL
    return NEEDS_A_WORD if state.step in plan.pauses else None


def _length(plan: Plan, state: Rollout) -> float:
    """How long the step lasts at least; the last one is the window after the promotion."""
    is_last = state.step + 1 == len(plan.weights)
    return plan.waves[state.wave].bake_seconds if is_last else plan.interval_seconds
