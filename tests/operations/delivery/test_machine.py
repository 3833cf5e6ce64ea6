"""A rollout on the twin: what is served, in which order, and why."""

from dataclasses import replace

import pytest
from operations.delivery.samples import BAD, GOOD, PLAN, SLOW, THREE, rehearsed, twin

from groundplan.operations.delivery.phases import FINAL, TRANSITIONS, Event, Phase
from groundplan.operations.delivery.state import Decision, Said
from groundplan.spec.delivery import Freeze
from groundplan.twin.clock import EPOCH, VirtualClock
from groundplan.twin.releases import Behaviour
from groundplan.units import WeeklyWindow

NEW_YEAR = 1_798_761_600.0  # 2027-01-01, a Friday
FRIDAY_1600 = NEW_YEAR + 16 * 3600


def phases(decisions: list[Decision]) -> list[Phase]:
    """Each phase once, in a row."""
    found: list[Phase] = []
    for decision in decisions:
        if not found or found[-1] is not decision.state.phase:
            found.append(decision.state.phase)
    return found


def shares(decisions: list[Decision], region: str = "us") -> list[int]:
    found = [0]
    for decision in decisions:
        if found[-1] != decision.weights[region]:
            found.append(decision.weights[region])
    return found


def test_a_good_release_reaches_everybody_step_by_step() -> None:
    releases = twin(PLAN)
    decisions = rehearsed(PLAN, releases)
    assert shares(decisions) == [0, 5, 15, 25, 35, 45, 50, 100]
    assert decisions[-1].state.phase is Phase.DONE
    assert releases.works == ["start the new version", "make the new version the stable one"]
    assert 35 * 60 <= releases.seconds <= 37 * 60


def test_a_bad_release_is_gone_within_half_a_minute() -> None:
    releases = twin(PLAN, BAD)
    decisions = rehearsed(PLAN, releases)
    assert shares(decisions) == [0, 5, 0]
    assert decisions[-1].state.phase is Phase.RETURNED
    assert releases.works[-1] == "remove the new version"
    assert releases.exposed_seconds is not None
    assert releases.exposed_seconds <= 30
    assert releases.failed < 20
    assert "worse than stable" in decisions[-1].because


def test_a_slow_release_is_gone_too() -> None:
    plan = replace(PLAN, bounds=(*PLAN.bounds, SLOW))
    decisions = rehearsed(plan, twin(plan, Behaviour(slow=0.9)))
    assert decisions[-1].state.phase is Phase.RETURNED
    assert "slower than 0.2 s" in decisions[-1].because


def test_what_becomes_bad_after_the_last_jump_goes_back() -> None:
    late = Behaviour(failing=lambda now: 0.3 if now > 33 * 60 else 0.002)
    decisions = rehearsed(PLAN, twin(PLAN, late))
    assert shares(decisions) == [0, 5, 15, 25, 35, 45, 50, 100, 0]


def test_a_version_that_never_becomes_ready_gets_no_traffic() -> None:
    releases = twin(PLAN, Behaviour(starts=False))
    decisions = rehearsed(PLAN, releases)
    assert shares(decisions) == [0]
    assert decisions[-1].state.phase is Phase.RETURNED
    assert "no replica became ready within 120 s" in decisions[-1].because


def test_one_abort_stops_all_regions() -> None:
    releases = twin(THREE, BAD, only_in="eu")
    decisions = rehearsed(THREE, releases)
    assert shares(decisions, "us") == [0, 5, 15, 25, 35, 45, 50, 100, 0]
    assert shares(decisions, "ca") == shares(decisions, "eu") == [0, 5, 0]


def test_the_next_wave_begins_after_the_bake() -> None:
    decisions = rehearsed(THREE, twin(THREE))
    first = next(each for each in decisions if each.weights["us"] == 100)
    second = next(each for each in decisions if each.weights["eu"] > 0)
    assert second.lease_until - first.lease_until >= THREE.waves[0].bake_seconds
    assert decisions[-1].weights == {"us": 100, "ca": 100, "eu": 100}


def test_without_requests_nothing_goes_on_and_somebody_is_asked() -> None:
    decisions = rehearsed(PLAN, twin(PLAN, requests_per_second=0.0))
    assert shares(decisions) == [0, 5]
    assert decisions[-1].state.phase is Phase.ASKING
    assert "answered no request yet" in decisions[-1].because


def test_the_way_back_needs_no_requests() -> None:
    plan = replace(PLAN, weights=(100,), goes_back=True)
    decisions = rehearsed(plan, twin(plan, requests_per_second=0.0))
    assert shares(decisions) == [0, 100]
    assert decisions[-1].state.phase is Phase.DONE


def test_everybody_gets_only_what_is_proven() -> None:
    decisions = rehearsed(PLAN, twin(PLAN, GOOD, requests_per_second=0.15))
    assert decisions[-1].state.phase is Phase.ASKING
    assert max(shares(decisions)) == 50
    assert "not proven, so not for everybody" in decisions[-1].because


