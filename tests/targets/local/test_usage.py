"""What processes use, as shares of what they may."""

import os
import time

import pytest
from data_plane import EAST, shop
from stories.harness import within

from groundplan.targets.local.usage import Limits, Scales

PART = shop(f"{EAST}/shop-1", "127.60.10.1")
OTHER = shop(f"{EAST}/shop-canary-1", "127.60.10.101")


def test_memory_is_a_share_of_its_limit() -> None:
    scales = Scales(Limits(bytes=1 << 40))
    used = scales.usage([], [PART], {PART.name: os.getpid()})
    assert 0 < used.stable["memory_usage"] < 0.01
    assert used.canary == {}
    assert (used.canary_replicas, used.stable_replicas) == (0, 1)


def test_processor_time_is_what_was_used_between_two_looks() -> None:
    scales = Scales(Limits(cores=1.0))
    pids = {PART.name: os.getpid()}
    assert "cpu_usage" not in scales.usage([], [PART], pids).stable

    def worked() -> bool:
        sum(range(200_000))
        return time.monotonic() > began + 1.1

    began = time.monotonic()
    within(10, "a second of work", worked)
    assert scales.usage([], [PART], pids).stable["cpu_usage"] > 0.02


@pytest.mark.parametrize("pids", [{}, {OTHER.name: 2**22 + 1}])
def test_a_process_that_is_gone_uses_nothing_that_is_known(pids: dict[str, int]) -> None:
    used = Scales(Limits(cores=1.0, bytes=1000)).usage([OTHER], [], pids)
    assert used.canary == {}
