"""While a region's Prometheus is away, or a level is not seen, a rollout stays where it is."""

from dataclasses import replace

import pytest
from operations.delivery.samples import BAD, PLAN, THREE, look, rehearsed, twin

from groundplan.operations.delivery.decide import decide
from groundplan.operations.delivery.gauges import Level
from groundplan.operations.delivery.phases import Phase
from groundplan.operations.delivery.run import facts
from groundplan.operations.delivery.state import Rollout, Said, Seen
from groundplan.ports.releases import Usage
from groundplan.twin.clock import EPOCH

SINCE = "the monitoring of us is away since 00:01:40 UTC, so no alert could fire"


def test_it_holds_while_no_alert_could_fire_and_goes_on_afterwards() -> None:
    releases = twin(PLAN)
    told = rehearsed(PLAN, releases, seconds=95)
    releases.unmonitored.add("us")
    told += rehearsed(PLAN, releases, start=told[-1].state, seconds=1000)
    held = told[-1].state
    assert (held.phase, told[-1].weights) == (Phase.WATCHING, {"us": 5})
    assert told[-1].because == f"holds: {SINCE}"
    assert facts(PLAN, held)["holds"] == SINCE
    assert held.watched < 100  # what nobody was told of is no time of the step
    assert held.case.requests > 1000  # the judge hears it all the same
    releases.unmonitored.clear()
    told += rehearsed(PLAN, releases, start=held)
    assert told[-1].state.phase is Phase.DONE
    assert facts(PLAN, told[-1].state)["holds"] == ""


def test_what_is_bad_goes_back_without_it() -> None:
    told = rehearsed(PLAN, twin(PLAN, BAD), seconds=20)
    releases = twin(PLAN, BAD, unmonitored={"us"}, started=True)
    told += rehearsed(PLAN, releases, start=told[-1].state)
    assert told[-1].state.phase is Phase.RETURNED


@pytest.mark.parametrize("phase", [Phase.QUEUED, Phase.STARTING, Phase.SMOKING])
def test_nobody_gets_a_new_version_meanwhile(phase: Phase) -> None:
    plan = replace(PLAN, smoke_test=("true",))
    releases = twin(plan, unmonitored={"us"}, started=True)
    start = replace(Rollout.of(plan, EPOCH), phase=phase)
    told = rehearsed(plan, releases, start=start, seconds=1000)
    assert {each.state.phase for each in told} == {phase}
    assert told[-1].because.startswith("holds: the monitoring of us is away since 00:00:00")
    assert "run the smoke tests" not in releases.works
    releases.unmonitored.clear()
    told += rehearsed(plan, releases, start=told[-1].state)
    assert told[-1].state.phase is Phase.DONE


def test_only_regions_that_have_it_or_are_next_count() -> None:
    releases = twin(THREE, unmonitored={"eu"})
    told = rehearsed(THREE, releases, seconds=3600)
    assert (told[-1].state.phase, told[-1].state.wave) == (Phase.QUEUED, 1)
    assert told[-1].weights == {"us": 100, "ca": 0, "eu": 0}


def test_a_person_may_go_on_and_a_way_back_does_not_wait() -> None:
    told = rehearsed(PLAN, twin(PLAN, unmonitored=set()), seconds=100)
    releases = twin(PLAN, unmonitored={"us"}, started=True)
    words = {EPOCH + 100.0: Said(name="promote", who="ann")}
    told += rehearsed(PLAN, releases, words, start=told[-1].state, seconds=200)
    assert told[-1].weights == {"us": 15}
    back = replace(PLAN, goes_back=True, weights=(100,))
    assert rehearsed(back, twin(back, unmonitored={"us"}))[-1].state.phase is Phase.DONE


@pytest.mark.parametrize(("after", "phase"), [("ask", Phase.ASKING), ("abort", Phase.RETURNED)])
def test_it_is_not_waited_for_without_an_end(after: str, phase: Phase) -> None:
    plan = replace(PLAN, after_hold=after, hold_seconds=600)
    releases = twin(plan)
    told = rehearsed(plan, releases, seconds=100)
    releases.unmonitored.add("us")
    told += rehearsed(plan, releases, start=told[-1].state, seconds=900)
    assert told[-1].state.phase is phase
    if phase is Phase.ASKING:
        releases.unmonitored.clear()
        told += rehearsed(plan, releases, start=told[-1].state)
        assert told[-1].state.phase is Phase.DONE


def test_a_level_that_is_not_seen_holds_too() -> None:
    plan = replace(PLAN, levels=(Level(name="memory_usage", limit=0.85),), interval_seconds=5)
    state = replace(Rollout.of(plan, 0), phase=Phase.WATCHING, watched=10.0)
    seen = Seen(now=5.0, looks={"us": look(500, 0)}, serving={"us": 5}, ready={"us": 1})
    told = decide(plan, state, seen)
    assert told.because == "holds: what the replicas of us use is not seen"
    low = {"memory_usage": 0.4}
    used = Usage(canary=low, stable=low, canary_replicas=1, stable_replicas=1)
    on = decide(plan, told.state, replace(seen, now=10.0, usage={"us": used}))
    assert on.state.phase is Phase.SHIFTING
