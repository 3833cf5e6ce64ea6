"""Whatever dies, or is edited by hand, in a rollout: nobody is given what is unproven."""

import os
import re
import signal
import time
from collections.abc import Iterator

import pytest
from stories.harness import within
from stories.tills import QUICK, REGION, Tills, tills

from groundplan.targets.local.processes.supervisor import Supervisor

pytestmark = [pytest.mark.stories, pytest.mark.faults, pytest.mark.timeout(900)]

GATEWAY = f"{REGION}/gateway"
PROMETHEUS = f"{REGION}/prometheus"
LONG_SECONDS = 20
LONG = QUICK.replace("interval: 5s", "interval: 20s")


@pytest.fixture(scope="module")
def platform() -> Iterator[Tills]:
    with tills(LONG, port=18101, network="127.56.0.0") as platform:
        yield platform


@pytest.fixture
def bakery(platform: Tills) -> Iterator[Tills]:
    """Each story releases a version of its own."""
    yield platform
    platform.settle()


def watches(platform: Tills, percent: int) -> bool:
    served = f"the gateways serve {percent} % in {REGION}"
    return ("watching", served) in platform.lines()


def decided_alike(platform: Tills) -> bool:
    """The newest release, from what it saw."""
    return bool(platform.json("rollout", "replay")["is_same"])


def test_without_prometheus_nothing_goes_on(bakery: Tills) -> None:
    """No alert could fire, so it holds, and says so; when it is back the rollout goes on."""
    holds = f"holds: the monitoring of {REGION} is away since "
    supervisor = Supervisor(bakery.folder)
    with bakery.load() as load:
        assert bakery.groundplan("release", "--version", "unwatched", "--detach").code == 0
        within(90, "a fifth is served", lambda: watches(bakery, 20))
        os.kill(bakery.parts()[PROMETHEUS]["pid"], signal.SIGKILL)
        supervisor.stop(PROMETHEUS)  # nobody starts it again
        within(60, "it is told", lambda: any(holds in why for _, why in bakery.lines()))
        assert f"{holds}" in bakery.groundplan("rollout", "why").out
        time.sleep(LONG_SECONDS + 5)  # what the step lasts
        assert bakery.lines()[-1][1].startswith(holds)
        assert not watches(bakery, 50)
        supervisor.start(PROMETHEUS)
        within(90, "half is served", lambda: watches(bakery, 50))
    assert not load.failed, load.failed[:3]
    assert decided_alike(bakery)  # as far as it got


def test_a_gateway_that_dies_holds_it(bakery: Tills) -> None:
    """Nothing is seen, so nothing goes on; when it is back the rollout goes on from there."""
    assert bakery.groundplan("release", "--version", "gateway", "--detach").code == 0
    within(90, "a fifth is served", lambda: watches(bakery, 20))
    supervisor = Supervisor(bakery.folder)
    supervisor.stop(GATEWAY)
    away = f"the gateway of {REGION} does not tell its counts"
    within(60, "it is noticed", lambda: any(away in because for _, because in bakery.lines()))
    assert not watches(bakery, 50)
    supervisor.start(GATEWAY)
    within(60, "the gateway serves", lambda: bool(bakery.versions()))
    with bakery.load() as load:
        told = bakery.groundplan("rollout", "follow")
    assert told.code == 0, told.out
    assert not load.failed, load.failed[:3]
    assert bakery.versions() == {"gateway"}


def test_weights_that_somebody_edits_are_seen_and_written_over(bakery: Tills) -> None:
    with bakery.load() as load:
        assert bakery.groundplan("release", "--version", "edited", "--detach").code == 0
        within(90, "a fifth is served", lambda: watches(bakery, 20))
        routes = bakery.folder / "parts" / GATEWAY / "live" / "routes.yaml"
        text = routes.read_text()
        edited, count = re.subn(r"(\"?weight\"?: )20\b", r"\g<1>100", text)
        edited = re.sub(r"(\"?weight\"?: )80\b", r"\g<1>0", edited)
        assert count > 0, text
        half = routes.with_suffix(".half")
        half.write_text(edited)
        half.replace(routes)  # as Envoy wants it
        noticed = f"{REGION} serves 100 % instead of 20 %"
        within(30, "it is noticed", lambda: any(noticed in why for _, why in bakery.lines()))
        within(30, "stable serves, too", lambda: bakery.versions() > {"edited"})
        told = bakery.groundplan("rollout", "follow")
        assert told.code == 0, told.out
    assert not load.failed, load.failed[:3]


def test_the_agent_may_be_killed_at_every_step(bakery: Tills) -> None:
    """kill -9 whenever the rollout has told of something new; the next agent goes on."""
    kills, known = 0, 0
    deadline = time.monotonic() + 300
    with bakery.load() as load:
        assert bakery.groundplan("release", "--version", "undying", "--detach").code == 0
        while time.monotonic() < deadline:
            lines = bakery.lines()
            if lines and lines[-1][0] in ("done", "returned"):
                break
            if len(lines) > known:
                known = len(lines)
                os.kill(bakery.parts()["global/agent"]["pid"], signal.SIGKILL)
                kills += 1
                within(60, "the agent is back", lambda: bool(bakery.lines()))
            time.sleep(0.1)
        told = bakery.groundplan("rollout", "follow")
        assert told.code == 0, told.out
    assert bakery.versions() == {"undying"}
    assert decided_alike(bakery)  # all lives of it have left one record
    assert kills >= 6
    assert not load.failed, load.failed[:3]
    phases = [phase for phase, _ in bakery.lines()]
    assert "returning" not in phases
