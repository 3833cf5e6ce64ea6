"""The same release on the twin and on this machine: the same sequence of decisions."""

import time
from collections.abc import Iterator

import pytest
from stories.tills import QUICK, REGION, Tills, tills

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

MENU = 'self._answer(HTTPStatus.OK, {"cents": MENU})'
FIFTH_FAILS = "self._answer(HTTPStatus(500 if time.time_ns() // 1000 % 5 == 0 else 200), {})"
SERVES = "the gateways serve "
Decisions = list[tuple[str, str]]  # phase, and the share that is served from there on


@pytest.fixture(scope="module")
def bakery() -> Iterator[Tills]:
    with tills(QUICK, port=18103, network="127.60.0.0") as platform:
        yield platform


def decisions(story: list[tuple[str, str]]) -> Decisions:
    """Each transition; lines that only say how a phase goes on are left out."""
    found: Decisions = []
    for phase, because in story:
        share = because.removeprefix(SERVES) if because.startswith(SERVES) else ""
        if not found or found[-1][0] != phase:
            found.append((phase, share))
    return found


def simulated(platform: Tills, *, rate: float, errors: str) -> Decisions:
    words = ("rehearse", "--rate", f"{rate:.1f}", "--errors", errors)
    return decisions([(line["phase"], line["because"]) for line in platform.json(*words)["story"]])


@pytest.mark.parametrize(("errors", "end"), [("0%", "done"), ("20%", "returned")])
def test_simulated_and_live_decide_alike(bakery: Tills, errors: str, end: str) -> None:
    folder = "." if end == "done" else bakery.variant("sour", MENU, FIFTH_FAILS)
    with bakery.load() as load:
        began = time.monotonic()
        bakery.groundplan("release", "--directory", folder, "--version", end)
        rate = load.sent / (time.monotonic() - began)
    lines = bakery.lines()
    live = decisions(lines[1:])  # the first one tells what is going to be done
    assert live[-1][0] == end
    assert live == simulated(bakery, rate=rate, errors=errors)
    anew = bakery.json("rollout", "replay")  # from what it saw, look by look
    assert anew["is_same"], anew["difference"]
    assert anew["looks"] > 5
    shares = [share for _, share in live if share]
    assert shares[0] == f"20 % in {REGION}"
    assert len(shares) == (3 if end == "done" else 1)
    print(f"\n{rate:.0f} requests/s: {' > '.join(phase for phase, _ in live)}")
    print(f"decided anew: {anew['decisions']} decisions in {anew['looks']} looks, all the same")
