"""Releases that fail, are slow, do not start or leak: each is taken back, and costs little."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from stories.tills import QUICK, REGION, Tills, tills

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

LIMITED = (
    QUICK.replace("interval: 5s", "interval: 90s") + '    - memory_usage: "< 85%"\n'
)  # a leak is told from a warm start by most of a minute's looks
MENU = 'self._answer(HTTPStatus.OK, {"cents": MENU})'


@dataclass(frozen=True)
class Bad:
    name: str
    old: str
    new: str
    because: str


BAD = (
    Bad(
        "errors",
        MENU,
        "self._answer(HTTPStatus(500 if time.time_ns() // 1000 % 5 == 0 else 200), {})",
        "requests failed",
    ),
    Bad("slow", MENU, f"time.sleep(0.8), {MENU}", "slower than 0.5 s"),
    Bad(
        "crashes",
        "def main() -> None:",
        "def main() -> None:\n    raise SystemExit(3)",
        "could not",
    ),
    Bad(
        "leaks",
        MENU,
        f"globals().setdefault('LEAK', []).append(b'x' * 600_000), {MENU}",
        "memory_usage",
    ),
)


@pytest.fixture(scope="module")
def bakery() -> Iterator[Tills]:
    """Each till may use 128 MiB; the judge knows that."""
    with tills(LIMITED, port=18102, network="127.58.0.0") as platform:
        platform.edit(
            "    drain: 2s\n", "    drain: 2s\n    resources: {limits: {memory: 128Mi}}\n"
        )
        yield platform


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_it_is_taken_back_and_costs_little(bakery: Tills, bad: Bad) -> None:
    folder = bakery.variant(bad.name, bad.old, bad.new)
    with bakery.load() as load:
        began = time.monotonic()
        told = bakery.groundplan("release", "--directory", folder, "--version", bad.name)
        seconds = time.monotonic() - began
        assert told.code == 4, told.out + told.err
        assert bakery.versions() == {"1"}
    assert bad.because in told.out, told.out
    assert f"{REGION}/till-canary-1" not in bakery.parts()
    share = len(load.failed) / load.sent
    print(f"\n{bad.name}: {seconds:.0f} s, {len(load.failed)} of {load.sent} requests failed")
    assert share < 0.1
