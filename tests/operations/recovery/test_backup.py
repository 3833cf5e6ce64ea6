"""Backups on the twin: both repositories, faults, retention over a month, kills anywhere."""

import itertools

from operations.recovery.world import World, interrupted

from groundplan.ports.archive import Kind
from groundplan.ports.journal import State
from groundplan.twin.archive import corrupted

DAY = 86_400


def test_a_backup_goes_to_every_repository_with_what_the_database_held() -> None:
    world = World()
    outcome = world.back_up()
    assert outcome.state is State.DONE
    assert [r.backup.repository for r in world.records.all()] == ["home", "away"]
    assert {r.contents.tables[0].rows for r in world.records.all() if r.contents} == {1000}
    assert world.back_up().summary == "nothing was due"
    assert world.back_up("incremental").facts["backups"]


def test_a_repository_that_is_gone_holds_up_no_other() -> None:
    world = World()
    world.archive.unreachable.add("home")
    journal = world.journal()
    outcome = world.back_up("full", journal)
    assert outcome.state is State.DONE
    assert "home: it does not answer" in outcome.summary
    assert any("no backup in home" in line for line in journal.record.told)
    world.archive.unreachable.add("away")
    assert world.back_up("full").state is State.FAILED


def test_a_corrupt_page_of_the_source_is_named_and_the_backup_is_no_good_one() -> None:
    world = World()
    world.archive.corrupt_source = True
    outcome = world.back_up()
    assert outcome.state is State.FAILED
    assert "corrupt page in base/1/2" in outcome.summary
    world.archive.corrupt_source = False
    assert "made" in world.back_up().summary, "a good one is still due"


def test_killed_anywhere_it_makes_one_backup_in_each_repository() -> None:
    lives = interrupted(World, lambda world, journal: world.back_up("full", journal))
    assert len(lives) > 8
    for world, outcome in lives:
        assert outcome.state is State.DONE
        assert [len(world.archive.backups(region)) for region in ("home", "away")] == [1, 1]
        assert len(world.records.all()) == 2


def run_days(world: World, days: int) -> None:
    """The agent looks every half hour; a proof each night at six."""
    end = world.clock.now + days * DAY
    while world.clock.now < end:
        world.back_up()
        if world.clock.now % DAY < 6 * 3600 <= world.clock.now % DAY + 1800:
            world.verify()
        world.clock.advance(1800 - world.clock.now % 1800)


def test_thirty_days_and_more_keep_exactly_what_the_file_promises() -> None:
    world = World()
    for _ in range(9):
        run_days(world, 5)
        now = world.clock.now
        for region in ("home", "away"):
            there = world.archive.backups(region)
            assert now - max(b.ended for b in there) < DAY + 3600
            fulls = [b for b in there if b.kind is Kind.FULL]
            assert all(
                later.began - earlier.began < 8 * DAY
                for earlier, later in itertools.pairwise(fulls)
            )
            gone = [
                r for r in world.records.all() if r.deleted_at and r.backup.repository == region
            ]
            assert all(r.deleted_at - r.backup.ended > 30 * DAY for r in gone)
            old = [b for b in there if b.ended < now - 30 * DAY]
            needed = {label for b in there if b not in old for label in b.needs}
            assert all(b.label in needed or b == old[-1] or b.label in old[-1].needs for b in old)
    assert any(r.deleted_at for r in world.records.all())
    windows = {int(r.backup.began % DAY // 60) for r in world.records.all()[2:]}
    assert all(180 <= minute < 240 for minute in windows)


def test_the_proven_backup_survives_nights_of_failed_proofs() -> None:
    world = World()
    run_days(world, 3)
    proven = max(
        (r for r in world.records.all() if r.proven_at), key=lambda record: record.proven_at or 0
    )
    for _ in range(40):
        world.clock.advance(DAY)
        world.back_up("full")
        for record in world.records.all():
            if not record.proven_at:
                world.archive.damaged |= corrupted(record.backup)
        assert world.verify().state is not State.REFUSED
    there = world.archive.backups(proven.backup.repository)
    assert proven.backup.label in {backup.label for backup in there}
    assert proven.backup.ended < world.clock.now - 30 * DAY
