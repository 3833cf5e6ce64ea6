"""What stays: by age, and what age alone would give up too early."""

from groundplan.operations.recovery.retention import retained
from groundplan.ports.archive import Backup, Kind

DAY = 86_400.0
NOW = 100 * DAY


def backup(day: int, *needs: str, faults: tuple[str, ...] = ()) -> Backup:
    return Backup(
        label=f"day{day}",
        repository="home",
        kind=Kind.INCREMENTAL if needs else Kind.FULL,
        began=day * DAY,
        ended=day * DAY + 60,
        stop_lsn=day,
        bytes=1,
        stored_bytes=1,
        needs=needs,
        faults=faults,
    )


def kept(*backups: Backup, proven: dict[str, float]) -> list[str]:
    decided = retained(backups, proven, keep_seconds=10 * DAY, now=NOW)
    assert set(decided.keep) | set(decided.delete) == {backup.label for backup in backups}
    assert not set(decided.keep) & set(decided.delete)
    return sorted(decided.keep)


def test_the_whole_time_can_be_restored_to_so_one_older_stays() -> None:
    days = [backup(day) for day in (70, 80, 88, 95, 99)]
    assert kept(*days, proven={"home:day99": NOW}) == ["day88", "day95", "day99"]


def test_what_a_kept_one_needs_is_kept() -> None:
    chain = [backup(80), backup(85, "day80"), backup(95, "day80", "day85"), backup(96), backup(70)]
    assert "day70" not in kept(*chain, proven={"home:day96": NOW})
    assert {"day80", "day85"} <= set(kept(*chain, proven={"home:day96": NOW}))


def test_the_last_proven_one_stays_however_old() -> None:
    days = [backup(day) for day in (10, 20, 88, 95)]
    proven = {"home:day10": 11 * DAY, "home:day20": 21 * DAY}
    assert kept(*days, proven=proven) == ["day20", "day88", "day95"]


def test_nothing_goes_before_anything_is_proven() -> None:
    assert kept(backup(1), backup(2), backup(95), proven={}) == ["day1", "day2", "day95"]


def test_corrupt_ones_do_not_push_the_last_good_one_out() -> None:
    days = [backup(60), *(backup(day, faults=("corrupt page",)) for day in (70, 85, 95, 99))]
    assert kept(*days, proven={"away:day5": NOW}) == ["day60", "day95", "day99"]
