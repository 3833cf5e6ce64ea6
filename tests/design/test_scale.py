"""Both versions have as many replicas as the scale says, whatever happens in between."""

from collections.abc import Iterable
from dataclasses import replace

from data_plane import EAST, WEST, data_plane
from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.design.design import Design
from groundplan.design.parts import Service
from groundplan.design.plan import Sign, compare
from groundplan.design.release import (
    CANARY,
    Counters,
    Release,
    release_of,
    settled,
    standing,
    started,
    without_canary,
)
from groundplan.design.scale import bare, following, numbers, scaled

PLACES = {f"{EAST}/shop": 2, f"{WEST}/shop": 1}
DESIGN = data_plane(canary_percent=0)
STABLE = without_canary(
    replace(
        DESIGN,
        parts=tuple(
            part
            for part in DESIGN.parts
            if not (isinstance(part, Service) and part.subset == CANARY)
        ),
    ),
    "shop",
)
STEPS = st.lists(
    st.one_of(
        st.sampled_from(["start east", "start west", "settle", "take back"]),
        st.fixed_dictionaries({place: st.integers(0, 9) for place in PLACES}),
    ),
    max_size=8,
)


def release(*, replicas: int | None = None) -> Release:
    parts = [replace(p, version="3") for p in STABLE.parts if isinstance(p, Service)]
    return release_of(replace(STABLE, parts=tuple(parts[:replicas])), "shop")


def side(design: Design, place: str, subset: str) -> list[str]:
    region, _, service = place.partition("/")
    return [part.name for part in design.replicas(service, site=region, subset=subset)]


def test_the_design_has_its_own_number_by_itself() -> None:
    assert numbers(STABLE) == PLACES
    assert scaled(STABLE, {}) == STABLE
    more = scaled(STABLE, {f"{EAST}/shop": 4, f"{WEST}/shop": 0})
    assert numbers(more) == {f"{EAST}/shop": 4, f"{WEST}/shop": 1}
    assert bare(more) == STABLE
    assert scaled(more, {f"{EAST}/shop": 3}) == scaled(STABLE, {f"{EAST}/shop": 3})


@settings(deadline=None)
@given(STEPS)
def test_each_version_has_as_many_as_the_scale_says(steps: Iterable[object]) -> None:
    """The new one has the replicas for any weight, the old one those for the way back, and the
    end of a rollout is no other scale."""
    design, asked, scale = STABLE, release(), dict(PLACES)
    for step in steps:
        if isinstance(step, dict):
            design = scaled(design, step)
            scale = {place: max(least, step[place]) for place, least in PLACES.items()}
        elif step == "settle":
            design = without_canary(settled(design, following(asked, design)), "shop")
        elif step == "take back":
            design = without_canary(design, "shop")
        else:
            region = EAST if step == "start east" else WEST
            design = started(design, following(asked, design), (region,))
        assert numbers(design) == scale
        for place, number in scale.items():
            assert len(side(design, place, CANARY)) in (0, number)
        services = [part for part in design.parts if isinstance(part, Service)]
        assert len({part.address for part in services}) == len(services)


def test_a_release_with_another_number_ends_with_it() -> None:
    """The file says two now, or one: that is a setting of the release as others are."""
    for fewer in (True, False):
        now, other = (scaled(STABLE, {f"{EAST}/shop": 3}), STABLE)
        own = tuple(
            replace(p, is_additional=False) if isinstance(p, Service) else p for p in now.parts
        )
        before, after = (
            (replace(now, parts=own), other) if fewer else (other, replace(now, parts=own))
        )
        end = settled(before, following(release_of(after, "shop"), before))
        assert numbers(end) == numbers(after)
        assert {action.sign for action in compare(before, end).actions} == {
            Sign.DELETE if fewer else Sign.CREATE
        }


def test_where_a_service_does_not_run_a_release_starts_none() -> None:
    east = replace(STABLE, parts=tuple(p for p in STABLE.parts if p.site != WEST))
    assert numbers(settled(east, following(release(), east))) == {f"{EAST}/shop": 2}
    assert numbers(settled(STABLE, release(replicas=2))) == PLACES


def test_a_workers_share_is_left_to_its_rollout() -> None:
    """Its new replicas are as many as its weight says, not as many as the old ones."""
    asked = replace(release(), counters=Counters(ended="jobs", failed="bad"))
    assert all(part.is_leased for part in asked.canaries)
    assert not any(part.is_leased for part in asked.replicas)
    more = scaled(STABLE, {f"{EAST}/shop": 4})
    three = standing(more, following(asked, more), {EAST: 3})
    assert len(side(three, f"{EAST}/shop", CANARY)) == 3
    for number in (6, 2):
        again = scaled(three, {f"{EAST}/shop": number})
        assert side(again, f"{EAST}/shop", CANARY) == side(three, f"{EAST}/shop", CANARY)
