"""Webhooks and pauses: who holds a step, who ends a rollout, and who cannot."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from operations.delivery.samples import GOOD, PLAN, THREE, twin

from groundplan.operations.delivery.phases import Phase
from groundplan.operations.delivery.plan import Plan
from groundplan.operations.delivery.run import rehearse, release
from groundplan.operations.delivery.state import Decision, Said
from groundplan.ports.hooks import Hook
from groundplan.ports.journal import Json, Outcome, State
from groundplan.twin.journal import TwinJournal, killed_at_every_step
from groundplan.twin.releases import TwinReleases

QUICK = replace(
    PLAN,
    weights=(10, 50, 100),
    interval_seconds=10,
    waves=(replace(PLAN.waves[0], bake_seconds=10),),
)


@dataclass
class Answering:
    """Says no so often, then yes; remembers what it was asked."""

    noes: int = 0
    asked: list[tuple[str, str, int, str]] = field(default_factory=list)

    def ask(self, hook: Hook, about: Mapping[str, Json], *, key: str) -> str:
        weight = about["weight"]
        assert isinstance(weight, int)
        self.asked.append((hook.name, str(about["when"]), weight, key))
        self.noes -= 1
        return "it answers 503" if self.noes >= 0 else ""


def hook(when: Any, **fields: Any) -> Hook:
    given = {"on_refusal": "hold", "seconds": 5, "tries": 3, **fields}
    return Hook(name=f"{when}-hook", url="http://127.0.0.1:9", when=when, **given)


BEFORE, AFTER = hook("before-step"), hook("after-step")


def rehearsed(
    plan: Plan,
    hooks: Answering,
    words: dict[float, Said] | None = None,
    releases: TwinReleases | None = None,
) -> list[Decision]:
    releases = releases or twin(plan, GOOD, requests_per_second=500.0)
    return list(rehearse(plan, releases, releases.clock.passed, hooks=hooks, words=words))


def test_they_are_asked_around_each_step() -> None:
    hooks = Answering()
    decisions = rehearsed(replace(QUICK, hooks=(BEFORE, AFTER)), hooks)
    assert decisions[-1].state.phase is Phase.DONE
    assert [(when, weight) for _, when, weight, _ in hooks.asked] == [
        ("before-step", 10),
        ("after-step", 10),
        ("before-step", 50),
        ("after-step", 50),
        ("before-step", 100),
        ("after-step", 100),
    ]
    keys = [key for *_, key in hooks.asked]
    assert len(set(keys)) == len(keys)


def test_each_wave_has_its_own_steps() -> None:
    hooks = Answering()
    waves = tuple(replace(wave, bake_seconds=10) for wave in THREE.waves)
    rehearsed(replace(QUICK, waves=waves, hooks=(BEFORE,)), hooks)
    assert [weight for _, _, weight, _ in hooks.asked] == [10, 50, 100] * 2


@pytest.mark.parametrize("when", ["before-step", "after-step"])
def test_one_that_says_no_is_asked_again_and_holds_meanwhile(when: str) -> None:
    hooks = Answering(noes=20)
    decisions = rehearsed(replace(QUICK, hooks=(hook(when),)), hooks)
    assert decisions[-1].state.phase is Phase.DONE
    held = [each for each in decisions if f"{when}-hook holds it: it answers 503" in each.because]
    assert len(held) == 20
    first = hooks.asked[0]
    assert hooks.asked[:21] == [first] * 21
    weights = {tuple(each.weights.values()) for each in held}
    assert weights == {(0,)} if when == "before-step" else {(10,)}


def test_one_that_may_end_it_does_after_its_tries() -> None:
    hooks = Answering(noes=3)
    releases = twin(QUICK, GOOD)
    plan = replace(QUICK, hooks=(hook("before-step", on_refusal="abort"),))
    decisions = rehearsed(plan, hooks, releases=releases)
    assert decisions[-1].state.phase is Phase.RETURNED
    assert "asked 3 times: it answers 503" in decisions[-1].because
    assert releases.answered == 0


def test_less_noes_than_tries_end_nothing() -> None:
    plan = replace(QUICK, hooks=(hook("after-step", on_refusal="abort"),))
    assert rehearsed(plan, Answering(noes=2))[-1].state.phase is Phase.DONE


def test_one_that_never_says_yes_is_overruled_by_a_person_alone() -> None:
    plan = replace(QUICK, hooks=(AFTER,), hold_seconds=60)
    asking = rehearsed(plan, Answering(noes=10_000))[-1].state
    assert (asking.phase, asking.step) == (Phase.ASKING, 0)
    releases = twin(plan, GOOD)
    words = {releases.clock.now + 300.0: Said(name="promote", who="ann")}
    later = rehearsed(plan, Answering(noes=10_000), words, releases)[-1].state
    assert later.step == 1


def test_a_bad_version_goes_whatever_they_say() -> None:
    releases = twin(QUICK, replace(GOOD, failing=lambda now: 0.5))
    plan = replace(QUICK, hooks=(AFTER,))
    assert rehearsed(plan, Answering(10_000), releases=releases)[-1].state.phase is Phase.RETURNED


def test_the_file_pauses_until_a_person_says_go_on() -> None:
    plan = replace(QUICK, pauses=(1,))
    paused = rehearsed(plan, Answering())[-1]
    assert (paused.state.phase, paused.state.step) == (Phase.ASKING, 1)
    assert "the file pauses here" in paused.because
    releases = twin(plan, GOOD, requests_per_second=500.0)
    words = {releases.clock.now + 200.0: Said(name="approve", who="ann")}
    assert rehearsed(plan, Answering(), words, releases)[-1].state.phase is Phase.DONE


def test_a_killed_agent_asks_again_with_the_same_key() -> None:
    plan = replace(QUICK, hooks=(BEFORE, AFTER))
    asked: list[Answering] = []

    def live(dies_at: int | None) -> tuple[Any, TwinJournal]:
        releases, hooks = twin(plan, GOOD, requests_per_second=500.0), Answering(noes=1)
        asked.append(hooks)

        def operation(journal: TwinJournal) -> Outcome:
            return release(journal, releases, plan, hooks=hooks)

        return operation, TwinJournal(clock=releases.clock, dies_at=dies_at)

    outcomes = [outcome for _, outcome in killed_at_every_step(live)]
    assert {outcome.state for outcome in outcomes} == {State.DONE}
    assert {len({key for *_, key in hooks.asked}) for hooks in asked} == {6}
