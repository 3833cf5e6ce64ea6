"""The primary moves while a rollout goes on: it waits, judges nothing, and goes on."""

from dataclasses import replace

from operations.delivery.samples import PLAN, THREE, rehearsed, twin

from groundplan.operations.delivery.phases import Phase
from groundplan.operations.delivery.state import Said
from groundplan.twin.clock import EPOCH
from groundplan.twin.releases import Behaviour


def test_a_failover_pauses_it_and_the_step_begins_anew() -> None:
    releases = twin(THREE)
    told = rehearsed(THREE, releases, seconds=2600)
    wave, step = told[-1].state.wave, told[-1].state.step
    assert told[-1].weights == {"us": 100, "ca": 15, "eu": 15}
    heard = told[-1].state.before.requests
    releases.failing_over.update({"us", "ca"})
    told += rehearsed(THREE, releases, start=told[-1].state, seconds=300)
    assert told[-1].state.phase is Phase.YIELDING
    assert told[-1].weights == {"us": 100, "ca": 0, "eu": 15}  # us has had it before
    assert told[-1].because.startswith("the database fails over (ca, us)")
    releases.failing_over.clear()
    told += rehearsed(THREE, releases, start=told[-1].state, seconds=20)
    assert told[-1].state.phase is Phase.WATCHING
    assert told[-1].weights == {"us": 100, "ca": 15, "eu": 15}
    assert (told[-1].state.wave, told[-1].state.step) == (wave, step)
    assert told[-1].state.watched <= 20
    told += rehearsed(THREE, releases, start=told[-1].state)
    assert told[-1].state.phase is Phase.DONE
    assert told[-1].state.case.requests > heard


def test_what_fails_while_the_primary_moves_is_no_evidence() -> None:
    moves = Behaviour(failing=lambda now: 1.0 if 100 <= now < 200 else 0.002)
    releases = twin(PLAN, moves, stable=moves)
    told = rehearsed(PLAN, releases, seconds=100)
    releases.failing_over.add("us")
    told += rehearsed(PLAN, releases, start=told[-1].state, seconds=100)
    releases.failing_over.clear()
    told += rehearsed(PLAN, releases, start=told[-1].state)
    assert told[-1].state.phase is Phase.DONE
    assert "requests failed" in told[-1].state.judgement.because


def test_a_failover_without_an_end_ends_the_rollout() -> None:
    releases = twin(PLAN)
    told = rehearsed(PLAN, releases, seconds=100)
    releases.failing_over.add("us")
    told += rehearsed(PLAN, releases, start=told[-1].state, seconds=700)
    assert told[-1].state.phase is Phase.RETURNING
    assert told[-1].weights == {"us": 0}
    assert "not over after 600 s" in told[-1].state.fate
    assert releases.works == ["start the new version"]  # nothing is built meanwhile
    releases.failing_over.clear()
    told += rehearsed(PLAN, releases, start=told[-1].state)
    assert told[-1].state.phase is Phase.RETURNED


def test_while_the_primary_moves_nothing_is_started() -> None:
    plan = replace(PLAN, expands=True, smoke_test=("true",))
    releases = twin(plan, failing_over={"us"})
    told = rehearsed(plan, releases, seconds=600)
    assert told[-1].because == "the database fails over (us): it waits"
    assert releases.works == []
    releases.failing_over.clear()
    told += rehearsed(plan, releases, start=told[-1].state)
    assert told[-1].state.phase is Phase.DONE


def test_a_paused_rollout_stays_paused_after_a_failover() -> None:
    words = {EPOCH + 60.0: Said(name="pause", who="ann")}
    releases = twin(PLAN)
    told = rehearsed(PLAN, releases, words, seconds=100)
    releases.failing_over.add("us")
    told += rehearsed(PLAN, releases, start=told[-1].state, seconds=100)
    assert (told[-1].state.phase, told[-1].weights) == (Phase.PAUSED, {"us": 0})
    releases.failing_over.clear()
    told += rehearsed(PLAN, releases, start=told[-1].state, seconds=20)
    assert (told[-1].state.phase, told[-1].weights) == (Phase.PAUSED, {"us": 5})
