"""The schema is expanded before, contracted long after, and brought back as far as it can be."""

from dataclasses import replace

import pytest
from operations.delivery.samples import BAD, GOOD, PLAN, rehearsed, twin

from groundplan.operations.delivery.decide import decide
from groundplan.operations.delivery.phases import Phase
from groundplan.operations.delivery.plan import Plan
from groundplan.operations.delivery.run import release
from groundplan.operations.delivery.state import Decision, Rollout, Said, Schema, Seen
from groundplan.ports.journal import State
from groundplan.twin.clock import EPOCH
from groundplan.twin.journal import TwinJournal

WHOLE = replace(PLAN, expands=True, contracts=True, contract_seconds=600, reverts=True)
DONE_AT = 36 * 60  # by then everybody has it, and the old version is gone


def contracting(**fields: float) -> Rollout:
    state = Rollout.of(WHOLE, 0.0)
    return replace(state, phase=Phase.CONTRACTING, schema=Schema.EXPANDED, heard=0.0, **fields)


def ended(plan: Plan, *, words: dict[float, Said] | None = None, **world: object) -> Decision:
    canary = world.pop("canary", GOOD)
    return rehearsed(plan, twin(plan, canary, **world), words)[-1]  # type: ignore[arg-type]


def test_it_is_contracted_when_the_time_for_an_undo_is_over() -> None:
    releases = twin(WHOLE)
    decisions = rehearsed(WHOLE, releases)
    assert releases.works[0] == "expand the schema"
    assert releases.works[-2:] == ["make the new version the stable one", "contract the schema"]
    first = next(each for each in decisions if each.state.phase is Phase.CONTRACTING)
    assert decisions[-1].state.since - first.state.since >= 600
    assert decisions[-1].state.schema is Schema.CONTRACTED


def test_it_is_never_contracted_while_an_old_replica_runs() -> None:
    decision = decide(WHOLE, contracting(), Seen(now=10_000.0, old_running=True))
    assert decision.work is None
    assert decision.state.phase is Phase.CONTRACTING
    assert "still runs" in decision.because


@pytest.mark.parametrize("word", ["abort", "undo"])
def test_who_says_so_in_time_keeps_what_the_old_version_needs(word: str) -> None:
    said = {EPOCH + DONE_AT + 60.0: Said(name=word, who="ann")}
    end = ended(WHOLE, words=said)
    assert (end.state.phase, end.state.schema) == (Phase.DONE, Schema.EXPANDED)


def test_a_version_that_is_taken_back_takes_its_additions_along() -> None:
    releases = twin(WHOLE, BAD)
    end = rehearsed(WHOLE, releases)[-1]
    assert releases.works[-2:] == ["remove the new version", "revert the schema"]
    assert (end.state.phase, end.state.schema) == (Phase.RETURNED, Schema.REVERTED)
    assert "worse than stable" in end.because


def test_what_nobody_can_take_back_is_told() -> None:
    end = ended(replace(WHOLE, reverts=False), canary=BAD)
    assert (end.state.phase, end.state.schema) == (Phase.RETURNED, Schema.EXPANDED)
    assert end.because.endswith("the schema keeps what the new version added")


def test_an_expansion_that_breaks_off_is_reverted_too() -> None:
    end = ended(WHOLE, refuses={"expand the schema": "lock timeout"})
    assert (end.state.phase, end.state.schema) == (Phase.RETURNED, Schema.REVERTED)


@pytest.mark.parametrize(
    ("work", "canary", "phase"),
    [("contract the schema", GOOD, Phase.DONE), ("revert the schema", BAD, Phase.RETURNED)],
)
def test_a_schema_that_refuses_is_tried_for_a_while_and_stays(
    work: str, canary: object, phase: Phase
) -> None:
    releases = twin(WHOLE, canary, refuses={work: "lock timeout"})  # type: ignore[arg-type]
    end = rehearsed(WHOLE, releases)[-1]
    assert (end.state.phase, end.state.schema) == (phase, Schema.EXPANDED)
    assert f"could not {work}: lock timeout; it stays as it is" in end.because
    assert 10 < releases.works.count(work) < 40


def test_what_became_of_the_schema_is_in_the_outcome() -> None:
    releases = twin(WHOLE)
    outcome = release(TwinJournal(clock=releases.clock), releases, WHOLE)
    assert outcome.state is State.DONE
    assert outcome.facts["schema"] == "contracted"
    assert outcome.summary.endswith("its schema is contracted")
