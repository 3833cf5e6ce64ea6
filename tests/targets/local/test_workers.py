"""Workers: what their counters say, and how many of them are a share."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from data_plane import EAST, WEST, data_plane

from groundplan.design.design import Design
from groundplan.design.parts import Service
from groundplan.design.release import CANARY, Counters, Release, release_of, standing
from groundplan.design.scale import scaled
from groundplan.errors import TargetError
from groundplan.targets.local.delivery.releases import LocalReleases
from groundplan.targets.local.delivery.workers import LocalWorkers, value

COUNTERS = Counters(ended="all", failed="bad")
PAGE = """\
# HELP jobs_total Jobs that ended.
# TYPE jobs_total counter
jobs_total{outcome="ok",queue="a"} 90
jobs_total{outcome="failed",queue="a"} 7 1712345678000
jobs_total{outcome="failed",queue="b,}"} 3
jobs_total_created 1.7e9
plain_total 1e3
"""


@pytest.mark.parametrize(
    ("counter", "expected"),
    [
        ("jobs_total", 100),
        ('jobs_total{outcome="failed"}', 10),
        ('jobs_total{outcome="failed", queue="a"}', 7),
        ("plain_total", 1000),
        ("not_yet_total", 0),
    ],
)
def test_a_counter_is_the_sum_of_its_samples(counter: str, expected: int) -> None:
    assert value(PAGE, counter) == expected


@pytest.fixture
def stable() -> Design:
    design = data_plane("127.63", canary_percent=0)
    parts = tuple(
        part for part in design.parts if not (isinstance(part, Service) and part.subset == CANARY)
    )
    return replace(design, parts=parts)


@pytest.fixture
def release(stable: Design) -> Release:
    parts = tuple(
        replace(part, version="3") if isinstance(part, Service) else part for part in stable.parts
    )
    return replace(release_of(replace(stable, parts=parts), "shop"), counters=COUNTERS)


def new(design: Design) -> list[str]:
    return [p.name for p in design.parts if isinstance(p, Service) and p.subset == CANARY]


def test_exactly_so_many_stand_beside(stable: Design, release: Release) -> None:
    one = standing(stable, release, {EAST: 1})
    assert new(one) == [f"{EAST}/shop-canary-1"]
    both = standing(one, release, {EAST: 2})
    assert new(both) == [f"{EAST}/shop-canary-1", f"{EAST}/shop-canary-2"]
    assert new(standing(both, release, {WEST: 1})) == [*new(both), f"{WEST}/shop-canary-1"]
    assert new(standing(both, release, {EAST: 0})) == []


class Counting(LocalWorkers):
    """Replicas that say what they are told to."""

    def tell(self, said: dict[str, Any]) -> None:
        self._said = said

    def _asked(self, part: Service) -> tuple[int, int] | None:
        found = self._said.get(part.name)
        return found if found is None else (found[0], found[1])


@pytest.fixture
def workers(tmp_path: Path, stable: Design, release: Release) -> Counting:
    running = standing(stable, release, {EAST: 1})

    class Inner(LocalReleases):
        def __post_init__(self) -> None:
            super().__post_init__()
            self.running, self.built, self.refuses = running, list[list[str]](), False

        def design(self) -> Design:
            return self.running

        def build(self, design: Design) -> None:
            if self.refuses:
                raise TargetError(part="shop", doing="starting", why="it ends", try_="mend it")
            self.running = design
            self.built.append(new(design))

        def _is_ready(self, part: Service) -> bool:
            return True

        def _old_runs(self, design: Design) -> bool:
            return True

    inner = Inner(folder=tmp_path, source=tmp_path, release=release, slow=(None,))
    return Counting(inner=inner, counters=COUNTERS)


def part(workers: Counting, name: str) -> Service:
    found = workers.inner.running.part(name)
    assert isinstance(found, Service)
    return found


def looked(workers: Counting) -> Any:
    look = workers.see().looks[EAST]
    return look and (look.canary.requests, look.canary.bad[0], look.stable.requests)


def test_what_grew_since_the_last_look_is_counted(workers: Counting) -> None:
    first, second, fresh = f"{EAST}/shop-1", f"{EAST}/shop-2", f"{EAST}/shop-canary-1"
    workers.tell({first: (1000, 5), second: (500, 1), fresh: (3, 1)})
    assert looked(workers) == (0, 0, 0)  # it stood already: an agent was killed in between
    workers.tell({first: (1010, 5), fresh: (13, 2)})
    assert looked(workers) == (10, 1, 10)
    workers.tell({first: (4, 0), second: (530, 1), fresh: (13, 2)})  # one began anew
    assert looked(workers) == (0, 0, 34)
    workers.tell({first: (9, 0)})
    assert looked(workers) is None, "nobody of the new version answers"


def test_all_that_a_replica_counts_since_it_was_started_is_evidence(workers: Counting) -> None:
    second = f"{EAST}/shop-canary-2"
    workers.serve({EAST: 100, WEST: 0}, until=0)
    assert workers.inner.built == [[f"{EAST}/shop-canary-1", second]]
    assert workers.inner.leases.ended(part(workers, second), time.time()) is None, "from its start"
    workers.tell({second: (7, 2), f"{EAST}/shop-1": (50, 0), f"{EAST}/shop-canary-1": (90, 9)})
    assert looked(workers) == (7, 2, 0)


def test_a_replica_that_does_not_come_up_is_not_served(workers: Counting) -> None:
    workers.inner.refuses = True
    workers.serve({EAST: 100, WEST: 0}, until=0)
    workers.tell({})
    assert workers.see().serving[EAST] is None


def test_a_share_is_a_number_of_replicas(workers: Counting) -> None:
    workers.tell({})
    assert workers.see().serving == {EAST: None, WEST: 0}
    workers._weights = {EAST: 50, WEST: 0}
    assert workers.see().serving == {EAST: 50, WEST: 0}
    workers._weights = {EAST: 100, WEST: 0}
    assert workers.see().serving == {EAST: None, WEST: 0}


def test_who_works_by_a_lease_that_ended_gives_its_share_back(workers: Counting) -> None:
    """The agent was away: it is not seen, which is neither a failure nor a weight."""
    first, now = f"{EAST}/shop-canary-1", 1000.0
    workers.clock = lambda: now
    workers.tell({first: (5, 0)})
    workers.serve({EAST: 50, WEST: 0}, until=now + 30)
    sight = workers.see()
    assert (sight.serving[EAST], sight.ready[EAST]) == (50, 1)
    now += 31
    workers.tell({})
    sight = workers.see()
    assert (sight.serving[EAST], sight.ready[EAST], sight.looks[EAST]) == (0, None, None)
    workers.serve({EAST: 50, WEST: 0}, until=now + 30)
    sight = workers.see()
    assert (sight.serving[EAST], sight.ready[EAST]) == (50, None), "it starts again"
    now += 20
    workers.serve({EAST: 50, WEST: 0}, until=now + 30)
    now += 11
    assert workers.see().ready[EAST] == 1


def test_a_share_is_one_of_the_scale_that_there_is(workers: Counting) -> None:
    workers.inner.running = scaled(workers.inner.running, {f"{EAST}/shop": 5})
    workers.tell({})
    workers.serve({EAST: 60, WEST: 0}, until=0)
    assert len(new(workers.inner.running)) == 3
    workers.serve({EAST: 100, WEST: 0}, until=0)
    assert len(new(workers.inner.running)) == 5
    workers.inner.running = scaled(workers.inner.running, {f"{EAST}/shop": 3})
    workers.serve({EAST: 100, WEST: 0}, until=0)
    assert len(new(workers.inner.running)) == 3
