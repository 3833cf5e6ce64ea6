"""Switchover on the twin: no write is lost, whatever is killed in between."""

from operations.recovery.fleet import (
    FAR,
    HOME,
    ONE,
    PARTNER,
    SURE,
    THREE,
    TWO,
    databases,
    given_up,
    has_all_acknowledged,
    ports,
    primaries,
)

from groundplan.operations.recovery.failover import failover
from groundplan.operations.recovery.switchover import Switchover, readiness, switchover
from groundplan.ports.databases import Claim
from groundplan.ports.journal import Outcome, State
from groundplan.twin.clock import VirtualClock
from groundplan.twin.databases import TwinDatabases
from groundplan.twin.journal import TwinJournal, killed_at_every_step

THERE = Switchover(region=PARTNER, confirmation=SURE)
BACK = Switchover(region=HOME, confirmation=SURE)


def run(world: TwinDatabases, wish: Switchover) -> Outcome:
    return switchover(TwinJournal(clock=VirtualClock()), ports(world), wish)


def test_there_and_back_loses_nothing() -> None:
    world = databases()
    assert run(world, THERE).state is State.DONE
    assert primaries(world) == [THREE]
    assert world.home == PARTNER
    assert world.servers[ONE].follows == THREE
    assert world.write_anywhere() == (THREE,)
    assert run(world, BACK).state is State.DONE
    assert world.home == HOME
    (primary,) = primaries(world)
    assert primary in (ONE, TWO)
    assert has_all_acknowledged(world, primary)


def test_the_way_back_rebuilds_what_was_lost_first() -> None:
    world = databases()
    world.kill(ONE)
    world.kill(TWO)
    clock = VirtualClock()
    lost = given_up(ONE, PARTNER, may_lose=True)
    failover(TwinJournal(clock=clock), ports(world), lost)
    world.write_anywhere()
    outcome = run(world, BACK)
    assert outcome.state is State.DONE, outcome
    (primary,) = primaries(world)
    assert world.servers[primary].region == HOME
    assert has_all_acknowledged(world, primary)


def test_what_cannot_be_is_refused_with_its_reason_and_nothing_changes() -> None:
    world = databases()
    cases = {
        "mars": "mars has no replica of the database",
        HOME: f"the primary, {ONE}, is in {HOME} already",
    }
    for region, why in cases.items():
        outcome = run(world, Switchover(region=region, confirmation=SURE))
        assert (outcome.state, outcome.summary) == (State.REFUSED, why)
    world.kill(ONE)
    found = readiness(PARTNER, world.claim(), world.look())
    assert "does not answer as the primary" in found.why
    assert world.claim() == Claim(name=ONE, term=0)


def test_a_target_that_misses_the_last_write_leaves_the_old_one_the_primary() -> None:
    world = databases()
    world.servers[THREE].is_slow = True
    world.write_anywhere()
    outcome = run(world, THERE)
    assert outcome.state is State.FAILED
    assert "did not get the whole log" in outcome.summary
    assert primaries(world) == [ONE]
    assert world.write_anywhere() == (ONE,)


def test_a_primary_that_does_not_stop_in_order_goes_on() -> None:
    world = databases()
    journal = TwinJournal(clock=VirtualClock())
    stubborn = world.servers[ONE]

    class Stubborn(TwinDatabases):
        def shut_down(self, name: str) -> int:
            stubborn.is_hung = True
            return super().shut_down(name)

    hung = Stubborn(servers=world.servers, home=HOME)
    outcome = switchover(journal, ports(hung), THERE)
    assert outcome.state is State.FAILED
    assert "it does not stop" in outcome.summary
    assert hung.claim().name == ONE


def test_killed_at_every_step_it_ends_with_one_primary_and_every_write() -> None:
    worlds: list[TwinDatabases] = []

    def live(dies_at: int | None):  # type: ignore[no-untyped-def]
        world = databases()
        worlds.append(world)

        def operation(journal: TwinJournal) -> Outcome:
            assert len(world.write_anywhere()) <= 1
            return switchover(journal, ports(world), THERE)

        return operation, TwinJournal(clock=VirtualClock(), dies_at=dies_at)

    deaths = 0
    for number, outcome in killed_at_every_step(live):
        deaths += 1
        world = worlds[number]
        assert outcome.state is State.DONE, (number, outcome)
        assert primaries(world) == [THREE], (number, world.facts())
        assert has_all_acknowledged(world, THREE)
        assert world.servers[f"{FAR}/1"].follows == THREE
        assert world.servers[TWO].follows == THREE
    assert deaths >= 12
