"""A whole drill on ports that only pretend: what is done in which order, and what is left."""

import pytest
from operations.recovery.pretended import CORRUPTION, HOME, OUTAGE, VICTIMS, World, drilled, ports

from groundplan.design.drills import Drill
from groundplan.operations.recovery.drill.report import from_json
from groundplan.operations.recovery.drill.run import Rehearsal, rehearse
from groundplan.ports.journal import Signal, State
from groundplan.promise.promise import Verdict
from groundplan.twin.clock import EPOCH
from groundplan.twin.journal import TwinJournal, killed_at_every_step


def test_an_outage_is_watched_mended_and_told() -> None:
    world = World()
    outcome = drilled(world)
    assert outcome.state is State.DONE, outcome.summary
    assert world.did == ["begin", "kill", "mend", "switchover us-east-1", "end"]
    (text,) = world.reports.values()
    report = from_json(text)
    assert report.verdict is Verdict.KEPT
    assert report.rto_seconds == pytest.approx(7.5)
    assert report.loss.lost == 0
    told = [moment.what for moment in report.moments]
    assert told[0].startswith("2 parts of us-east-1 are killed")
    assert "ca-central-1/postgres-1 is promoted" in told
    assert {found.promise for found in outcome.evidence} == {
        "disaster_recovery.rto",
        "disaster_recovery.rpo",
    }


def test_nothing_is_broken_while_the_platform_is_not_well() -> None:
    world = World(is_well=False)
    assert drilled(world).state is State.REFUSED
    assert world.did == ["begin", "end"]


def test_an_outage_that_nobody_ends_breaks_the_promise_and_is_mended() -> None:
    world = World(heals_after=None)
    outcome = drilled(world)
    assert (outcome.state, outcome.facts["verdict"]) == (State.DONE, "broken")
    assert not world.broken
    rto = outcome.evidence[0]
    assert (rto.verdict, rto.value) == (Verdict.BROKEN, None)


def test_a_lost_write_is_counted_with_its_age() -> None:
    world = World()
    world.lost = frozenset({f"write-{EPOCH + 2.0}"})
    outcome = drilled(world)
    rpo = outcome.evidence[1]
    assert rpo.value == pytest.approx(1.0)
    assert rpo.verdict is Verdict.KEPT  # five seconds may be lost


def test_a_restore_waits_for_approval() -> None:
    world = World()
    yes = Signal(name="approve", who="ada")
    assert drilled(world, CORRUPTION, (EPOCH + 20, yes)).state is State.DONE
    assert "restore latest" in world.did


def test_without_approval_nothing_is_restored_and_the_fault_goes() -> None:
    world = World()
    outcome = drilled(world, CORRUPTION)
    assert outcome.facts["verdict"] == "broken"
    assert "restore latest" not in world.did
    assert not world.broken


def test_a_breach_is_shut_off_and_its_region_comes_back() -> None:
    world = World()
    breach = Drill(name="breach", title="Breach", kind="breach", rto_seconds=60.0, rpo_seconds=5.0)
    assert drilled(world, breach).state is State.DONE
    assert world.did == [
        "begin",
        "switchover ca-central-1",
        "isolate us-east-1",
        "rotate-credentials ['us-east-1']",
        "mend",
        "readmit us-east-1",
        "switchover us-east-1",
        "end",
    ]


def test_what_the_machine_refuses_ends_the_drill_mended() -> None:
    world = World(refuses=True)
    outcome = drilled(world)
    assert outcome.state is State.FAILED
    assert "killing failed at x: no" in outcome.summary
    assert world.did[-1] == "mend"


def test_a_drill_whose_witness_died_measures_nothing() -> None:
    world = World(is_watching=False)
    outcome = drilled(world)
    assert "nothing is measured" in outcome.summary
    assert outcome.evidence == ()
    assert not world.broken


def test_killed_at_every_step_a_drill_leaves_nothing_broken() -> None:
    worlds: list[World] = []

    def live(dies_at: int | None) -> tuple:
        world = World()
        worlds.append(world)
        journal = TwinJournal(clock=world.clock, dies_at=dies_at)
        rehearsal = Rehearsal(drill=OUTAGE, place=HOME, victims=VICTIMS)
        return (lambda journal: rehearse(journal, ports(world), rehearsal)), journal

    killed = list(killed_at_every_step(live))
    assert len(killed) > 15
    for number, outcome in killed:
        assert outcome.state.has_ended, number
        assert not worlds[number].broken, number


def test_the_way_back_waits_for_what_the_platform_mends_itself() -> None:
    world = World(held_until=EPOCH + 60.0)
    outcome = drilled(world)
    assert outcome.state is State.DONE, outcome.summary
    assert world.did[-2:] == ["switchover us-east-1", "end"]
    (text,) = world.reports.values()
    told = [moment.what for moment in from_json(text).moments]
    assert told.count("switchover waits: operation replace-primary-k3m9pa holds it") == 1


def test_a_platform_that_is_never_let_go_of_ends_the_drill_mended() -> None:
    world = World(held_until=1e12)
    outcome = drilled(world)
    assert outcome.state is State.FAILED
    assert "replace-primary-k3m9pa holds it" in outcome.summary
    assert "mend" in world.did