@pytest.mark.parametrize(
    ("after_hold", "end"), [("continue", Phase.DONE), ("abort", Phase.RETURNED)]
)
def test_the_file_may_say_what_follows_a_long_hold(after_hold: str, end: Phase) -> None:
    plan = replace(PLAN, after_hold=after_hold)
    decisions = rehearsed(plan, twin(plan, GOOD, requests_per_second=0.15))
    assert decisions[-1].state.phase is end


def test_a_lost_sight_brings_stable_back_and_the_step_begins_anew() -> None:
    releases = twin(PLAN)
    told = rehearsed(PLAN, releases, seconds=400)
    releases.unseen.add("us")
    told += rehearsed(PLAN, releases, start=told[-1].state, seconds=120)
    assert told[-1].state.phase is Phase.BLIND
    assert told[-1].weights == {"us": 0}
    releases.unseen.clear()
    told += rehearsed(PLAN, releases, start=told[-1].state, seconds=60)
    assert shares(told)[-1] == 5
    assert told[-1].state.phase is Phase.WATCHING


def test_a_gateway_that_does_not_take_the_weight_ends_it() -> None:
    decisions = rehearsed(PLAN, twin(PLAN, stuck={"us"}))
    assert decisions[-1].state.phase is Phase.RETURNED
    assert "us serves 0 % instead of 5 %" in decisions[-1].because


def test_a_weight_that_somebody_else_wrote_is_told_and_written_over() -> None:
    releases = twin(PLAN)
    told = rehearsed(PLAN, releases, seconds=100)
    releases.serve({"us": 100}, until=EPOCH + 1000)
    told = rehearsed(PLAN, releases, start=told[-1].state, seconds=4)
    assert "us serves 100 % instead of 5 %" in told[-1].because
    assert releases.weight("us") == 5


def test_crashed_replicas_end_it_without_a_proof() -> None:
    releases = twin(PLAN)
    decisions = rehearsed(PLAN, releases, seconds=100)
    releases.crashed = True
    decisions += rehearsed(PLAN, releases, start=decisions[-1].state, seconds=60)
    assert decisions[-1].state.phase is Phase.RETURNED
    assert "no replica of the new version is ready any more" in decisions[-1].because


def test_a_failed_smoke_test_ends_it_before_any_traffic() -> None:
    plan = replace(PLAN, smoke_test=("true",))
    releases = twin(plan, refuses={"run the smoke tests": "exit 1"})
    decisions = rehearsed(plan, releases)
    assert shares(decisions) == [0]
    assert decisions[-1].because.endswith("could not run the smoke tests: exit 1")


def test_freezes_and_windows_are_waited_for() -> None:
    frozen = replace(PLAN, freezes=(Freeze(begin="2026-12-20", end="2027-01-01"),))
    assert (
        rehearsed(frozen, twin(frozen, clock=VirtualClock(now=NEW_YEAR)), seconds=3600)[
            -1
        ].state.phase
        is Phase.QUEUED
    )
    window = replace(PLAN, windows=(WeeklyWindow.parse("fri:16:00-fri:18:00"),))
    early = twin(window, clock=VirtualClock(now=FRIDAY_1600 - 600))
    decisions = rehearsed(window, early, seconds=590)
    assert decisions[-1].state.phase is Phase.QUEUED
    assert "fri:16:00-fri:18:00" in decisions[-1].because
    decisions += rehearsed(window, early, start=decisions[-1].state, seconds=60)
    assert decisions[-1].state.phase is Phase.WATCHING


def test_people_are_heard() -> None:
    words = {
        EPOCH + 100.0: Said(name="pause", who="ann", why="lunch"),
        EPOCH + 200.0: Said(name="resume", who="ann"),
    }
    decisions = rehearsed(
        PLAN,
        twin(PLAN),
        {**words, EPOCH + 250.0: Said(name="promote", who="bob", why="looks fine")},
    )
    told = [each.because for each in decisions]
    assert "ann said pause: lunch" in told
    assert "bob said promote: looks fine" in told
    assert decisions[-1].state.phase is Phase.DONE


def test_a_person_may_end_it_at_any_weight() -> None:
    decisions = rehearsed(
        PLAN, twin(PLAN), {EPOCH + 700.0: Said(name="abort", who="ann", why="typo")}
    )
    assert decisions[-1].state.phase is Phase.RETURNED
    assert "ann said abort: typo" in decisions[-1].because


def test_approvals_are_waited_for() -> None:
    plan = replace(PLAN, approvals=("start", "promote"))
    waits = rehearsed(plan, twin(plan), seconds=600)
    assert waits[-1].because == "waits for an approval to start"
    words = {
        EPOCH + 60.0: Said(name="approve", who="ann"),
        EPOCH + 2400.0: Said(name="approve", who="bob"),
    }
    decisions = rehearsed(plan, twin(plan), words)
    assert Phase.ASKING in phases(decisions)
    assert decisions[-1].state.phase is Phase.DONE


def test_every_phase_but_the_last_ones_has_a_way_on() -> None:
    assert set(TRANSITIONS) == set(Phase)
    for phase, ways in TRANSITIONS.items():
        assert bool(ways) is (phase not in FINAL)
        assert set(ways) <= set(Event)
