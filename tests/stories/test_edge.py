"""The edge with real processes: it steers, inspects and limits, and others stand in."""

import json
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
    Plane,
    plane,
)
from readers import Load
from stories.harness import within

from groundplan.design.parts import Waf

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

GATEWAY = GATEWAYS[0]
SHOPS = (*STABLE, CANARY)


@pytest.fixture(scope="module")
def world() -> Iterator[Plane]:
    """Both regions behind an edge that inspects and limits."""
    waf = Waf(sqli=True, xss=True, rate_requests=2000, rate_seconds=300)
    with plane(waf) as world:
        world.start(*SHOPS, WEST_SHOP, *GATEWAYS, EDGE)
        yield world


def load_on(world: Plane) -> Load:
    part = world.part(EDGE)
    return Load(part.address, part.port)


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


def door_of(world: Plane, name: str) -> str | None:
    """Which door the edge's log says that a request took; it is written once a second."""
    for line in world.log(EDGE).read_text().splitlines():
        if f'"request.id":"{name}"' in line:
            return str(json.loads(line)["door"])
    return None


@pytest.mark.parametrize(
    ("path", "headers", "door"),
    [
        ("/api/x", {}, f"gate_{EAST}"),
        ("/api/x?limit=10&after=2024-01-01", {"user_agent": BROWSER}, f"gate_{EAST}"),
        ("/api/x", {"cookie": "sid=a.b-c_1; theme=dark"}, f"gate_{EAST}"),
        ("/api/x", {"referer": "https://shop.example:8443/list?page=2"}, f"gate_{EAST}"),
        ("/api/x?q=a%20b", {}, "inspection"),
        ("/api/x?q=1--", {}, "inspection"),
        ("/api/x", {"cookie": "sid=1 or 2"}, "inspection"),
        ("/api/x", {"user_agent": "x (sleep(5))"}, "inspection"),
        ("/api/x", {"content_length": "0"}, "inspection"),
    ],
)
def test_only_what_may_hold_an_attack_is_inspected(
    world: Plane, path: str, headers: dict[str, str], door: str
) -> None:
    name = world.ask(EDGE, path, **headers).headers["x-request-id"]
    within(60, "the edge has logged it", lambda: door_of(world, name) is not None)
    assert door_of(world, name) == door


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
    with load_on(world) as load:
        world.kill(GATEWAY)
        load.until_sent(300)
        load.restart_counting()
        load.until_sent(100)
        assert set(load.answered) == {WEST_SHOP}
        world.start(GATEWAY)
        within(60, "its own region serves again", lambda: load.answered[STABLE[0]] > 0)
    assert not load.failed


def test_other_region_stands_in_where_no_replica_lives(world: Plane) -> None:
    with load_on(world) as load:
        for name in SHOPS:
            world.kill(name)
        load.until_sent(300)
        world.start(*SHOPS)
        load.restart_counting()
        within(60, "its own region serves again", lambda: load.answered[STABLE[0]] > 0)
    assert not load.failed


def has_region(world: Plane, region: str) -> bool:
    return world.ask(EDGE, "/api/x").headers["x-region"] == region


def test_edge_takes_a_new_configuration_without_a_failure(world: Plane) -> None:
    design = world.machine.design
    edge = world.part(EDGE)
    opened = replace(edge, gates=edge.gates[::-1], waf=Waf())
    with load_on(world) as load:
        for part, first in ((opened, WEST), (edge, EAST)):
            parts = tuple(part if old.name == EDGE else old for old in design.parts)
            world.machine = replace(world.machine, design=replace(design, parts=parts))
            for file in world.recipe(EDGE).files(part, world.machine):
                world.file(EDGE, file.path).write_text(file.text)
            assert world.why_not(EDGE) is not None
            world.signal(EDGE, SIGHUP)
            world.ready(EDGE)
            within(60, f"all go to {first}", lambda: has_region(world, first))  # noqa: B023
            load.until_sent(50)
            attacked = world.ask(EDGE, "/api/x?q=%3Cscript%3E")
            assert attacked.status == (403 if part.waf.xss else 200)
    assert not load.failed


def test_killed_edge_comes_back_with_its_own_script(world: Plane) -> None:
    pids = world.file(EDGE, "nginx.pid")
    assert int(pids.read_text()) == world.processes[EDGE].pid
    world.processes[EDGE].send_signal(SIGKILL)
    world.processes.pop(EDGE).wait(timeout=60)
    assert world.ask(EDGE, "/api/x").status == 200, "its workers live on"
    world.start(EDGE)
    pid = world.processes[EDGE].pid
    within(60, "a new master", lambda: pids.read_text().strip() == str(pid))
    assert world.ask(EDGE, "/api/x?q=a%20b").status == 200, "inspected"
    world.stop(EDGE)
    with pytest.raises(OSError, match="refused"):
        world.ask(EDGE, "/api/x")
    world.start(EDGE)
