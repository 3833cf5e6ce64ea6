"""The data plane with real processes: weights move, replicas die, and nobody notices."""

from collections.abc import Iterator
from dataclasses import replace
from signal import SIGHUP, SIGKILL

import pytest
from data_plane import (
    CANARY,
    EAST,
    EDGE,
    GATEWAYS,
    STABLE,
    WEST,
    WEST_SHOP,
    Load,
    Plane,
    plane,
    shop,
    weighted,
)
from stories.harness import within

from groundplan.design.parts import Waf

pytestmark = [pytest.mark.stories, pytest.mark.timeout(120)]

GATEWAY = GATEWAYS[0]
SHOPS = (*STABLE, CANARY)


@pytest.fixture
def region() -> Iterator[Plane]:
    """One region: a gateway, two stable replicas, a canary with a tenth of the traffic."""
    with plane() as region:
        region.start(*SHOPS, GATEWAY)
        yield region


def load_on(region: Plane, name: str = GATEWAY) -> Load:
    part = region.part(name)
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
            within(15, f"{name} answers again", lambda: load.answered[name] > 0)  # noqa: B023
    assert not load.failed


def test_a_subset_that_died_as_a_whole_is_served_by_the_others(region: Plane) -> None:
    with load_on(region) as load:
        region.kill(CANARY)
        load.until_sent(500)
        load.restart_counting()
        load.until_sent(100)
        assert set(load.answered) == set(STABLE)
    assert not load.failed


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
    alive = [name for name in SHOPS if region.processes[name].poll() is None]
    assert len(alive) == len(SHOPS) - 1
    assert [counted(region, name, "POST /api/order") for name in alive] == [0, 0]


def test_get_whose_replica_dies_of_it_is_answered_by_another(region: Plane) -> None:
    for name in STABLE:
        answers = [region.ask(GATEWAY, f"/api/x?die={name}") for _ in range(6)]
        assert {answer.status for answer in answers} == {200}
        assert region.processes.pop(name).wait(timeout=5) == 9
        region.start(name)


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
        within(5, "the new replica answers", lambda: load.answered[new.name] > 0)
        region.write(draining=frozenset({new.name}))
        region.ready(GATEWAY)
        load.until_sent(10)
        load.restart_counting()
        load.until_sent(200)
        assert new.name not in load.answered
        region.write()
        within(5, "it answers again", lambda: load.answered[new.name] > 0)
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
    within(5, "the probe complains", lambda: region.why_not(GATEWAY) is not None)
    assert region.ask(GATEWAY, "/api/x").status == 200
    region.write()
    region.ready(GATEWAY)


@pytest.fixture(scope="module")
def world() -> Iterator[Plane]:
    """Both regions behind an edge that inspects and limits."""
    waf = Waf(sqli=True, xss=True, rate_requests=2000, rate_seconds=300)
    with plane(waf) as world:
        world.start(*SHOPS, WEST_SHOP, *GATEWAYS, EDGE)
        yield world


@pytest.mark.parametrize(
    ("path", "headers", "region"),
    [
        ("/api/x", {}, EAST),
        ("/api/x", {"x_region": WEST}, WEST),
        ("/api/x", {"x_region": "nowhere"}, EAST),
        ("/api/x", {"cookie": f"a=b; region={WEST}"}, WEST),
        (f"/api/x?region={WEST}", {}, WEST),
        (f"/api/x?region={WEST}", {"cookie": f"region={EAST}"}, EAST),
        (f"/api/x?region={WEST}", {"cookie": f"region={WEST}", "x_region": EAST}, EAST),
    ],
)
def test_edge_steers_by_header_then_cookie_then_query(
    world: Plane, path: str, headers: dict[str, str], region: str
) -> None:
    assert world.ask(EDGE, path, **headers).headers["x-region"] == region


def test_edge_says_who_the_client_is_and_begins_a_trace(world: Plane) -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-00"
    seen = world.ask(EDGE, "/api/x", traceparent=trace, x_forwarded_for="6.6.6.6, 203.0.113.7")
    assert seen.told["headers"]["traceparent"] == trace
    assert seen.told["headers"]["x-forwarded-for"] == "203.0.113.7"
    answer = world.ask(EDGE, "/api/x", traceparent="nonsense")
    name = answer.headers["x-request-id"]
    assert answer.told["headers"]["x-request-id"] == name
    assert answer.told["headers"]["traceparent"] == f"00-{name}-{name[:16]}-01"


