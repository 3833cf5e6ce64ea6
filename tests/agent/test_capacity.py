"""Promises of capacity: records, and the silence between them."""

from dataclasses import replace

from groundplan.agent.sampling.capacity import records
from groundplan.agent.sampling.seen import Away
from groundplan.promise.promise import Evidence, Verdict
from tests.agent.samples import AVAILABILITY, RATE, USERS, region, seen

UNKNOWN, KEPT = Verdict.UNKNOWN, Verdict.KEPT


def record(rate: float, best: Evidence | None = None) -> Evidence | None:
    found = records((RATE,), seen(region(rate=rate)), {RATE.id: best} if best else {})
    return found[0] if found else None


def test_it_is_unknown_until_somebody_asks_for_that_much() -> None:
    first = record(312.5)
    assert first is not None
    assert (first.verdict, first.value) == (UNKNOWN, 312.5)
    assert first.because == "the most so far was 312.5: nobody has asked for 5,000 yet"


def test_it_is_kept_once_it_was_shown_and_stays_so_without_traffic() -> None:
    shown = record(5200)
    assert shown is not None
    assert (shown.verdict, shown.lasts_seconds) == (KEPT, None)
    assert record(0, shown) is None
    assert record(5200, shown) is None


def test_a_new_record_is_written_and_less_is_not() -> None:
    first = record(100)
    assert record(99, first) is None
    second = record(101, first)
    assert second is not None
    assert second.value == 101


def test_all_regions_serve_together() -> None:
    look = seen(region("north", rate=3000, connections=6000), region("south", rate=2500))
    rate, users = records((RATE, USERS, AVAILABILITY), look, {})
    assert (rate.verdict, rate.value) == (KEPT, 5500)
    assert (users.verdict, users.value) == (UNKNOWN, 6000)


def test_regions_that_answer_are_enough_for_a_record() -> None:
    look = replace(seen(), regions=(region(rate=6000), Away(name="south", why="refused")))
    (rate,) = records((RATE,), look, {})
    assert rate.verdict is KEPT


def test_nobody_to_ask_is_unknown_and_said_once() -> None:
    look = replace(seen(), regions=(Away(name="south", why="refused"),))
    (nothing,) = records((RATE,), look, {})
    assert (nothing.verdict, nothing.value) == (UNKNOWN, None)
    assert nothing.because == "south does not answer: refused"
    assert records((RATE,), look, {RATE.id: nothing}) == ()


def test_another_limit_is_judged_by_the_same_record() -> None:
    shown = record(5200)
    assert shown is not None
    (harder,) = records((replace(RATE, limit=9000),), seen(region()), {RATE.id: shown})
    assert (harder.verdict, harder.value) == (UNKNOWN, 5200)
    (easier,) = records((replace(RATE, limit=100),), seen(region()), {RATE.id: harder})
    assert (easier.verdict, easier.value) == (KEPT, 5200)
