"""The gateway with real processes: weights move, replicas die, and nobody notices."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from data_plane import (
    CANARY,
    EAST,
    GATEWAYS,
    STABLE,
    Plane,
    plane,
    shop,
    weighted,
)
from readers import Load
from stories.harness import within

from groundplan.design import release
from groundplan.targets.local.delivery.counters import grown, served, totals

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

GATEWAY = GATEWAYS[0]
SHOPS = (*STABLE, CANARY)


@pytest.fixture
def region() -> Iterator[Plane]:
    """One region: a gateway, two stable replicas, a canary with a tenth of the traffic."""
    with plane() as region:
        region.start(*SHOPS, GATEWAY)
        yield region


def load_on(region: Plane) -> Load:
    part = region.part(GATEWAY)
    return Load(part.address, part.port)


def counted(region: Plane, name: str, what: str) -> int:
    return region.ask(name, "/counts").told.get(what, 0)


def test_weights_move_under_load_without_a_failure(region: Plane) -> None:
    with load_on(region) as load:
        for percent in (0, 5, 25, 50, 100):
            region.turn_into(weighted(region.machine.design, GATEWAY, percent))
            region.ready(GATEWAY)
            load.until_sent(10)  # those that were on their way
            load.restart_counting()
            load.until_sent(600)
            share = 100 * load.answered[CANARY] / load.answered.total()
            assert abs(share - percent) <= 7, f"{share:.1f} % at a weight of {percent}"
            assert percent not in (0, 100) or share == percent
    assert not load.failed


def test_killed_replica_is_not_noticed_by_readers_and_gets_traffic_again(region: Plane) -> None:
    with load_on(region) as load:
        for name in (STABLE[0], STABLE[1]):
            region.kill(name)
            load.until_sent(300)
            region.start(name)
            load.restart_counting()
            within(60, f"{name} answers again", lambda: load.answered[name] > 0)  # noqa: B023
    assert not load.failed


def test_a_subset_that_died_as_a_whole_is_served_by_the_others(region: Plane) -> None:
    with load_on(region) as load:
        region.kill(CANARY)
        load.until_sent(500)
        load.restart_counting()
        load.until_sent(100)
        assert set(load.answered) == set(STABLE)
    assert not load.failed


def test_replicas_that_all_failed_are_asked_again_rather_than_nobody(region: Plane) -> None:
    statuses = {region.ask(GATEWAY, "/api/x?status=500").status for _ in range(40)}
    assert statuses == {500}
    region.kill(STABLE[1])
    assert sum(region.names(GATEWAY, 20).values()) == 20


def test_version_without_weight_never_stands_in(region: Plane) -> None:
    region.turn_into(weighted(region.machine.design, GATEWAY, 0))
    region.ready(GATEWAY)
    for name in STABLE:
        region.kill(name)
    answers = [region.ask(GATEWAY, "/api/x") for _ in range(10)]
    assert {answer.status for answer in answers} == {502}
    assert answers[0].headers["content-type"] == "application/problem+json"
    assert answers[0].told["region"] == EAST


def test_canary_that_fails_everybody_is_left_alone(region: Plane) -> None:
    region.turn_into(weighted(region.machine.design, GATEWAY, 50))
    region.ready(GATEWAY)
    answers = [region.ask(GATEWAY, "/api/x?status=500") for _ in range(12)]
    assert {answer.status for answer in answers} == {500}
    assert sum(region.names(GATEWAY, 10).values()) == 10


def test_post_reaches_one_replica_once_even_if_that_dies_of_it(region: Plane) -> None:
    answer = region.ask(GATEWAY, "/api/order?die=whoever", method="POST", body=b"{}")
    assert answer.status == 503

    def alive() -> list[str]:
        return [name for name in SHOPS if region.processes[name].poll() is None]

    within(60, "a replica is dead", lambda: len(alive()) < len(SHOPS))
    assert [counted(region, name, "POST /api/order") for name in alive()] == [0, 0]


def test_get_whose_replica_dies_of_it_is_answered_by_another(region: Plane) -> None:
    def dies(name: str) -> bool:
        """Asks whichever replica the gateway chooses; only this one dies of it."""
        assert region.ask(GATEWAY, f"/api/x?die={name}").status == 200
        return region.processes[name].poll() is not None

    for name in STABLE:
        within(60, f"{name} dies", lambda: dies(name))  # noqa: B023
        assert region.processes.pop(name).returncode == 9
        region.start(name)
        within(60, f"{name} is asked again", lambda: region.names(GATEWAY, 6)[name] > 0)  # noqa: B023


def test_post_to_a_dead_replica_goes_to_a_living_one(region: Plane) -> None:
    region.kill(STABLE[0])
    sent = 30
    answers = [
        region.ask(GATEWAY, "/api/order", method="POST", body=b"{}").status for _ in range(sent)
    ]
    assert answers == [200] * sent
    counts = [counted(region, name, "POST /api/order") for name in (STABLE[1], CANARY)]
    assert sum(counts) == sent


def test_replica_comes_and_goes_under_load_without_a_failure(region: Plane) -> None:
    design = region.machine.design
    new = shop(f"{EAST}/shop-3", design.part(STABLE[0]).address.replace(".10.1", ".10.7"))
    with load_on(region) as load:
        region.machine = replace(region.machine, design=replace(design, parts=(*design.parts, new)))
        region.start(new.name)
        region.write()
        within(60, "the new replica answers", lambda: load.answered[new.name] > 0)
        region.write(draining=frozenset({new.name}))
        region.ready(GATEWAY)
        load.until_sent(10)
        load.restart_counting()
        load.until_sent(200)
        assert new.name not in load.answered
        region.write()
        within(60, "it answers again", lambda: load.answered[new.name] > 0)
        region.turn_into(design)
        region.ready(GATEWAY)
        load.until_sent(10)
        load.restart_counting()
        load.until_sent(200)
        assert new.name not in load.answered
    assert not load.failed


def test_gateway_names_its_region_and_answers_as_json_where_no_route_leads(region: Plane) -> None:
    assert region.ask(GATEWAY, "/api/x").headers["x-region"] == EAST
    answer = region.ask(GATEWAY, "/elsewhere")
    assert (answer.status, answer.told["status"]) == (404, 404)
    assert answer.headers["content-type"] == "application/problem+json"


def test_rejected_file_shows_in_the_probe(region: Plane) -> None:
    routes = region.file(GATEWAY, "live/routes.yaml")
    text = routes.read_text()
    broken = routes.with_name(".broken")
    broken.write_text(text.replace("version_info: v-", "version_info: v-x").replace("weight", "w"))
    broken.rename(routes)
    within(60, "the probe complains", lambda: region.why_not(GATEWAY) is not None)
    assert region.ask(GATEWAY, "/api/x").status == 200
    region.write()
    region.ready(GATEWAY)


def test_a_lease_that_nobody_renews_returns_to_stable_by_itself(region: Plane) -> None:
    part = region.part(GATEWAY)
    addresses = {region.part(CANARY).address}
    design = release.weighted(region.machine.design, "shop", {EAST: 50}, until=time.time() + 5)
    region.turn_into(design)
    region.ready(GATEWAY)
    with load_on(region) as load:
        within(60, "the canary answers", lambda: load.answered[CANARY] > 20)
        assert served(part, "shop", "canary") == 50
        within(60, "the lease is over", lambda: served(part, "shop", "canary") == 0)
        load.until_sent(10)  # those that were on their way
        before = totals(part, "shop")
        load.restart_counting()
        load.until_sent(300)
        assert load.answered[CANARY] == 0
        look = grown(before, totals(part, "shop"), "shop", addresses, (None,))
    assert look.canary.requests == 0
    assert look.stable.requests >= 300
    assert not load.failed


def test_failures_are_counted_for_the_version_that_failed(region: Plane) -> None:
    part = region.part(GATEWAY)
    before = totals(part, "shop")
    for number in range(60):
        status = "500" if number % 2 else "200"
        region.ask(GATEWAY, f"/api/x?status={status}")
    look = grown(before, totals(part, "shop"), "shop", {region.part(CANARY).address}, (None, 0.5))
    assert look.canary.requests + look.stable.requests == 60
    assert look.canary.bad[0] + look.stable.bad[0] == 30
    assert look.canary.bad[1] == look.stable.bad[1] == 0