ATTACKS = {
    "sqli": "1' OR '1'='1' -- ",
    "union": "1 UNION SELECT password FROM users",
    "xss": "<script>alert(1)</script>",
    "handler": '"><img src=x onerror=alert(1)>',
}
BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_attack_is_refused_in_query_body_cookie_and_headers(world: Plane, attack: str) -> None:
    payload = ATTACKS[attack]
    quoted = "".join(f"%{byte:02x}" for byte in payload.encode())
    body = ('{"name": "' + payload.replace('"', '\\"') + '"}').encode()
    refused = [
        world.ask(EDGE, f"/api/x?q={quoted}"),
        world.ask(EDGE, "/api/x", method="POST", body=body, content_type="application/json"),
        world.ask(
            EDGE,
            "/api/x",
            method="POST",
            body=f"q={quoted}".encode(),
            content_type="application/x-www-form-urlencoded",
        ),
        world.ask(EDGE, "/api/x", cookie=f"q={quoted}"),
    ]
    assert [answer.status for answer in refused] == [403] * 4
    assert refused[0].headers["content-type"] == "application/problem+json"
    assert refused[0].told["id"] == refused[0].headers["x-request-id"]


def test_honest_traffic_passes_plain_or_inspected(world: Plane) -> None:
    posted = world.ask(
        EDGE,
        "/api/x",
        method="POST",
        body=b'{"name": "O\'Neill & Sons, 2nd floor", "note": "select a date; 5 < 6"}',
        content_type="application/json",
        user_agent=BROWSER,
    )
    assert (posted.status, posted.told["body"]) == (200, 69)
    for path in ("/api/x?limit=10&after=2024-01-01", "/api/x?q=steel%20beam", "/api/x?t=a:b"):
        assert world.ask(EDGE, path, user_agent=BROWSER, cookie="sid=abc.def-1").status == 200


def test_body_that_cannot_be_read_is_refused(world: Plane) -> None:
    answer = world.ask(EDGE, "/api/x", method="POST", body=b"{", content_type="application/json")
    assert answer.status == 400
    large = b"x" * (1024 * 1024 + 1)
    assert world.ask(EDGE, "/api/x", method="POST", body=large).status == 413


def test_client_gets_what_it_may_and_no_more(world: Plane) -> None:
    statuses = [
        world.ask(EDGE, "/api/x", x_forwarded_for="198.51.100.1").status for _ in range(2030)
    ]
    assert statuses[:2000] == [200] * 2000
    assert statuses.count(429) >= 5, "one request in 150 ms is allowed on top"
    assert world.ask(EDGE, "/api/x", x_forwarded_for="198.51.100.2").status == 200


def test_other_region_stands_in_for_a_dead_gateway(world: Plane) -> None:
    with load_on(world, EDGE) as load:
        world.kill(GATEWAY)
        load.until_sent(300)
        load.restart_counting()
        load.until_sent(100)
        assert set(load.answered) == {WEST_SHOP}
        world.start(GATEWAY)
        within(10, "its own region serves again", lambda: load.answered[STABLE[0]] > 0)
    assert not load.failed


def test_other_region_stands_in_where_no_replica_lives(world: Plane) -> None:
    with load_on(world, EDGE) as load:
        for name in SHOPS:
            world.kill(name)
        load.until_sent(300)
        world.start(*SHOPS)
        load.restart_counting()
        within(10, "its own region serves again", lambda: load.answered[STABLE[0]] > 0)
    assert not load.failed


def test_edge_takes_a_new_configuration_without_a_failure(world: Plane) -> None:
    design = world.machine.design
    edge = world.part(EDGE)
    turned = replace(edge, gates=edge.gates[::-1], waf=Waf(xss=True))
    with load_on(world, EDGE) as load:
        for part, first in ((turned, WEST), (edge, EAST)):
            parts = tuple(part if old.name == EDGE else old for old in design.parts)
            world.machine = replace(world.machine, design=replace(design, parts=parts))
            for file in world.recipe(EDGE).files(part, world.machine):
                world.file(EDGE, file.path).write_text(file.text)
            assert world.why_not(EDGE) is not None
            world.signal(EDGE, SIGHUP)
            world.ready(EDGE)
            assert world.ask(EDGE, "/api/x").headers["x-region"] == first
            load.until_sent(50)
    assert not load.failed


def test_killed_edge_comes_back_with_its_own_script(world: Plane) -> None:
    pids = world.file(EDGE, "nginx.pid")
    assert int(pids.read_text()) == world.processes[EDGE].pid
    world.processes[EDGE].send_signal(SIGKILL)
    world.processes.pop(EDGE).wait(timeout=10)
    assert world.ask(EDGE, "/api/x").status == 200, "its workers live on"
    world.start(EDGE)
    pid = world.processes[EDGE].pid
    within(10, "a new master", lambda: int(pids.read_text()) == pid)
    assert world.ask(EDGE, "/api/x?q=a%20b").status == 200, "inspected"
    world.stop(EDGE)
    with pytest.raises(OSError, match="refused"):
        world.ask(EDGE, "/api/x")
    world.start(EDGE)
