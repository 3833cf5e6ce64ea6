"""Proofs on the twin: what is damaged is named, and the other repository takes over."""

from operations.recovery.world import World, interrupted

from groundplan.ports.archive import What
from groundplan.ports.journal import State
from groundplan.twin.archive import corrupted


def backed_up() -> World:
    world = World()
    world.back_up("full")
    return world


def test_a_backup_is_proven_by_what_it_holds() -> None:
    world = backed_up()
    outcome = world.verify()
    assert outcome.state is State.DONE
    assert "home:" in outcome.summary
    assert "1,000 rows of 1 tables are as they were" in outcome.summary
    assert not world.copies.there, "the copy is removed"
    assert [r.backup.repository for r in world.records.all() if r.proven_at] == ["home"]
    assert "away:" in world.verify().summary, "each repository has its turn"


def test_without_a_recorded_backup_there_is_nothing_to_prove() -> None:
    assert World().verify().state is State.REFUSED


def test_the_second_repository_takes_over_and_it_is_said() -> None:
    world = backed_up()
    first = world.archive.backups("home")[0]
    world.archive.damaged |= corrupted(first, What.DAMAGED)
    journal = world.journal()
    outcome = world.verify(journal=journal)
    assert outcome.state is State.DONE
    assert "away:" in outcome.summary
    assert f"damaged file in the repository: home: {first.label}" in outcome.summary
    assert any(f"{first.name} is not proven" in line for line in journal.record.told)
    assert next(r for r in world.records.all() if r.backup == first).failed_at


def test_when_none_can_be_proven_it_fails_and_names_each() -> None:
    world = backed_up()
    for region in ("home", "away"):
        world.archive.damaged |= corrupted(world.archive.backups(region)[0], What.WRONG_KEY)
    outcome = world.verify()
    assert outcome.state is State.FAILED
    assert outcome.summary.count("wrong pass phrase") >= 2


def test_killed_anywhere_it_proves_and_leaves_no_copy() -> None:
    lives = interrupted(backed_up, lambda world, journal: world.verify(journal=journal))
    assert len(lives) > 6
    for world, outcome in lives:
        assert outcome.state is State.DONE
        assert not world.copies.there
        assert len([r for r in world.records.all() if r.proven_at]) == 1
