"""The four figures of a team, from releases that ended."""

from typing import Any

import pytest

from groundplan.operations.delivery.figures import DAY_SECONDS, Shipped, figures

NOW = 100 * DAY_SECONDS


def shipped(day: float, *, hours: float = 1, **fields: Any) -> Shipped:
    """A release that ended on a day of the hundred."""
    ended = day * DAY_SECONDS
    given = {"service": "api", "version": "2", "is_done": True, **fields}
    return Shipped(began=ended - hours * 3600, ended=ended, **given)


def test_nothing_to_count_is_unknown_and_not_zero() -> None:
    found = figures((), now=NOW, days=30)
    assert (found.lead_seconds, found.failure_rate, found.restore_seconds) == (None, None, None)
    assert found.per_week == 0


def test_only_what_ended_lately_counts() -> None:
    found = figures([shipped(60), shipped(80), shipped(90)], now=NOW, days=28)
    assert found.reached_everybody == 2
    assert found.per_week == pytest.approx(0.5)


def test_lead_time_is_from_the_commit_where_it_is_known() -> None:
    whole_day = shipped(90, committed=89 * DAY_SECONDS)
    found = figures([whole_day, shipped(91), shipped(92)], now=NOW, days=30)
    assert (found.lead_seconds, found.lead_from_commit) == (3600, 1)
    assert figures([whole_day], now=NOW, days=30).lead_seconds == DAY_SECONDS


def test_what_was_taken_back_or_undone_is_a_failure() -> None:
    known = [
        shipped(90),
        shipped(91, is_done=False, hours=0.5),
        shipped(92),
        shipped(93, goes_back=True, hours=0.1),
    ]
    found = figures(known, now=NOW, days=30)
    assert (found.releases, found.failed, found.undone) == (3, 1, 1)
    assert found.failure_rate == pytest.approx(2 / 3)
    # the one was gone in half an hour, the other was with everybody for a day
    assert found.restore_seconds == pytest.approx((1800 + DAY_SECONDS) / 2)


def test_an_undo_restores_its_own_service() -> None:
    known = [shipped(90), shipped(91, service="web"), shipped(91.5, goes_back=True)]
    assert figures(known, now=NOW, days=30).restore_seconds == 1.5 * DAY_SECONDS
