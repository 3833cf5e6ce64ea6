"""How users, testers and copies meet a new version: with a real gateway and real replicas."""

import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from http.cookies import SimpleCookie

import pytest
from data_plane import CANARY, EAST, GATEWAYS, STABLE, Plane, plane
from stories.harness import within

from groundplan.design.parts import Gateway
from groundplan.design.release import weighted
from groundplan.design.routes import Ways
from groundplan.targets.local.delivery.counters import grown, totals

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

GATEWAY = GATEWAYS[0]
USERS = 150
WAYS = Ways(
    cookie="shop-side",
    cookie_seconds=3600,
    header="x-try-new",
    value="yes",
    mirror=100,
    mirror_up_to=10,
)


@pytest.fixture
def region() -> Iterator[Plane]:
    """One region whose gateway has a rollout with all the ways."""
    with plane() as region:
        design = region.machine.design
        parts = tuple(
            replace(part, upstreams=tuple(replace(each, ways=WAYS) for each in part.upstreams))
            if isinstance(part, Gateway)
            else part
            for part in design.parts
        )
        region.machine = replace(region.machine, design=replace(design, parts=parts))
        region.start(*STABLE, CANARY, GATEWAY)
        yield region


def serve(region: Plane, percent: int, *, seconds: float = 600) -> None:
    design = weighted(region.machine.design, "shop", {EAST: percent}, until=time.time() + seconds)
    region.turn_into(design)
    region.ready(GATEWAY)


def comes(region: Plane, cookie: str = "", **headers: str) -> tuple[str, str]:
    """Who answered somebody, and his cookie from then on."""
    given = {"x_request_id": str(uuid.uuid4()), **headers}
    answer = region.ask(GATEWAY, "/api/x", **given, **({"cookie": cookie} if cookie else {}))
    assert answer.status == 200
    morsels = SimpleCookie(answer.headers.get("set-cookie", ""))
    kept = "; ".join(f"{name}={morsel.value}" for name, morsel in morsels.items())
    return answer.told["name"], kept or cookie


def test_a_user_stays_on_the_side_he_saw_and_only_moves_to_the_new_one(region: Plane) -> None:
    serve(region, 20)
    users = [comes(region) for _ in range(USERS)]
    share = Counter(name for name, _ in users)[CANARY] / USERS
    assert 0.05 < share < 0.4, f"{share:.0%} at a weight of 20"
    for name, cookie in users:
        again, same = comes(region, cookie)
        assert (again == CANARY, same) == (name == CANARY, cookie)
    serve(region, 60)
    later = [comes(region, cookie)[0] for _, cookie in users]
    assert all(now == CANARY for (name, _), now in zip(users, later, strict=True) if name == CANARY)
    assert 0.4 < Counter(later)[CANARY] / USERS < 0.8
    mixed = f"theme=dark; {users[0][1]}; lang=en"
    assert {comes(region, mixed)[0] == CANARY for _ in range(5)} == {later[0] == CANARY}


def test_cookies_go_with_the_lease(region: Plane) -> None:
    serve(region, 100, seconds=3)
    name, cookie = comes(region)
    assert (name, cookie.split("=")[0]) == (CANARY, "shop-side")
    within(60, "stable serves him", lambda: comes(region, cookie)[0] in STABLE)
    assert comes(region)[1] == ""


def test_testers_get_the_new_version_and_are_no_evidence(region: Plane) -> None:
    serve(region, 1)
    part = region.part(GATEWAY)
    before = totals(part, "shop")
    assert {comes(region, x_try_new="yes")[0] for _ in range(20)} == {CANARY}
    assert region.ask(GATEWAY, "/api/x", method="POST", x_try_new="yes").told["name"] == CANARY
    look = grown(before, totals(part, "shop"), "shop", {region.part(CANARY).address}, (None, 0.5))
    assert (look.canary.requests, look.stable.requests) == (0, 0)
    assert comes(region, "shop-side=5", x_try_new="no")[0] in STABLE
    serve(region, 0)
    assert comes(region, x_try_new="yes")[0] in STABLE


def test_reads_are_copied_and_their_answers_reach_nobody(region: Plane) -> None:
    serve(region, 1)
    part, addresses = region.part(GATEWAY), {region.part(CANARY).address}
    before = totals(part, "shop")
    for _ in range(30):
        assert comes(region, "shop-side=5")[0] in STABLE
    for _ in range(10):
        assert region.ask(GATEWAY, "/api/x", method="POST", cookie="shop-side=5").status == 200

    def look() -> tuple[int, int]:
        found = grown(before, totals(part, "shop"), "shop", addresses, (None, 0.5))
        return found.canary.requests, found.stable.requests

    within(60, "the copies are counted", lambda: look() == (30, 40))
    counts = region.ask(CANARY, "/counts").told
    assert counts.get("POST /api/x", 0) == 0
    serve(region, 50)
    before = totals(part, "shop")
    for _ in range(10):
        comes(region, "shop-side=5")
    assert look() == (0, 10)
