"""The watch on the twin: what it does about each fault, when, and that two never take writes."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from operations.recovery.fleet import (
    FOUR,
    HOME,
    ONE,
    PARTNER,
    RECOVERY,
    THREE,
    TWO,
    Watching,
    databases,
    has_all_acknowledged,
    primaries,
)

from groundplan.operations.recovery.regions import seen_from
from groundplan.operations.recovery.watch import Kind
from groundplan.ports.databases import Vantage
from groundplan.ports.journal import State
from groundplan.twin.databases import TwinDatabases


def kinds(watching: Watching) -> list[Kind]:
    return [action.kind for action in watching.done]


def test_while_all_is_well_nothing_is_done() -> None:
    watching = Watching()
    watching.looks(30)
    assert watching.done == []


def test_two_misses_are_waited_for_and_three_are_not() -> None:
    watching = Watching()
    watching.world.kill(ONE)
    watching.looks(2)
    assert watching.done == []
    watching.look()
    assert kinds(watching) == [Kind.FAILOVER]
    assert primaries(watching.world) == [TWO]
    assert "3 times in a row" in watching.done[0].because
    watching.looks(20)
    assert kinds(watching) == [Kind.FAILOVER], "and then all is well"


def test_a_primary_that_is_back_in_time_stays() -> None:
    watching = Watching()
    watching.world.kill(ONE)
    watching.looks(2)
    watching.world.revive(ONE)
    watching.looks(5)
    assert watching.done == []


def test_without_a_standby_commits_wait_for_as_long_as_the_file_says() -> None:
    watching = Watching(recovery=replace(RECOVERY, alone_after_seconds=5.0))
    watching.world.kill(TWO)
    watching.looks(10)
    assert watching.world.write_anywhere() == ()
    watching.look()
    assert kinds(watching) == [Kind.GO_ALONE]
    assert "goes on alone" in watching.outcomes[0].summary
    assert watching.world.write_anywhere() == (ONE,)
    watching.world.revive(TWO)
    watching.looks(2)
    assert kinds(watching) == [Kind.GO_ALONE, Kind.CONFIRM]
    assert watching.world.servers[ONE].synchronous == (TWO,)


def test_without_a_standby_commits_wait_for_ever_when_the_file_says_so() -> None:
    watching = Watching()
    watching.world.kill(TWO)
    watching.looks(100)
    assert watching.done == []
    assert watching.world.write_anywhere() == ()


def test_both_servers_of_a_region_gone_the_partner_takes_over_in_time() -> None:
    watching = Watching()
    watching.world.kill(ONE)
    watching.world.kill(TWO)
    watching.looks(6)
    assert watching.done == []
    watching.look()
    assert kinds(watching) == [Kind.FAILOVER]
    assert primaries(watching.world) == [THREE]
    assert watching.world.home == PARTNER


def test_what_a_lagging_partner_lacks_is_told_in_seconds() -> None:
    watching = Watching()
    watching.looks(2)
    watching.world.servers[THREE].is_slow = True
    watching.looks(8)
    watching.world.write_anywhere()
    watching.look()
    watching.world.kill(ONE)
    watching.world.kill(TWO)
    watching.looks(7)
    (outcome,) = watching.outcomes
    assert (outcome.facts["lost_bytes"], outcome.facts["lost_seconds"]) == (1, 4.5)
    assert "1 bytes and 4.5 s of writes are lost" in outcome.summary


def test_a_lost_region_waits_for_somebody_when_the_file_is_not_automatic() -> None:
    watching = Watching(recovery=replace(RECOVERY, is_automatic=False))
    watching.world.kill(ONE)
    watching.world.kill(TWO)
    watching.looks(200)
    assert watching.done == []


def test_a_region_that_one_place_reaches_is_not_gone() -> None:
    nobody = Vantage(place="here", reached=())
    view = seen_from(HOME, (nobody, Vantage(place=PARTNER, reached=(ONE,))))
    assert not view.is_gone
    assert view.because == f"{HOME} is reached from {PARTNER}"
    assert seen_from(HOME, (nobody,)).is_gone
    assert not seen_from(HOME, ()).is_gone


def test_when_the_confirming_standby_is_gone_too_nobody_is_promoted_at_home() -> None:
    watching = Watching(recovery=replace(RECOVERY, is_automatic=False))
    world = watching.world
    world.servers[THREE].region = HOME  # a third server at home, which confirmed nothing
    world.kill(TWO)
    world.kill(ONE)
    watching.looks(50)
    assert watching.done == []
    world.revive(TWO)
    watching.looks(3)
    assert primaries(world) == [TWO]
    assert has_all_acknowledged(world, TWO)


def test_of_two_standbys_the_one_with_more_of_the_log_takes_over() -> None:
    watching = Watching()
    world = watching.world
    world.servers[THREE].region = HOME
    watching.looks(2)
    assert world.servers[ONE].synchronous == (TWO, THREE)
    world.servers[TWO].is_slow = True
    assert world.write_anywhere() == (ONE,)
    world.kill(ONE)
    watching.looks(3)
    assert primaries(world) == [THREE]
    assert has_all_acknowledged(world, THREE)


def test_a_standby_that_just_began_to_confirm_is_asked_before_anybody_is_promoted() -> None:
    watching = Watching()
    world = watching.world
    world.servers[THREE].region = HOME
    watching.look()
    assert kinds(watching) == [Kind.CONFIRM]
    world.servers[TWO].is_slow = True
    assert world.write_anywhere() == (ONE,), "only the new standby has it"
    world.kill(ONE)
    world.kill(THREE)
    watching.looks(30)
    assert kinds(watching) == [Kind.CONFIRM]


def test_a_replica_that_follows_nobody_is_mended() -> None:
    watching = Watching()
    watching.world.servers[FOUR].follows = ""
    watching.looks(12)
    assert kinds(watching) == [Kind.MEND]
    assert watching.world.servers[FOUR].follows == ONE


def test_a_replica_that_went_another_way_is_rebuilt() -> None:
    watching = Watching()
    watching.world.servers[FOUR].log.append(99)
    watching.looks(12)
    assert watching.outcomes[0].state is State.DONE
    assert watching.world.servers[FOUR].log == watching.world.servers[ONE].log


FAULTS = ("kill", "hang", "cut", "slow", "heal", "nothing")


def strike(world: TwinDatabases, fault: str, name: str) -> None:
    server = world.servers[name]
    match fault:
        case "kill":
            world.kill(name)
        case "hang":
            server.is_hung = server.runs
        case "cut":
            server.is_cut = True
        case "slow":
            server.is_slow = True
        case "heal":
            server.is_hung = server.is_cut = server.is_slow = False
            world.revive(name)


STRIKES = st.lists(
    st.tuples(st.sampled_from(FAULTS), st.sampled_from((ONE, TWO, THREE, FOUR)), st.integers(0, 8)),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(strikes=STRIKES, dies_at=st.none() | st.integers(0, 14), after=st.sampled_from((None, 2.0)))
def test_two_servers_never_acknowledge_writes(
    strikes: list[tuple[str, str, int]], dies_at: int | None, after: float | None
) -> None:
    world = databases()

    def client() -> None:
        assert len(world.write_anywhere()) <= 1, world.facts()

    recovery = replace(RECOVERY, alone_after_seconds=after)
    watching = Watching(world=world, recovery=recovery, after_each=client, dies_at=dies_at)
    for fault, name, looks in strikes:
        strike(world, fault, name)
        client()
        watching.looks(looks)
    for name in world.servers:
        strike(world, "heal", name)
        client()
    watching.looks(60)
    assert len(primaries(world)) == 1, world.facts()
    assert len(world.write_anywhere()) == 1, world.facts()


@settings(max_examples=150, deadline=None)
@given(strikes=STRIKES, dies_at=st.none() | st.integers(0, 14), has_third=st.booleans())
def test_no_acknowledged_write_is_lost_while_nobody_leaves_the_region(
    strikes: list[tuple[str, str, int]], dies_at: int | None, *, has_third: bool
) -> None:
    world = databases()
    if has_third:
        world.servers[THREE].region = HOME

    def client() -> None:
        for name in world.write_anywhere():
            assert has_all_acknowledged(world, name), world.facts()

    watching = Watching(
        world=world,
        recovery=replace(RECOVERY, is_automatic=False),
        after_each=client,
        dies_at=dies_at,
    )
    for fault, name, looks in strikes:
        strike(world, fault, name)
        client()
        watching.looks(looks)
    for name in world.servers:
        strike(world, "heal", name)
    watching.looks(60)
    (primary,) = primaries(world)
    assert has_all_acknowledged(world, primary), world.facts()
