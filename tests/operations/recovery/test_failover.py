"""Failover on the twin: exactly one primary, whatever is killed in between."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import pytest
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

from groundplan.errors import TargetError
from groundplan.operations.recovery.failover import failover
from groundplan.ports.databases import Claim
from groundplan.ports.journal import Outcome, State
from groundplan.twin.clock import VirtualClock
from groundplan.twin.databases import TwinDatabases
from groundplan.twin.journal import TwinJournal, killed_at_every_step

T = TypeVar("T")


def test_the_standby_takes_over_and_the_old_one_comes_back_as_a_replica() -> None:
    world = databases()
    world.servers[ONE].is_hung = True
    outcome = failover(TwinJournal(clock=VirtualClock()), ports(world), given_up(ONE, HOME))
    assert outcome.state is State.DONE
    assert (outcome.facts["new"], outcome.facts["lost_bytes"]) == (TWO, 0)
    assert primaries(world) == [TWO]
    assert world.servers[ONE].is_standby
    assert world.servers[TWO].synchronous == (ONE,)
    assert world.write_anywhere() == (TWO,)
    assert world.home == HOME
    assert outcome.facts["replicas"] == {}


def test_replicas_that_do_not_start_do_not_undo_a_failover() -> None:
    world = databases()
    world.kill(ONE)
    world.kill(TWO)

    class Poor(TwinDatabases):
        def carry(self, region: str) -> dict[str, list[int]]:
            raise TargetError(part="api-4", doing="starting", why="no memory", try_="")

    poor = Poor(servers=world.servers)
    journal = TwinJournal(clock=VirtualClock())
    wish = given_up(ONE, PARTNER, may_lose=True)
    assert failover(journal, ports(poor), wish).state is State.DONE
    assert primaries(poor) == [THREE]


def test_a_lost_region_moves_home_and_its_servers_stay_away() -> None:
    world = databases()
    world.kill(ONE)
    world.kill(TWO)
    wish = given_up(ONE, PARTNER, may_lose=True, written=3)
    outcome = failover(TwinJournal(clock=VirtualClock()), ports(world), wish)
    assert outcome.state is State.DONE
    assert primaries(world) == [THREE]
    assert world.home == PARTNER
    assert outcome.facts["replicas"] == {PARTNER: [3, 6]}, "it carries the load of both"
    assert world.servers[f"{FAR}/1"].follows == THREE
    assert not world.revive(ONE)
    assert world.write_anywhere() == (THREE,)


def test_a_laggard_is_not_promoted_here_and_elsewhere_the_loss_is_told() -> None:
    world = databases()
    world.servers[THREE].is_slow = True
    world.write_anywhere()
    world.kill(ONE)
    world.kill(TWO)
    refused = failover(TwinJournal(clock=VirtualClock()), ports(world), given_up(ONE, PARTNER))
    assert refused.state is State.FAILED
    assert "may have the last confirmed write" in refused.summary
    assert primaries(world) == [ONE], "nobody was promoted, so the old one goes on"
    wish = given_up(ONE, PARTNER, may_lose=True, written=4)
    outcome = failover(TwinJournal(clock=VirtualClock()), ports(world), wish)
    assert outcome.facts["lost_bytes"] == 1


def test_somebody_else_is_the_primary_already() -> None:
    world = databases()
    world.named = Claim(name=TWO, term=1)
    outcome = failover(TwinJournal(clock=VirtualClock()), ports(world), given_up(ONE, HOME))
    assert outcome.state is State.REFUSED
    assert world.servers[ONE].runs


def test_one_that_was_named_and_not_promoted_is_promoted() -> None:
    world = databases()
    world.fence(ONE)
    world.named = Claim(name=TWO, term=1)
    wish = given_up(TWO, HOME, is_named=True)
    outcome = failover(TwinJournal(clock=VirtualClock()), ports(world), wish)
    assert outcome.state is State.DONE
    assert primaries(world) == [TWO]
    assert world.servers[THREE].follows == TWO


def test_where_somebody_was_named_meanwhile_nobody_is_ended() -> None:
    world = databases()
    world.kill(ONE)
    journal = Interrupted(clock=VirtualClock(), world=world)
    outcome = failover(journal, ports(world), given_up(ONE, PARTNER, may_lose=True))
    assert outcome.state is State.FAILED
    assert f"{TWO} was made the primary meanwhile" in outcome.summary
    assert world.servers[THREE].runs
    assert world.claim() == Claim(name=TWO, term=1)


@dataclass(kw_only=True)
class Interrupted(TwinJournal):
    """Before anybody is named, somebody else names another server."""

    world: TwinDatabases

    def step(self, name: str, do: Callable[[], T]) -> T:
        if name.startswith("name "):
            self.world.name_primary(Claim(name=TWO, term=1))
        return super().step(name, do)


def dead(world: TwinDatabases) -> None:
    world.kill(ONE)


def hung(world: TwinDatabases) -> None:
    world.servers[ONE].is_hung = True


def cut(world: TwinDatabases) -> None:
    world.servers[ONE].is_cut = True


def region_dead(world: TwinDatabases) -> None:
    world.kill(ONE)
    world.kill(TWO)


def region_cut(world: TwinDatabases) -> None:
    world.servers[ONE].is_cut = world.servers[TWO].is_cut = True


@pytest.mark.parametrize(
    ("fault", "region"),
    [(dead, HOME), (hung, HOME), (cut, HOME), (region_dead, PARTNER), (region_cut, PARTNER)],
)
def test_killed_at_every_step_it_ends_with_one_primary(fault, region) -> None:  # type: ignore[no-untyped-def]
    worlds: list[TwinDatabases] = []

    def live(dies_at: int | None):  # type: ignore[no-untyped-def]
        world = databases()
        fault(world)
        worlds.append(world)
        wish = given_up(ONE, region, may_lose=region != HOME, confirmation=SURE)

        def operation(journal: TwinJournal) -> Outcome:
            assert len(world.write_anywhere()) <= 1
            outcome = failover(journal, ports(world), wish)
            assert len(world.write_anywhere()) <= 1
            return outcome

        return operation, TwinJournal(clock=VirtualClock(), dies_at=dies_at)

    deaths = 0
    for number, outcome in killed_at_every_step(live):
        deaths += 1
        world = worlds[number]
        assert outcome.state is State.DONE, (number, outcome)
        for server in world.servers.values():  # what was stopped, hung or cut comes to itself
            server.is_hung = server.is_cut = False
            world.revive(server.name)
        new = str(outcome.facts["new"])
        assert primaries(world) == [new], (number, world.facts())
        assert has_all_acknowledged(world, new)
        assert world.write_anywhere() == (new,)
    assert deaths >= 9
