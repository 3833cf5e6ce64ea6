"""How promises about backups stand, from what is stored and what is known of it."""

from dataclasses import replace

from operations.recovery.world import SCHEDULE, World

from groundplan.design.promises import LAST_PROOF, RESTORE_TIME
from groundplan.errors import TargetError
from groundplan.operations.recovery.schedule import proof_is_due
from groundplan.operations.recovery.standing import Stored, evidence
from groundplan.promise.promise import Bound, Evidence, Promise, Verdict

DAY = 86_400.0


def promise(name: str, limit: float, bound: Bound = Bound.AT_MOST) -> Promise:
    return Promise(
        id=name,
        section="backup",
        statement=name,
        target=str(limit),
        limit=limit,
        bound=bound,
        unit="s",
        file="platform.yaml",
        line=1,
        column=1,
    )


PROMISES = (
    promise("backup.database.frequency", DAY),
    promise("backup.database.retention", 30 * DAY, Bound.AT_LEAST),
    promise(LAST_PROOF, 7 * DAY),
    promise(RESTORE_TIME, 2400),
    promise("kpis.availability.target", 1),
)


def stored(world: World) -> Stored:
    backups, unreadable = {}, {}
    for region in world.archive.repositories:
        try:
            backups[region] = world.archive.backups(region)
        except TargetError as error:
            unreadable[region] = error.why
    return Stored(backups=backups, unreadable=unreadable, records=world.records.all())


def standing(world: World) -> dict[str, Evidence]:
    found = evidence(PROMISES, stored(world), SCHEDULE, world.clock.now)
    return {each.promise.rpartition(".")[2]: each for each in found}


def test_before_the_first_backup_all_is_unknown() -> None:
    found = standing(World())
    assert set(found) == {"frequency", "retention", "restore_test"}
    assert {each.verdict for each in found.values()} == {Verdict.UNKNOWN}


def test_a_proven_backup_keeps_what_it_can() -> None:
    world = World()
    world.back_up("full")
    world.verify()
    world.clock.advance(3600)
    found = standing(world)
    assert found["frequency"].verdict is Verdict.KEPT
    assert found["restore_test"].verdict is Verdict.KEPT
    assert found["restore"].verdict is Verdict.KEPT
    assert 0 < (found["restore"].value or 0) < 60
    assert found["retention"].verdict is Verdict.UNKNOWN, "nothing is 30 days old yet"
    world.clock.advance(31 * DAY)
    assert standing(world)["retention"].verdict is Verdict.KEPT
    assert standing(world)["frequency"].verdict is Verdict.BROKEN
    assert standing(world)["restore_test"].verdict is Verdict.BROKEN


def test_inside_its_window_a_backup_is_not_late_yet() -> None:
    world = World()
    world.clock.advance(3 * 3600)
    world.back_up("full")
    world.clock.advance(DAY + 600)
    assert standing(world)["frequency"].verdict is Verdict.KEPT
    world.clock.advance(3600)
    assert standing(world)["frequency"].verdict is Verdict.BROKEN


def test_a_repository_that_cannot_be_read_makes_it_unknown() -> None:
    world = World()
    world.back_up("full")
    world.archive.unreachable.add("away")
    found = standing(world)["frequency"]
    assert found.verdict is Verdict.UNKNOWN
    assert "away cannot be read: it does not answer" in found.because


def test_a_backup_that_vanished_breaks_the_promise_to_keep_it() -> None:
    world = World()
    world.back_up("full")
    lost = world.archive.stored["away"].pop()
    found = standing(world)["retention"]
    assert found.verdict is Verdict.BROKEN
    assert lost.name in found.because


def test_a_proof_that_failed_is_told() -> None:
    world = World()
    world.back_up("full")
    record = world.records.all()[0]
    world.records.save(replace(record, failed_at=world.clock.now, because="wrong pass phrase"))
    assert standing(world)["restore_test"].verdict is Verdict.BROKEN


def test_a_proof_is_due_after_an_hour_then_as_often_as_the_file_says() -> None:
    world, week = World(), 7 * DAY
    assert not proof_is_due(world.records.all(), week, world.clock.now)
    world.back_up("full")
    assert not proof_is_due(world.records.all(), week, world.clock.now)
    world.clock.advance(3600)
    assert proof_is_due(world.records.all(), week, world.clock.now)
    world.verify()
    assert not proof_is_due(world.records.all(), week, world.clock.now + 6 * DAY)
    assert proof_is_due(world.records.all(), week, world.clock.now + 7 * DAY)
    failed = replace(world.records.all()[0], failed_at=world.clock.now + 1)
    world.records.save(failed)
    assert proof_is_due(world.records.all(), week, world.clock.now + 1 + DAY)
