"""How the primary is, from look to look, and what a watch makes of one that hangs."""

from dataclasses import replace

import pytest
from operations.recovery.fleet import HOME, ONE, PARTNER, RECOVERY, THREE, TWO

from groundplan.operations.recovery.pulse import Condition, Pulse, beat
from groundplan.operations.recovery.watch import PATIENT_MISSES, Kind, Look, Watched, watch
from groundplan.ports.databases import Claim, Sight


def sight(name: str = ONE, **facts: object) -> Sight:
    region = HOME if name in (ONE, TWO) else PARTNER
    facts = {"answers": True, "acknowledged": True, "is_primary": name == ONE} | facts
    return Sight(name=name, region=region, **facts)  # type: ignore[arg-type]


def condition_after(count: int, *sights: Sight) -> Condition:
    pulse = Pulse(claim=Claim(name=ONE, term=0))
    for number in range(count):
        pulse = beat(pulse, pulse.claim, sights, at=float(number))
    return pulse.condition


def test_a_primary_that_a_replica_hears_is_hung_at_last_and_not_down() -> None:
    away = sight(answers=False)
    hears = sight(TWO, follows=ONE, heard_seconds_ago=0.2)
    deaf = sight(TWO, follows=ONE, heard_seconds_ago=1.5)
    assert condition_after(3, away, hears) is Condition.SUSPECT
    assert condition_after(10, away, hears) is Condition.HUNG
    assert condition_after(3, away, deaf) is Condition.DOWN


@pytest.mark.parametrize("facts", [{"takes_guests": False}, {"acknowledged": False}])
def test_a_primary_that_is_slow_gets_ten_looks(facts: dict[str, bool]) -> None:
    assert condition_after(9, sight(**facts)) is Condition.SUSPECT
    assert condition_after(10, sight(**facts)) is Condition.HUNG


@pytest.mark.parametrize("facts", [{"acknowledged": False}, {"takes_guests": False}])
def test_a_primary_that_hangs_is_replaced_at_last_by_one_that_lacks_something(
    facts: dict[str, bool],
) -> None:
    """It gets the time to write down what only it has, but not for ever."""
    primary = sight(takes_guests=True, received=100, followers=(TWO,))
    standby = sight(TWO, follows=ONE, received=50)
    watched, done = Watched(pulse=Pulse(claim=Claim(name=ONE, term=0))), list[Kind | None]()
    for number in range(PATIENT_MISSES + 2):
        seen = replace(primary, **facts) if number else primary  # type: ignore[arg-type]
        look = Look(at=float(number), claim=watched.pulse.claim, sights=(seen, standby))
        watched, action = watch(watched, look, replace(RECOVERY, is_synchronous=False))
        done.append(action.kind if action else None)
    assert done[:PATIENT_MISSES] == [None] * PATIENT_MISSES
    assert done[PATIENT_MISSES] is Kind.FAILOVER


def test_a_commit_without_a_standby_is_no_hung_primary() -> None:
    alone = sight(acknowledged=False, synchronous=(TWO,), followers=(THREE,))
    assert condition_after(30, alone) is Condition.ALONE
