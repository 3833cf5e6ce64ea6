"""The number of replicas follows the load as a HorizontalPodAutoscaler's would, and no rollout
disturbs it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from data_plane import EAST, WEST, data_plane
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.design.design import Design
from groundplan.design.growth import bounds
from groundplan.design.parts import Service
from groundplan.design.release import (
    CANARY,
    Release,
    release_of,
    settled,
    started,
    without_canary,
)
from groundplan.design.scale import following, numbers
from groundplan.design.scaling import Scaling
from groundplan.operations.scaling.follow import EVERY_SECONDS, Past, follow, need
from groundplan.operations.scaling.scale import Scale, scale
from groundplan.ports.fleets import Fleet, Room
from groundplan.ports.journal import Outcome
from groundplan.twin.fleets import MIB, TwinFleets
from groundplan.twin.journal import TwinJournal, killed_at_every_step

SCALING = Scaling(service="shop", least=1, most=12, cores=0.5)
HERE, THERE = f"{EAST}/shop", f"{WEST}/shop"
WIDE = Room(cores=64, bytes=2**40)


def running(scaling: Scaling = SCALING) -> Design:
    design = data_plane(canary_percent=0)
    parts = tuple(
        part for part in design.parts if not (isinstance(part, Service) and part.subset == CANARY)
    )
    return replace(without_canary(replace(design, parts=parts), "shop"), scaling=(scaling,))


def fleet(
    number: int, cores: float = 0.0, *, sides: int = 1, unseen: int = 0, mib: int = 0
) -> Fleet:
    standing = number * sides
    seen = standing - unseen
    return Fleet(number=number, standing=standing, seen=seen, cores=cores, bytes=seen * mib * MIB)


@pytest.mark.parametrize(
    ("seen", "number"),
    [
        (fleet(4, 2.0), 4),
        (fleet(4, 2.19), 4),  # within a tenth
        (fleet(4, 2.21), 5),
        (fleet(4, 1.81), 4),
        (fleet(4, 1.4), 3),
        (fleet(4, 0.0), 1),
        (fleet(4, 4.0), 8),
        (fleet(4, 3.0, unseen=2), 6),  # idle, as long as nobody knows
        (fleet(4, 0.4, unseen=2), 3),  # busy, as long as nobody knows
        (fleet(4, 1.9, unseen=2), 4),  # neither way is sure
        (fleet(4, unseen=4), 4),
        (fleet(4, 2.0, sides=2), 4),  # two versions, one load
        (fleet(4, 3.0, sides=2), 6),
    ],
)
def test_the_rule_of_kubernetes(seen: Fleet, number: int) -> None:
    assert need(SCALING, seen).number == number


@pytest.mark.parametrize(
    ("mib", "sides", "number"), [(100, 1, 4), (100, 2, 4), (150, 1, 6), (150, 2, 6)]
)
def test_memory_is_no_load_that_versions_share(mib: int, sides: int, number: int) -> None:
    """Two versions at rest have twice the memory; for more replicas that would be a reason without
    an end."""
    scaling = replace(SCALING, cores=None, bytes=100 * MIB)
    assert need(scaling, fleet(4, sides=sides, mib=mib)).number == number


def test_the_largest_measure_holds() -> None:
    scaling = replace(SCALING, bytes=100 * MIB)
    assert need(scaling, fleet(4, 0.1, mib=150)).number == 6
    assert need(scaling, fleet(4, 4.0, mib=10)).number == 8
    assert "cores" in need(scaling, fleet(4, 4.0, mib=10)).because


def needed(
    seen: Fleet, *, room: Room = WIDE, scaling: Scaling = SCALING, least: int = 0
) -> tuple[int, int]:
    """What is decided at once, and what is lacking."""
    lower = max(scaling.least, least)
    bound = replace(scaling, least=lower, most=max(scaling.most, lower))
    found, _ = follow({HERE: bound}, {HERE: seen}, room, Past(), 0.0)
    return (found[HERE].number, found[HERE].lacking) if found else (seen.number, 0)


def test_it_stays_within_its_bounds() -> None:
    assert needed(fleet(8, 100.0)) == (12, 0)
    assert needed(fleet(2, 100.0)) == (6, 0), "four more at once"
    assert needed(fleet(6, 100.0), scaling=replace(SCALING, most=40)) == (12, 0), "or twice as many"
    assert needed(fleet(2, 0.1), least=4) == (4, 0), "a home that carries two regions"
    assert needed(fleet(2, 0.1), scaling=replace(SCALING, least=3)) == (3, 0)
    assert needed(fleet(14, 7.0), least=14) == (14, 0)


def test_it_gives_no_more_than_the_machine_has() -> None:
    assert needed(fleet(4, 4.0, mib=100), room=Room(cores=1.1, bytes=2**40)) == (6, 2)
    assert needed(fleet(4, 4.0, mib=100), room=Room(cores=9, bytes=100 * MIB)) == (5, 3)
    assert needed(fleet(4, 4.0, sides=2, mib=100), room=Room(cores=9, bytes=199 * MIB)) == (4, 4)
    both = {HERE: fleet(2, 2.0, mib=1), THERE: fleet(2, 2.0, mib=1)}
    found, _ = follow(
        {HERE: SCALING, THERE: SCALING}, both, Room(cores=1.5, bytes=2**40), Past(), 0.0
    )
    assert [(each.number, each.lacking) for each in found.values()] == [(4, 0), (3, 1)]


@dataclass
class World:
    """The scaler on the twin."""

    fleets: TwinFleets
    past: Past = field(default_factory=Past)
    changes: list[tuple[float, dict[str, int]]] = field(default_factory=list)

    @property
    def now(self) -> float:
        return self.fleets.clock.now - self.fleets._began

    def turn(self) -> None:
        found, self.past = follow(
            bounds(self.fleets.design, None),
            self.fleets.look(),
            self.fleets.room(),
            self.past,
            self.fleets.clock.now,
        )
        wanted = {place: each.number for place, each in found.items() if each.number != each.before}
        if wanted:
            self.changes.append((self.now, wanted))
            self.fleets.stand(wanted)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / EVERY_SECONDS)):
            self.turn()
            self.fleets.clock.advance(EVERY_SECONDS)

    def number(self, place: str = HERE) -> int:
        return numbers(self.fleets.design)[place]


def world(load: Callable[[str, float], float], scaling: Scaling = SCALING) -> World:
    return World(TwinFleets(design=running(scaling), load=load))


def test_a_peak_is_carried_at_once_and_left_after_five_minutes() -> None:
    here = world(lambda place, now: 3.0 if place == HERE and 60 <= now < 120 else 0.4)
    here.run(60)
    assert here.number() == 2, "what it began with is kept for as long as any need"
    here.run(45)
    assert here.number() == 6
    assert here.number(THERE) == 1
    here.run(300)
    assert here.number() == 6
    here.run(60)
    assert here.number() == 2


def test_a_load_that_swings_moves_nothing_to_and_fro() -> None:
    here = world(lambda _, now: 2.0 + (0.9 if (now // 30) % 2 else 0.0))
    here.run(3600)
    assert here.number() == 6
    assert len(here.changes) <= 4, here.changes


def new(design: Design) -> Release:
    parts = tuple(replace(p, version="3") if isinstance(p, Service) else p for p in design.parts)
    return release_of(replace(design, parts=parts), "shop")


@pytest.mark.parametrize("memory", [False, True])
def test_a_rollout_is_no_reason_to_scale(memory: bool) -> None:
    """Both versions stand, the load moves from one to the other, one leaves: the number stays."""
    scaling = replace(SCALING, bytes=120 * MIB if memory else None)
    here = world(lambda *_: 2.0, scaling)
    here.run(600)
    settled_at = len(here.changes)
    asked = new(running(scaling))
    fleets = here.fleets
    fleets.design = started(fleets.design, following(asked, fleets.design), (EAST, WEST))
    here.run(1800)
    fleets.design = settled(fleets.design, following(asked, fleets.design))
    here.run(30)
    fleets.design = without_canary(fleets.design, "shop")
    here.run(1800)
    assert len(here.changes) == settled_at, here.changes
    assert here.number() == 4
    assert {p.version for p in fleets.design.parts if isinstance(p, Service)} == {"3"}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 8), st.sampled_from(["start", "settle", "back", "-"])), max_size=12
    )
)
def test_each_version_can_carry_what_there_is(steps: list[tuple[float, str]]) -> None:
    """Whatever the load and the rollout do: any share of it is one that a version has the replicas
    for."""
    load = [0.0]
    here = world(lambda *_: load[0])
    asked = new(running())
    for level, word in steps:
        load[0] = level
        fleets = here.fleets
        if word == "start":
            fleets.design = started(fleets.design, following(asked, fleets.design), (EAST, WEST))
        elif word == "settle":
            end = settled(fleets.design, following(asked, fleets.design))
            fleets.design = without_canary(end, "shop")
        elif word == "back":
            fleets.design = without_canary(fleets.design, "shop")
        here.run(120)
        for site in (EAST, WEST):
            stable = fleets.design.replicas("shop", site=site, subset="stable")
            canary = fleets.design.replicas("shop", site=site, subset=CANARY)
            assert len(canary) in (0, len(stable))
            enough = min(12, level / 0.5 / 1.1)
            assert len(stable) >= enough - 1e-6


def test_the_operation_tells_what_it_did_and_survives_its_agent() -> None:
    worlds: list[TwinFleets] = []

    def live(dies_at: int | None) -> tuple[Callable[[TwinJournal], Outcome], TwinJournal]:
        fleets = TwinFleets(design=running(), load=lambda *_: 1.0)
        worlds.append(fleets)
        journal = TwinJournal(clock=fleets.clock, dies_at=dies_at)
        asked = Scale(wanted={HERE: 4}, because={HERE: "uses 2.00 cores"})
        return (lambda journal: scale(journal, fleets, asked)), journal

    outcomes = [outcome for _, outcome in killed_at_every_step(live)]
    assert len(outcomes) == 4
    assert {outcome.summary for outcome in outcomes} == {f"replicas: {HERE} 4 instead of 2"}
    assert {numbers(each.design)[HERE] for each in worlds} == {4}
