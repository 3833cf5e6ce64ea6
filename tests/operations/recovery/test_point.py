"""From what a person writes to where a restore ends."""

import pytest

from groundplan.errors import TargetError
from groundplan.operations.recovery.point import chosen, moment, shown
from groundplan.ports.archive import Backup, Kind

NOW = 1_767_225_600.0


def backup(region: str, hours_ago: int, *, lsn: int, faults: tuple[str, ...] = ()) -> Backup:
    ended = NOW - hours_ago * 3600
    return Backup(
        label=f"{hours_ago}h",
        repository=region,
        kind=Kind.FULL,
        began=ended - 10,
        ended=ended,
        stop_lsn=lsn,
        bytes=1,
        stored_bytes=1,
        faults=faults,
    )


THERE = (
    backup("home", 48, lsn=0x1000),
    backup("away", 47, lsn=0x1100),
    backup("home", 24, lsn=0x2000),
    backup("away", 23, lsn=0x2100),
    backup("home", 1, lsn=0x3000, faults=("corrupt page",)),
)


def names(to: str) -> list[str]:
    return [point.backup.name for point in chosen(to, THERE, now=NOW, end_lsn=0x9000)]


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("latest", ["away:23h", "home:24h"]),  # the corrupt one is no way
        ("home:48h", ["home:48h"]),
        ("47h", ["away:47h"]),
        ("0/2050", ["home:24h", "away:47h"]),
        (shown(NOW - 30 * 3600), ["away:47h", "home:48h"]),
    ],
)
def test_each_repository_is_a_way_the_newest_first(to: str, expected: list[str]) -> None:
    assert names(to) == expected


@pytest.mark.parametrize(
    ("to", "why", "try_"),
    [
        (shown(NOW + 60), "in the future", "--to latest"),
        (shown(NOW - 100 * 3600), "oldest backup, home:48h, was complete", "--to home:48h"),
        ("0/999", "oldest backup, home:48h, ends after it", "--to 0/1000"),
        ("0/A000", "it is at 0/9000", "earlier lsn"),
        ("yesterday", "no lsn and no time", "latest"),
    ],
)
def test_what_nobody_can_restore_is_refused_with_a_way_out(to: str, why: str, try_: str) -> None:
    with pytest.raises(TargetError) as caught:
        names(to)
    assert why in caught.value.why
    assert try_ in caught.value.try_


def test_without_a_good_backup_there_is_no_way() -> None:
    with pytest.raises(TargetError, match="no good backup"):
        chosen("latest", THERE[-1:], now=NOW, end_lsn=None)


def test_times_are_utc_unless_they_say() -> None:
    assert moment("2026-01-01 00:00") == NOW
    assert moment("2026-01-01T01:00+01:00") == NOW
    assert moment("2026-01-01T00:00:00Z") == NOW
    assert moment("soon") is None
