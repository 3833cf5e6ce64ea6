"""How far behind a replica is, and when that cannot be told."""

import pytest

from groundplan.agent.sampling.lag import STEPS_MAX, lag, replication_lag, walked
from groundplan.agent.sampling.seen import Away, Seen, Server, Step, Trail
from groundplan.promise.promise import Verdict
from tests.agent.samples import LAG, NOW

BROKEN, UNKNOWN, KEPT = Verdict.BROKEN, Verdict.UNKNOWN, Verdict.KEPT


def primary(position: int, name: str = "north/postgres-1") -> Server:
    return Server(name=name, is_primary=True, position=position)


def replica(position: int, applied: float | None = None, name: str = "south/postgres-1") -> Server:
    return Server(name=name, is_primary=False, position=position, applied_seconds_ago=applied)


def trail(*steps: tuple[float, int]) -> Trail:
    found = tuple(Step(at=NOW + at, position=position) for at, position in steps)
    return Trail(primary="north/postgres-1", steps=found)


def look(*servers: Server | Away, trail: Trail) -> Seen:
    return Seen(at=NOW, servers=servers, trail=trail)


def test_a_replica_that_has_all_is_not_behind_however_long_nobody_wrote() -> None:
    idle = trail((-7200, 50), (0, 100))
    assert lag(replica(100, applied=7200), idle, at=NOW) == 0


def test_a_replica_that_is_cut_off_falls_behind_as_time_goes_by() -> None:
    moving = trail((-600, 50), (-300, 80), (0, 100))
    assert lag(replica(60), moving, at=NOW) == 600
    assert lag(replica(80), moving, at=NOW) == 300


def test_the_first_write_after_an_idle_hour_is_not_an_hour_of_lag() -> None:
    woken = trail((-5, 100), (0, 101))
    assert lag(replica(100, applied=3600), woken, at=NOW) == 5


def test_a_busy_replica_is_as_late_as_its_newest_transaction() -> None:
    busy = trail((-5, 100), (0, 900))
    assert lag(replica(899, applied=0.02), busy, at=NOW) == 0.02


def test_without_memory_of_the_primary_the_replica_is_believed() -> None:
    fresh = trail((0, 100))
    assert lag(replica(60, applied=4000), fresh, at=NOW) == 4000
    assert lag(replica(60), fresh, at=NOW) is None


def test_the_worst_replica_counts() -> None:
    steps = trail((-600, 50), (0, 100))
    near, far = replica(100, name="north/postgres-2"), replica(50)
    evidence = replication_lag(LAG, look(primary(100), near, far, trail=steps))
    assert (evidence.verdict, evidence.value, evidence.samples) == (KEPT, 600, 2)
    assert evidence.because == "south/postgres-1 is the furthest behind of 2"


def test_too_far_behind_breaks_the_promise() -> None:
    steps = trail((-3700, 50), (0, 100))
    assert replication_lag(LAG, look(primary(100), replica(60), trail=steps)).verdict is BROKEN


@pytest.mark.parametrize(
    ("servers", "says"),
    [
        ((), "no server says that it is the primary"),
        ((primary(100),), "there is no replica"),
        ((replica(100),), "no server says that it is the primary"),
        ((Away(name="a", why="refused"), replica(100)), "a does not answer: refused"),
        ((primary(100), Away(name="b", why="refused")), "b does not answer: refused"),
        (
            (primary(100), primary(90, name="south/postgres-1"), replica(90)),
            "north/postgres-1 and south/postgres-1 both say that they are the primary",
        ),
    ],
)
def test_what_cannot_be_told_is_unknown(servers: tuple[Server | Away, ...], says: str) -> None:
    evidence = replication_lag(LAG, look(*servers, trail=trail((0, 100))))
    assert (evidence.verdict, evidence.value, evidence.because) == (UNKNOWN, None, says)


def test_one_that_is_away_makes_it_unknown_but_never_hides_one_that_is_late() -> None:
    gone = Away(name="west/postgres-1", why="refused")
    fine = look(primary(100), replica(100), gone, trail=trail((0, 100)))
    late = look(primary(100), replica(50), gone, trail=trail((-9000, 50), (0, 100)))
    evidence = replication_lag(LAG, fine)
    assert (evidence.verdict, evidence.value) == (UNKNOWN, 0)
    assert evidence.because == "west/postgres-1 does not answer: refused"
    assert replication_lag(LAG, late).verdict is BROKEN


def test_a_replica_of_unknown_lag_is_not_called_kept() -> None:
    found = look(primary(100), replica(100, name="n"), replica(60), trail=trail((0, 100)))
    evidence = replication_lag(LAG, found)
    assert evidence.verdict is UNKNOWN
    assert evidence.because.startswith("south/postgres-1: it is behind")


def test_a_trail_remembers_the_last_time_at_each_position() -> None:
    path = Trail()
    for at, position in [(0, 10), (5, 10), (10, 20), (15, 20), (20, 30)]:
        path = walked(path, (primary(position),), at=float(at))
    assert [(step.at, step.position) for step in path.steps] == [(5, 10), (15, 20), (20, 30)]


def test_a_trail_begins_anew_with_another_primary_or_an_older_one() -> None:
    path = walked(Trail(), (primary(10),), at=0)
    assert walked(path, (replica(10),), at=5) == path
    assert walked(path, (primary(10), primary(9, name="x")), at=5) == path
    other = walked(path, (primary(12, name="south/postgres-1"),), at=5)
    assert [step.position for step in other.steps] == [12]
    restored = walked(path, (primary(4),), at=5)
    assert [step.position for step in restored.steps] == [4]


def test_a_trail_has_an_end() -> None:
    path = Trail()
    for at in range(STEPS_MAX + 50):
        path = walked(path, (primary(at),), at=float(at))
    assert len(path.steps) == STEPS_MAX
    assert path.steps[-1].position == STEPS_MAX + 49
