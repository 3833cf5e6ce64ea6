"""A service follows its load in the middle of a rollout, and both versions do."""

import os
import signal
from collections.abc import Iterator

import pytest
from stories.harness import within
from stories.tills import QUICK, REGION, Tills, tills

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

PLACE = f"{REGION}/till"
# A till has more memory than that whatever it does, so that it wants twice as many at once.
TILL = "    resources: {requests: {memory: 4Mi}}\n"
SCALED = """\
  max_replicas: 3

autoscaling:
  horizontal_pod_autoscaler: {min_replicas: 1, max_replicas: 9, target_memory_utilization: 80}
"""


@pytest.fixture
def bakery() -> Iterator[Tills]:
    more = SCALED + QUICK  # the first line belongs to `local`, with which the file ends
    with tills(more, port=18102, network="127.57.0.0", till=TILL) as platform:
        yield platform


def replicas(platform: Tills) -> list[str]:
    """Those that serve, of both versions."""
    serving = (name for name, part in platform.parts().items() if part["healthy"])
    return sorted(name for name in serving if "/till-" in name)


def test_a_service_that_needs_more_gets_them_of_both_versions(bakery: Tills) -> None:
    """By the agent alone, while a rollout is held; what dies meanwhile goes on. The end has as
    many."""
    with bakery.load() as load:
        assert bakery.groundplan("release", "--version", "2", "--detach").code == 0
        served = f"the gateways serve 20 % in {REGION}"
        within(90, "a fifth is served", lambda: ("watching", served) in bakery.lines())
        assert bakery.groundplan("rollout", "pause").code == 0
        os.kill(bakery.parts()["global/agent"]["pid"], signal.SIGKILL)
        both = [f"{PLACE}-{name}" for name in ("1", "2", "3", "canary-1", "canary-2", "canary-3")]
        within(120, "three of each version", lambda: replicas(bakery) == both, every=1)
        assert bakery.groundplan("rollout", "resume").code == 0
        told = bakery.groundplan("rollout", "follow")
        assert told.code == 0, told.out
    assert not load.failed, load.failed[:3]
    assert bakery.versions() == {"2"}
    assert replicas(bakery) == both[:3]
    assert f"{PLACE}: 3, of 1 to 3 as its load asks for" in bakery.groundplan("status").out
    scales = [each for each in bakery.json("operations")["operations"] if each["kind"] == "scale"]
    assert {each["state"] for each in scales} == {"done"}
    assert "of memory" in scales[-1]["why"]
    assert bakery.groundplan("plan").out.count(PLACE) == 0, "the next `up` keeps them"
