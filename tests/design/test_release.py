"""Designs on the way from one version to the next."""

from dataclasses import replace

import pytest
from data_plane import EAST, STABLE, WEST, data_plane, shop

from groundplan.design.design import Design
from groundplan.design.meeting import ways_for
from groundplan.design.parts import Gateway, Service
from groundplan.design.plan import compare
from groundplan.design.release import (
    CANARY,
    Release,
    leased,
    release_of,
    settled,
    share,
    started,
    weighted,
    without_canary,
)
from groundplan.design.routes import Ways
from groundplan.spec.platform import Platform

REGIONS = (EAST, WEST)


@pytest.fixture
def stable() -> Design:
    """What runs: one version, in two regions."""
    design = data_plane(canary_percent=0)
    parts = tuple(
        part for part in design.parts if not (isinstance(part, Service) and part.subset == CANARY)
    )
    return without_canary(replace(design, parts=parts), "shop")


@pytest.fixture
def release(stable: Design) -> Release:
    parts = tuple(
        replace(part, version="3") if isinstance(part, Service) else part for part in stable.parts
    )
    return release_of(replace(stable, parts=parts), "shop")


def gateways(design: Design) -> dict[str, int]:
    return {part.site: share(part, "shop") for part in design.parts if isinstance(part, Gateway)}


def test_the_new_version_stands_beside_the_stable_one(stable: Design, release: Release) -> None:
    design = started(stable, release, REGIONS)
    new = design.part(f"{EAST}/shop-canary-1")
    assert isinstance(new, Service)
    assert (new.subset, new.version, new.address) == (CANARY, "3", "127.60.10.101")
    assert "127.60.10.101" in new.process.command
    assert design.replicas("shop", site=EAST, subset="stable") == stable.replicas("shop", site=EAST)
    assert gateways(design) == {EAST: 0, WEST: 0}
    assert started(design, release, REGIONS) == design


def test_ways_hold_as_long_as_the_rollout(stable: Design, release: Release) -> None:
    ways = Ways(cookie="side", cookie_seconds=60, mirror=20, mirror_up_to=5)
    beside = started(stable, replace(release, ways=ways), REGIONS)
    first = weighted(beside, "shop", {EAST: 5, WEST: 25}, until=100)
    found = {part.site: part.routes[0].ways for part in first.parts if isinstance(part, Gateway)}
    assert found == {EAST: ways, WEST: replace(ways, mirror=0)}
    again = leased(first, "shop", until=200)
    assert {part.routes[0].ways for part in again.parts if isinstance(part, Gateway)} == {
        ways,
        replace(ways, mirror=0),
    }
    assert without_canary(first, "shop") == stable
    back = weighted(first, "shop", {EAST: 0, WEST: 0}, until=0)
    assert back == beside


def test_the_file_says_how_requests_meet_a_new_version() -> None:
    said = {
        "initial_traffic": 5,
        "increment": 10,
        "interval": "5m",
        "success_threshold": 99,
        "max_traffic": 50,
        "session_affinity": {"cookie": "side", "max_age": "1 hour"},
        "testers": {"header": "x-new", "value": "1"},
        "mirror": 20,
        "services": ["shop"],
    }
    platform = Platform.model_validate(
        {"platform": "shop", "regions": {"a": {"primary": EAST}}, "canary_deployment": said}
    )
    assert ways_for(platform, "shop", (5, 15, 100)) == Ways(
        cookie="side",
        cookie_seconds=3600,
        header="x-new",
        value="1",
        mirror=20,
        mirror_up_to=5,
    )
    assert ways_for(platform, "other", (5, 15, 100)) == Ways()


def test_a_region_of_its_own_at_a_time(stable: Design, release: Release) -> None:
    design = started(stable, release, (WEST,))
    assert not design.replicas("shop", site=EAST, subset=CANARY)
    assert design.replicas("shop", site=WEST, subset=CANARY)


def test_weights_are_a_lease(stable: Design, release: Release) -> None:
    design = weighted(started(stable, release, REGIONS), "shop", {EAST: 25}, until=1234.9)
    assert gateways(design) == {EAST: 25, WEST: 0}
    (route,) = design.part(f"{EAST}/gateway").routes
    assert route.lease_until == 1234
    back = weighted(design, "shop", {EAST: 0}, until=0)
    assert back == started(stable, release, REGIONS)


def test_a_lease_is_renewed_without_another_weight(stable: Design, release: Release) -> None:
    design = weighted(started(stable, release, REGIONS), "shop", {EAST: 25}, until=100)
    again = leased(design, "shop", until=200)
    assert gateways(again) == {EAST: 25, WEST: 0}
    assert again.part(f"{EAST}/gateway").routes[0].lease_until == 200
    assert leased(stable, "shop", until=200) == stable


def test_in_the_end_the_new_version_is_the_stable_one(stable: Design, release: Release) -> None:
    during = weighted(started(stable, release, REGIONS), "shop", {EAST: 100}, until=9e9)
    end = without_canary(settled(during, release), "shop")
    assert {part.version for part in end.replicas("shop", site=EAST)} == {"3"}
    assert {action.part for action in compare(stable, end).actions} == {
        STABLE[0],
        STABLE[1],
        f"{WEST}/shop-1",
    }


def test_taken_back_nothing_is_left_of_it(stable: Design, release: Release) -> None:
    during = weighted(started(stable, release, REGIONS), "shop", {WEST: 50}, until=9e9)
    assert without_canary(during, "shop") == stable


def test_a_service_that_does_not_run_has_no_release(stable: Design) -> None:
    with pytest.raises(KeyError):
        release_of(stable, "till")


def test_names_of_many_replicas_stay_apart(stable: Design) -> None:
    many = replace(stable, parts=(*stable.parts, shop(f"{EAST}/shop-12", "127.60.10.12")))
    names = [part.name for part in release_of(many, "shop").canaries]
    assert f"{EAST}/shop-canary-12" in names
    assert len(set(names)) == len(names)
