"""What has failed is tried again later and later, and at once when the servers stand otherwise."""

from dataclasses import replace

import pytest
from operations.recovery.fleet import HOME, ONE, TWO

from groundplan.operations.recovery.patience import LONGEST_SECONDS, Patience
from groundplan.operations.recovery.pulse import Condition
from groundplan.operations.recovery.watch import Action, Kind, Look
from groundplan.ports.databases import Claim, Sight

DOWN = Sight(name=ONE, region=HOME, answers=False)
LOOK = Look(
    at=0.0,
    claim=Claim(name=ONE, term=3),
    sights=(DOWN, Sight(name=TWO, region=HOME, answers=True, received=9)),
)
ACTION = Action(kind=Kind.FAILOVER, region=HOME, names=(ONE,), because="it is down")


def waits(count: int) -> list[float]:
    """How long each try that failed is waited for."""
    patience, at, found = Patience(), 100.0, list[float]()
    for _ in range(count):
        tried = patience.next_try(ACTION, LOOK)
        assert at >= tried.until
        patience = patience.failed(tried, "no", at=at)
        found.append(patience.next_try(ACTION, LOOK).until - at)
        at = patience.next_try(ACTION, LOOK).until
    return found


def test_each_failure_doubles_the_wait_up_to_a_bound() -> None:
    assert waits(5) == [5, 10, 20, 40, 80]
    assert waits(12)[-1] == LONGEST_SECONDS


def failed_once() -> Patience:
    return Patience().failed(Patience().next_try(ACTION, LOOK), "no", at=100.0)


@pytest.mark.parametrize(
    "look",
    [
        replace(LOOK, claim=Claim(name=ONE, term=4)),
        replace(LOOK, sights=(DOWN,)),
        replace(LOOK, sights=(replace(DOWN, answers=True), LOOK.sights[1])),
    ],
)
def test_another_situation_is_tried_at_once(look: Look) -> None:
    assert failed_once().next_try(ACTION, LOOK).fails == 1
    assert failed_once().next_try(ACTION, look).until == 0


def test_that_more_was_written_meanwhile_is_the_same_situation() -> None:
    later = replace(LOOK, at=9.0, sights=(DOWN, replace(LOOK.sights[1], received=10)))
    assert failed_once().next_try(ACTION, later).until == 105


def test_something_else_does_not_wait() -> None:
    mend = Action(kind=Kind.MEND, names=(TWO,), because="it follows nobody")
    assert failed_once().next_try(mend, LOOK).until == 0


def test_what_succeeded_or_is_over_is_forgotten() -> None:
    patience = failed_once()
    assert patience.done(patience.tried[0]) == Patience()
    assert patience.settled(Condition.WELL, at=101.0) == Patience()
    assert patience.settled(Condition.DOWN, at=104.0) == patience
    assert patience.settled(Condition.DOWN, at=166.0) == Patience()
