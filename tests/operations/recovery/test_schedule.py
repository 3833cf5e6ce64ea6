"""When backups are due: windows in UTC, catching up, never during maintenance."""

from datetime import UTC, datetime

import pytest

from groundplan.design.backups import DAY_SECONDS, WEEK_SECONDS, Schedule
from groundplan.operations.recovery.schedule import due, is_maintenance, opened
from groundplan.ports.archive import Backup, Kind

DAILY = Schedule(
    every_seconds=DAY_SECONDS,
    full_seconds=WEEK_SECONDS,
    keep_seconds=30 * DAY_SECONDS,
    window=(180, 240),
    maintenance=(6 * 1440 + 240, 6 * 1440 + 300),  # Sunday 04:00-05:00
)
HOURLY = Schedule(
    every_seconds=3600, full_seconds=WEEK_SECONDS, keep_seconds=DAY_SECONDS, window=(180, 240)
)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def made(began: str, kind: Kind = Kind.FULL, *faults: str) -> Backup:
    return Backup(
        label=began,
        repository="home",
        kind=kind,
        began=at(began),
        ended=at(began) + 60,
        stop_lsn=1,
        bytes=1,
        stored_bytes=1,
        faults=faults,
    )


WEDNESDAY = made("2026-01-07 03:00")


def test_the_first_one_waits_for_no_window() -> None:
    wanted = due(DAILY, (), at("2026-01-07 14:00"))
    assert wanted is not None
    assert wanted.kind is Kind.FULL
    only_bad = (made("2026-01-07 03:00", Kind.FULL, "corrupt page"),)
    assert due(DAILY, only_bad, at("2026-01-07 03:10")) is not None


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        ("2026-01-07 03:30", None),  # the window's own backup is there
        ("2026-01-08 02:59", None),
        ("2026-01-08 03:00", Kind.INCREMENTAL),
        ("2026-01-08 03:59", Kind.INCREMENTAL),
        ("2026-01-08 04:00", None),  # closed again, but not late yet: 25 h
        ("2026-01-08 04:01", Kind.INCREMENTAL),  # it was missed
        ("2026-01-14 03:00", Kind.FULL),
        ("2026-01-20 15:00", Kind.FULL),  # everything was down for two weeks
    ],
)
def test_daily_backups_keep_to_their_window_and_catch_up(now: str, kind: Kind | None) -> None:
    wanted = due(DAILY, (WEDNESDAY,), at(now))
    assert (wanted.kind if wanted else None) is kind


def test_nothing_is_made_while_the_server_is_worked_on() -> None:
    assert is_maintenance(DAILY, at("2026-01-11 04:00"))
    assert due(DAILY, (WEDNESDAY,), at("2026-01-11 04:30")) is None
    assert due(DAILY, (WEDNESDAY,), at("2026-01-11 05:00")) is not None


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        ("2026-01-07 03:56", None),
        ("2026-01-07 03:58", Kind.INCREMENTAL),  # so that it is done within the hour
        ("2026-01-14 02:00", Kind.INCREMENTAL),  # a full one waits for the window
        ("2026-01-14 03:00", Kind.FULL),
    ],
)
def test_hourly_backups_wait_for_no_window_but_full_ones_do(now: str, kind: Kind | None) -> None:
    wanted = due(HOURLY, (WEDNESDAY,), at(now))
    assert (wanted.kind if wanted else None) is kind


def test_a_window_may_cross_midnight() -> None:
    late = Schedule(every_seconds=DAY_SECONDS, full_seconds=1, keep_seconds=1, window=(1410, 30))
    assert opened(late, at("2026-01-08 00:10")) == at("2026-01-07 23:30")
    assert opened(late, at("2026-01-08 00:30")) is None
