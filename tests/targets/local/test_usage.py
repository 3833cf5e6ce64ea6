"""What processes use, as shares of what they may."""

import os
import time

import pytest
from data_plane import EAST, shop

from groundplan.targets.local.delivery.usage import Limits, Scales

PART = shop(f"{EAST}/shop-1", "127.60.10.1")
OTHER = shop(f"{EAST}/shop-canary-1", "127.60.10.101")


def test_memory_is_a_share_of_its_limit() -> None:
    scales = Scales(Limits(bytes=1 << 40))
    used = scales.usage([], [PART], {PART.name: os.getpid()})
    assert 0 < used.stable["memory_usage"] < 0.01
    assert used.canary == {}
    assert (used.canary_replicas, used.stable_replicas) == (0, 1)


def test_processor_time_is_what_was_used_between_two_looks() -> None:
    clock = iter((100.0, 100.5, 102.0))
    scales = Scales(Limits(cores=4.0), clock=lambda: next(clock))
    pids = {PART.name: os.getpid()}

    def look() -> float | None:
        return scales.usage([], [PART], pids).stable.get("cpu_usage")

    before = time.process_time()
    assert look() is None, "there is nothing to compare it with"
    assert look() is None, "half a second tells nothing"
    while time.process_time() < before + 0.1:
        sum(range(10_000))
    used, measured = time.process_time() - before, look()
    assert measured is not None
    ticks = 0.05  # what the system counts in, and the look itself
    assert used - ticks <= measured * 4.0 * 2.0 <= used + ticks


@pytest.mark.parametrize("pids", [{}, {OTHER.name: 2**22 + 1}])
def test_a_process_that_is_gone_uses_nothing_that_is_known(pids: dict[str, int]) -> None:
    used = Scales(Limits(cores=1.0, bytes=1000)).usage([OTHER], [], pids)
    assert used.canary == {}
