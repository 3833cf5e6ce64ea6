"""Webhooks around a step: who is asked when, and what an answer means.

Whoever is asked before a step can hold it back; whoever is asked after one, the next. Who did not
say yes is asked again at the next look, so a webhook that is down holds, and users notice nothing.
"""

from collections.abc import Iterator, Mapping

from groundplan.operations.delivery.phases import Event, Phase
from groundplan.operations.delivery.plan import Plan
from groundplan.operations.delivery.state import Done, Rollout, Seen, Work
from groundplan.operations.delivery.watch import Happened, gate, held_too_long
from groundplan.operations.delivery.watch import asked as waits_for_a_person
from groundplan.ports.hooks import Hook, Hooks
from groundplan.ports.journal import Json

FORMAT_VERSION = "1.0"
_BEFORE, _AFTER = ("before-step",), ("after-step",)
_WHEN = {
    Event.READY: _BEFORE,
    Event.NEXT_STEP: (*_AFTER, *_BEFORE),
    Event.NEXT_WAVE: _AFTER,
    Event.LAST_STEP: _AFTER,
}


class Agreed:
    """Everybody says yes: for rehearsals, and where the file names nobody."""

    def ask(self, hook: Hook, about: Mapping[str, Json], *, key: str) -> str:
        """Yes."""
        return ""


AGREED = Agreed()


def heard(plan: Plan, state: Rollout, seen: Seen, happened: Happened) -> Happened:
    """What follows of it once the webhooks were asked."""
    event, _ = happened
    hooks = tuple(_asked(plan, event))
    if not hooks:
        return happened
    names = ", ".join(hook.name for hook in hooks)
    if seen.done is None or seen.done.work is not Work.ASK:
        return None, f"asks {names}"
    if not seen.done.failed:
        return happened
    hook = next(hook for hook in hooks if hook.name == seen.done.by)
    because = f"{hook.name} holds it: {seen.done.failed}"
    if hook.on_refusal == "abort" and state.refused >= hook.tries:
        return Event.FAILED, f"{hook.name}, asked {state.refused} times: {seen.done.failed}"
    if event is not Event.READY and held_too_long(plan, state):
        return (Event.FAILED if plan.after_hold == "abort" else Event.HELD), because
    return None, because


def wants(plan: Plan, state: Rollout, seen: Seen) -> bool:
    """Whether somebody has to be asked now."""
    event: Event | None = None
    if state.phase is Phase.STARTING and not state.away:
        regions = plan.waves[state.wave].regions
        event = Event.READY if all(seen.ready.get(region) for region in regions) else None
    elif state.phase is Phase.WATCHING:
        event, _ = gate(plan, state)
    elif state.phase is Phase.ASKING:
        event, _ = waits_for_a_person(plan, state)
    return any(True for _ in _asked(plan, event))


def inquire(hooks: Hooks, plan: Plan, state: Rollout, *, rollout: str) -> Done:
    """Asks one after the other; the first one that does not say yes is what counts."""
    event = Event.READY if state.phase is Phase.STARTING else _onward(plan, state)
    for hook in _asked(plan, event):
        is_next = hook.when == "before-step" and event is Event.NEXT_STEP
        step = state.step + 1 if is_next else state.step
        about: dict[str, Json] = {
            "format_version": FORMAT_VERSION,
            "rollout": rollout,
            "service": plan.service,
            "when": hook.when,
            "regions": list(plan.waves[state.wave].regions),
            "wave": state.wave + 1,
            "step": step + 1,
            "weight": plan.weights[step],
            "verdict": state.judgement.verdict.value,
            "because": state.judgement.because,
            "requests": state.case.requests,
        }
        key = f"{rollout}/{hook.name}/{hook.when}-{state.wave + 1}-{step + 1}"
        if why := hooks.ask(hook, about, key=key):
            return Done(work=Work.ASK, failed=why, by=hook.name)
    return Done(work=Work.ASK)


def _onward(plan: Plan, state: Rollout) -> Event | None:
    return (gate if state.phase is Phase.WATCHING else waits_for_a_person)(plan, state)[0]


def _asked(plan: Plan, event: Event | None) -> Iterator[Hook]:
    """Those of the step that ends come first."""
    for when in _WHEN.get(event, ()) if event else ():
        yield from (hook for hook in plan.hooks if hook.when == when)
