"""Loss and time of recovery."""

from groundplan.checks.numbers.recovery import BackupCycle, Restore, transfer_seconds


def test_500_gib_at_the_baseline_take_over_an_hour() -> None:
    assert transfer_seconds(500 * 2**30, 125 * 2**20) == 4096


def test_a_daily_backup_may_lose_a_day_and_its_own_time() -> None:
    assert BackupCycle(interval_seconds=86_400).loss_seconds_max == 86_400
    hourly = BackupCycle(interval_seconds=3600, run_seconds=600, copy_seconds=300)
    assert hourly.loss_seconds_max == 4500


def test_stages_of_a_restore_follow_each_other() -> None:
    restore = Restore(detect_seconds=60, approve_seconds=1800, copy_seconds=4096)
    assert restore.seconds == 5956
