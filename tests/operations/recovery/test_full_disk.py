"""The drill of a full disk: a backup fails and says so, and the next one has to work."""

from operations.recovery.test_drill import World, drilled

from groundplan.design.drills import Drill
from groundplan.operations.recovery.drill.report import from_json
from groundplan.promise.promise import Verdict

FULL = Drill(name="disk-full", title="full", kind="disk-full")


def test_on_a_full_disk_a_backup_fails_and_the_next_one_after_it_works() -> None:
    world = World(heals_after=0.0)
    outcome = drilled(world, FULL)
    assert world.did == ["begin", "kill", "backup incremental", "mend", "end"]
    (text,) = world.reports.values()
    report = from_json(text)
    assert report.verdict is Verdict.KEPT, report.because
    told = [moment.what for moment in report.moments]
    assert "backup: no space left on device" in told
    assert told.count("backup: it is done") == 1
    assert outcome.evidence == (), "nothing is promised of it"


def test_a_backup_that_still_fails_when_there_is_room_again_is_no_success() -> None:
    world = World(heals_after=0.0, backup_faults=("still no space",))
    assert "the way back did not work" in drilled(world, FULL).summary
    assert from_json(next(iter(world.reports.values()))).verdict is Verdict.BROKEN
