"""Restores on the twin: refusals before anything is touched, kills anywhere, and the way back."""

import pytest
from operations.recovery.world import World, interrupted

from groundplan.ports.journal import Outcome, State
from groundplan.twin.archive import corrupted


def backed_up() -> World:
    world = World()
    world.back_up("full")
    world.clock.advance(60)
    return world


def test_into_a_folder_leaves_the_platform_alone() -> None:
    world = backed_up()
    outcome = world.restore("latest", into="/copy")
    assert outcome.state is State.DONE
    assert "start.sh" in outcome.summary
    assert (world.place.data, world.place.serves, world.place.aside) == ("old", True, {})


@pytest.mark.parametrize("to", ["2030-01-01", "1999-01-01", "nonsense", "0/1"])
def test_what_cannot_be_is_refused_and_nothing_is_touched(to: str) -> None:
    world = backed_up()
    outcome = world.restore(to)
    assert outcome.state is State.REFUSED
    assert world.place.serves
    assert not world.copies.there


def test_a_folder_with_files_and_too_little_room_are_refused() -> None:
    world = backed_up()
    world.copies.foreign.add("/copy")
    assert "not empty" in world.restore("latest", into="/copy").summary
    world.copies.room = 10**8
    outcome = world.restore("latest")
    assert outcome.state is State.REFUSED
    assert "MB are needed there and 95 MB are free" in outcome.summary


def test_a_dry_run_tells_and_does_nothing() -> None:
    world = backed_up()
    assert "would restore" in world.restore("latest", dry=True).summary
    assert not world.copies.there


def test_in_place_keeps_the_old_data_aside_and_builds_the_replicas_anew() -> None:
    world = backed_up()
    outcome = world.restore("latest")
    assert outcome.state is State.DONE
    assert world.place.data.startswith("restored by")
    assert list(world.place.aside.values()) == ["old"]
    assert world.place.replicas_of == world.place.data
    assert world.place.serves
    assert len(world.archive.backups("home")) == 2, "the new history begins with a full backup"
    assert all(record.contents for record in world.records.all()), "which can be proven"


def test_a_recovery_that_fails_puts_the_old_data_back() -> None:
    world = backed_up()
    world.place.recovers = False
    outcome = world.restore("latest")
    assert outcome.state is State.FAILED
    assert "the old is back" in outcome.summary
    assert (world.place.data, world.place.serves) == ("old", True)


def test_the_other_repository_helps_out_or_nothing_changes() -> None:
    world = backed_up()
    for region in ("away", "home"):
        world.archive.damaged |= corrupted(world.archive.backups(region)[0])
        outcome = world.restore("latest")
        assert world.place.serves
        if region == "away":
            assert "restored home:" in outcome.summary
            world = backed_up()
            world.archive.damaged |= corrupted(world.archive.backups("away")[0])
    assert outcome.state is State.FAILED
    assert world.place.data == "old"


def test_the_last_three_safety_copies_stay_and_the_newest_in_any_case() -> None:
    world = backed_up()
    names = [f"operation-{number}" for number in (2, 3, 4, 5)]
    for _ in names:
        world.restore("latest")
    assert list(world.place.aside) == names[1:]
    assert world.place.named.term == 4
    outcome = world.restore("latest", keep=0)
    assert list(world.place.aside) == ["operation-6"]
    assert outcome.facts["forgotten"] == names[1:]


def in_place(world: World, journal: object) -> Outcome:
    return world.restore("latest", journal=journal)


def failing() -> World:
    world = backed_up()
    world.place.recovers = False
    return world


def test_killed_anywhere_it_ends_restored_or_as_it_was() -> None:
    lives = interrupted(backed_up, in_place)
    assert len(lives) > 12
    for world, outcome in lives:
        assert outcome.state is State.DONE
        assert world.place.data == "restored by killed"
        assert world.place.aside == {"killed": "old"}
        assert world.place.named.term == 1, "a new history, and once only"
        assert world.place.serves
    for world, outcome in interrupted(failing, in_place):
        assert outcome.state is State.FAILED
        assert (world.place.data, world.place.serves) == ("old", True)
