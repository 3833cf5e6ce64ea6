"""A rollout from its beginning to its end: look, decide, act, wait, and again.

Nothing is decided here. Weights are served before work is done, so that nobody waits on a version
that has to go. Each look, each weight, each work and each word of a person is recorded before
anything follows from it, so a rollout whose agent was killed comes to the same decisions again.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter

from groundplan.operations.delivery.decide import decide
from groundplan.operations.delivery.hooks import AGREED, inquire
from groundplan.operations.delivery.judge import Case, readings, shown
from groundplan.operations.delivery.monitored import holds
from groundplan.operations.delivery.phases import FINAL, NEEDS_A_PERSON, Phase
from groundplan.operations.delivery.plan import Plan
from groundplan.operations.delivery.record import (
    Beginning,
    Decided,
    Keep,
    Tick,
    unkept,
)
from groundplan.operations.delivery.state import (
    Decision,
    Done,
    Rollout,
    Said,
    Schema,
    Seen,
    Work,
    weights,
)
from groundplan.ports.hooks import Hooks
from groundplan.ports.journal import Journal, Json, Outcome, State
from groundplan.ports.releases import Releases, Sight

Act = Callable[[Work, tuple[str, ...], Rollout], Done]
Serve = Callable[[Decision], None]
Show = Callable[[Mapping[str, Json]], None]
TELL_SECONDS = 30.0  # after which people are told where it stands, though nothing changed
_SIGHT = TypeAdapter(Sight)
_DONE = TypeAdapter(Done)
REHEARSED = "rehearsal"  # the name of a rollout that has no record


def unshown(facts: Mapping[str, Json]) -> None:
    """Nobody looks."""


def release(
    journal: Journal,
    releases: Releases,
    plan: Plan,
    *,
    show: Show = unshown,
    hooks: Hooks = AGREED,
    keep: Keep = unkept,
) -> Outcome:
    """The durable rollout. It ends when everybody has the new version, or nobody.

    `show` gets its facts after each look, and `keep` all that it rests on.
    """
    began = journal.now()
    life = _Life(journal, releases, plan, Rollout.of(plan, began), show, hooks, keep)
    keep(0, Beginning(rollout=journal.operation, began=began, plan=plan))
    journal.tell(f"release of {plan.service}", because=_told(plan))
    while life.state.phase not in FINAL:
        life.go_on()
    state = life.state
    is_done = state.phase is Phase.DONE
    return Outcome(
        state=State.DONE if is_done else State.ABORTED,
        summary=_summary(state) if is_done else state.because,
        facts=facts(plan, state),
    )


@dataclass(slots=True)
class _Life:
    """One life of a rollout; after a kill the next one makes the same state of the same record."""

    journal: Journal
    releases: Releases
    plan: Plan
    state: Rollout
    show: Show
    hooks: Hooks
    keep: Keep
    told: float = 0.0
    looks: int = 0
    done: list[Done] = field(default_factory=list)  # in this look

    def go_on(self) -> None:
        """Waits for a word or the next look, and does what follows."""
        signal = self.journal.wait_for_signal(self.plan.look_seconds)
        heard = Said(name=signal.name, who=signal.who, why=signal.why) if signal else None
        now = self.journal.now()
        sight = _SIGHT.validate_python(self.journal.step("look", lambda: self._look(now)))
        seen = Seen.of(sight, now=now, said=heard)
        first: Decision | None = None
        before = self.state
        decided = []
        for decision in turn(self.plan, self.state, seen, act=self._act, serve=self._serve):
            first = first or decision
            decided.append(Decided.of(decision))
            if not decision.waits or (heard and decision is first):
                self.told = now
                self.journal.tell(decision.state.phase.value, because=decision.because)
            self.state = decision.state
        is_news = bool(self.state.hidden) > bool(before.hidden) or now - self.told >= TELL_SECONDS
        is_news = is_news or bool(holds(self.state)) != bool(holds(before))
        if self.state.phase is before.phase and is_news:
            self.told = now
            self.journal.tell(self.state.phase.value, because=self.state.because)
        self.show(facts(self.plan, self.state))
        self._keep(Tick(now=now, sight=sight, said=heard, decided=tuple(decided)))

    def _keep(self, tick: Tick) -> None:
        """Not a step: another life makes the same lines of the same record."""
        self.looks += 1
        self.keep(self.looks, replace(tick, done=tuple(self.done)))
        self.done.clear()

    def _look(self, now: float) -> Json:
        """Looks, then renews the lease; both are harmless twice.

        In this order: what somebody else wrote into a gateway is seen before it is written over.
        """
        found: Json = _SIGHT.dump_python(self.releases.see(), mode="json")
        until = now + self.plan.lease_seconds
        self.releases.serve(weights(self.plan, self.state), until=until)
        return found

    def _act(self, work: Work, regions: tuple[str, ...], state: Rollout) -> Done:
        done = self._do(work, regions, state)
        self.done.append(done)
        return done

    def _do(self, work: Work, regions: tuple[str, ...], state: Rollout) -> Done:
        if work is Work.ASK:
            return _DONE.validate_python(self.journal.step(work.value, lambda: self._ask(state)))
        failed = self.journal.step(work.value, lambda: self.releases.work(work.value, regions))
        return Done(work=work, failed=failed)

    def _ask(self, state: Rollout) -> Json:
        done = inquire(self.hooks, self.plan, state, rollout=self.journal.operation)
        found: Json = _DONE.dump_python(done, mode="json")
        return found

    def _serve(self, decision: Decision) -> None:
        """A changed weight is a step of its own; an unchanged one is renewed with each look."""
        wanted = decision.weights
        if wanted == weights(self.plan, self.state):
            return
        shares = ", ".join(f"{percent} % in {region}" for region, percent in wanted.items())
        until = decision.lease_until
        self.journal.step(f"serve {shares}", lambda: self.releases.serve(wanted, until=until))


def _summary(state: Rollout) -> str:
    told = f"everybody has it: {state.judgement.because}"
    changed = state.schema is not Schema.UNTOUCHED
    return f"{told}; its schema is {state.schema}" if changed else told


def _told(plan: Plan) -> str:
    waves = "; ".join(", ".join(wave.regions) for wave in plan.waves)
    shares = ", ".join(str(weight) for weight in plan.weights)
    return f"{plan.strategy} over {shares} % in {waves}"


def facts(plan: Plan, state: Rollout) -> dict[str, Json]:
    """Where a rollout is and what the judge has heard, for programs and for those who ask why."""
    heard: list[Json] = []
    if isinstance(state.case, Case):
        for each in readings(state.case):
            beside = None if each.beside is None else shown(each.beside)
            heard.append(
                {
                    "where": each.court,
                    "gate": each.name,
                    "requests": each.requests,
                    "bad": each.bad,
                    "stable_requests": each.stable_requests,
                    "stable_bad": each.stable_bad,
                    "worse_than_allowed": shown(each.against),
                    "would_abort_at": each.against_needed,
                    "worse_than_stable": beside,
                    "better_than_allowed": shown(each.proof),
                    "burstiness": round(each.burstiness, 2),
                    "evidence": {
                        "against": each.against,
                        "beside": each.beside,
                        "proof": each.proof,
                    },
                }
            )
    return {
        "phase": state.phase.value,
        "weights": dict(weights(plan, state)),
        "schema": state.schema.value,
        "verdict": state.judgement.verdict.value,
        "because": state.judgement.because,
        "holds": state.hidden or holds(state),
        "readings": heard,
    }


def turn(plan: Plan, state: Rollout, seen: Seen, *, act: Act, serve: Serve) -> Iterator[Decision]:
    """Everything that follows from one look: decisions until one of them waits."""
    done: set[Work] = set()
    while state.phase not in FINAL:
        decision = decide(plan, state, seen)
        serve(decision)
        yield decision
        state = decision.state
        if decision.work is not None and decision.work not in done:
            done.add(decision.work)
            where = _where(plan, state, decision.work)
            seen = seen.again(act(decision.work, where, state))
        elif decision.waits:
            return
        else:
            seen = seen.again()


def _where(plan: Plan, state: Rollout, work: Work) -> tuple[str, ...]:
    """A wave is begun by itself; everything else concerns all regions."""
    is_of_wave = work in (Work.START, Work.SMOKE)
    return plan.waves[state.wave].regions if is_of_wave else plan.regions


def _unrecorded(plan: Plan, releases: Releases, hooks: Hooks) -> Act:
    def act(work: Work, regions: tuple[str, ...], state: Rollout) -> Done:
        if work is Work.ASK:
            return inquire(hooks, plan, state, rollout=REHEARSED)
        return Done(work=work, failed=releases.work(work.value, regions))

    return act


def rehearse(
    plan: Plan,
    releases: Releases,
    pass_time: Callable[[float], float],
    *,
    words: Mapping[float, Said] | None = None,
    start: Rollout | None = None,
    seconds: float = math.inf,
    hooks: Hooks = AGREED,
) -> Iterator[Decision]:
    """A rollout without a record, on a virtual clock that `pass_time` moves and tells.

    `words` are what people say, by the instant from which on it is heard. A rollout that only a
    person can end is left where it stands.
    """
    now = pass_time(0)
    end = now + seconds
    state = start or Rollout.of(plan, now)
    unheard = dict(words or {})
    while state.phase not in FINAL and now <= end:
        spoken = min((at for at in unheard if at <= now), default=None)
        heard = None if spoken is None else unheard.pop(spoken)
        seen = Seen.of(releases.see(), now=now, said=heard)
        for decision in turn(
            plan,
            state,
            seen,
            act=_unrecorded(plan, releases, hooks),
            serve=lambda each: releases.serve(each.weights, until=each.lease_until),
        ):
            state = decision.state
            yield decision
        if state.phase in NEEDS_A_PERSON and not unheard and seconds == math.inf:
            return
        now = pass_time(plan.look_seconds)
