"""A rollout whose agent is killed at every step of it, and rollouts that see anything at all."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from operations.delivery.samples import BAD, GOOD, PLAN, THREE, rehearsed, twin

from groundplan.operations.delivery.decide import decide
from groundplan.operations.delivery.judge import Verdict
from groundplan.operations.delivery.phases import TRANSITIONS, Phase
from groundplan.operations.delivery.plan import Plan
from groundplan.operations.delivery.run import release
from groundplan.operations.delivery.state import Decision, Done, Rollout, Said, Seen, weights
from groundplan.ports.journal import Outcome, Signal, State
from groundplan.ports.releases import Counts, Look
from groundplan.twin.clock import EPOCH, VirtualClock
from groundplan.twin.journal import Record, TwinJournal, killed_at_every_step
from groundplan.twin.releases import Behaviour, TwinReleases

SHORT = replace(
    THREE,
    weights=(10, 50, 100),
    interval_seconds=10,
    waves=tuple(replace(wave, bake_seconds=10) for wave in THREE.waves),
    smoke_test=("true",),
    expands=True,
    contracts=True,
    contract_seconds=20,
    reverts=True,
)
Live = Callable[[int | None], tuple[Callable[[TwinJournal], Outcome], TwinJournal]]


def worlds(canary: Behaviour, kept: list[TwinReleases]) -> Live:
    """Fresh twins with a journal on their clock; each twin is kept to be looked at."""

    def live(dies_at: int | None) -> tuple[Callable[[TwinJournal], Outcome], TwinJournal]:
        releases = twin(SHORT, canary, requests_per_second=500.0)
        kept.append(releases)
        journal = TwinJournal(clock=releases.clock, dies_at=dies_at)
        return (lambda journal: release(journal, releases, SHORT)), journal

    return live


def test_a_good_release_survives_a_kill_at_every_step() -> None:
    kept: list[TwinReleases] = []
    outcomes = [outcome for _, outcome in killed_at_every_step(worlds(GOOD, kept))]
    assert len(outcomes) > 30
    assert {outcome.state for outcome in outcomes} == {State.DONE}
    assert all(each.weight(region) == 100 for each in kept for region in each.regions)


def test_a_bad_release_goes_back_after_a_kill_at_any_step() -> None:
    kept: list[TwinReleases] = []
    outcomes = [outcome for _, outcome in killed_at_every_step(worlds(BAD, kept))]
    assert len(outcomes) > 15
    assert {outcome.state for outcome in outcomes} == {State.ABORTED}
    assert all(each.weight(region) == 0 for each in kept for region in each.regions)
    assert all("requests failed" in outcome.summary for outcome in outcomes)


def test_the_recorded_rollout_decides_as_the_rehearsed_one() -> None:
    releases = twin(SHORT, BAD)
    journal = TwinJournal(clock=releases.clock)
    outcome = release(journal, releases, SHORT)
    end = rehearsed(SHORT, twin(SHORT, BAD))[-1]
    assert outcome.facts["phase"] == end.state.phase.value
    assert [line.partition(":")[0] for line in journal.record.told][1:] == [
        "expanding the schema",
        "starting",
        "smoke-testing",
        "shifting",
        "watching",
        "returning",
        "reverting the schema",
        "returned",
    ]


def test_an_answer_is_told_even_when_it_changes_nothing() -> None:
    releases = twin(SHORT)
    early = (EPOCH + 1, Signal(name="resume", who="ann"))
    journal = TwinJournal(clock=releases.clock, record=Record(signals=[early]))
    release(journal, releases, SHORT)
    assert any("means nothing while queued" in line for line in journal.record.told)


def test_a_lease_that_nobody_renews_ends_by_itself() -> None:
    releases = twin(PLAN)
    rehearsed(PLAN, releases, seconds=60)
    assert releases.weight("us") == 5
    releases.clock.advance(PLAN.lease_seconds)
    assert releases.weight("us") == 0


def test_time_in_which_nobody_looked_does_not_count_as_watched() -> None:
    releases = twin(PLAN)
    before = rehearsed(PLAN, releases, seconds=60)[-1].state
    releases.clock.advance(3600)
    after = rehearsed(PLAN, releases, start=before, seconds=0)[-1].state
    assert after.step == before.step == 0
    assert after.watched <= before.watched + 2 * PLAN.look_seconds


def _looks() -> st.SearchStrategy[Look | None]:
    counts = st.tuples(st.integers(0, 400), st.floats(0, 1)).map(
        lambda drawn: Counts(drawn[0], (int(drawn[0] * drawn[1] ** 9),))
    )
    quiet = [Look(Counts(number, (0,)), Counts(300, (0,))) for number in (1, 8, 60)]
    return st.sampled_from([*quiet] * 8 + [None]) | st.builds(Look, counts, counts)


def _seen(regions: tuple[str, ...]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(
        {
            "looks": st.fixed_dictionaries(dict.fromkeys(regions, _looks())),
            "ready": st.fixed_dictionaries(
                dict.fromkeys(regions, st.sampled_from([3] * 20 + [0, 1, None]))
            ),
            "obeys": st.sampled_from([True] * 12 + [False]),
            "old_running": st.booleans(),
            "failing_over": st.sampled_from([frozenset()] * 12 + [frozenset(regions[:1])]),
            "fails": st.sampled_from([""] * 20 + ["no"]),
            "passed": st.sampled_from([0.0, 5.0, 5.0, 5.0, 500.0]),
            "times": st.integers(1, 9),
        }
    )


def _decisions(plan: Plan, sights: list[dict[str, object]]) -> list[tuple[Rollout, Decision]]:
    """Each state with what followed from it, whatever was seen."""
    now, found = EPOCH, []
    state, serving, done = Rollout.of(plan, now), dict.fromkeys(plan.regions, 0), None
    repeated = (each for sight in sights for each in [sight] * sight["times"])
    for sight in repeated:
        now += sight["passed"]
        shown = {name: sight[name] for name in ("looks", "ready", "old_running", "failing_over")}
        decision = decide(plan, state, Seen(now=now, serving=serving, done=done, **shown))
        found.append((state, decision))
        state = decision.state
        serving = dict(decision.weights) if sight["obeys"] else serving
        done = Done(work=decision.work, failed=sight["fails"]) if decision.work else None
    return found


@given(st.lists(_seen(THREE.regions), min_size=1, max_size=25))
@settings(max_examples=100, deadline=None)
def test_whatever_is_seen_nobody_is_given_more_than_what_is_proven_or_due(
    sights: list[dict[str, object]],
) -> None:
    plan = replace(
        THREE, weights=(5, 50, 100), interval_seconds=10, contracts=True, contract_seconds=30
    )
    for before, decision in _decisions(plan, sights):
        after = decision.state
        ways = TRANSITIONS[before.phase].values()
        assert after.phase is before.phase or after.phase in ways
        given_before, given_now = weights(plan, before), decision.weights
        more = [region for region in plan.regions if given_now[region] > given_before[region]]
        is_first = before.phase in (Phase.SMOKING, Phase.BLIND) and after.step == 0
        is_again = bool(before.apart)  # a failover is over: the share that it had
        if more and not is_first and not is_again:
            assert before.phase in (Phase.WATCHING, Phase.ASKING)
            assert after.judgement.within
            assert after.watched == 0
        if any(given_now[region] == 100 > given_before[region] for region in plan.regions):
            assert after.judgement.verdict is Verdict.PROVEN
        if after.phase in (Phase.RETURNING, Phase.RETURNED):
            assert set(given_now.values()) == {0}
        assert decision.lease_until - plan.lease_seconds <= EPOCH + 500 * 9 * len(sights)
        if decision.work is not None and decision.work.value.startswith("contract"):
            assert after.phase is Phase.CONTRACTING


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("word", ["pause", "resume", "promote", "approve", "abort", "undo", "hm"])
def test_any_word_is_answered_in_any_phase(phase: Phase, word: str) -> None:
    state = replace(Rollout.of(PLAN, EPOCH), phase=phase)
    seen = Seen(now=EPOCH, said=Said(name=word, who="ann"))
    decision = decide(PLAN, state, seen)
    assert decision.state.phase is phase or decision.state.phase in TRANSITIONS[phase].values()


def test_a_clock_is_shared_by_twin_and_journal() -> None:
    clock = VirtualClock()
    releases = twin(SHORT, clock=clock)
    release(TwinJournal(clock=clock), releases, SHORT)
    assert releases.seconds > 60
