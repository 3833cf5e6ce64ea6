"""A real supervisord keeps real processes alive."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from supervised import sleeper, supervising

from groundplan.errors import TargetError
from groundplan.targets.local.processes.supervisor import Supervisor, wait_until
from groundplan.targets.local.processes.supervisord import Program

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with supervising(tmp_path) as supervisor:
        yield supervisor


def pid_of(supervisor: Supervisor, name: str) -> int | None:
    row = supervisor.programs().get(name)
    return row.pid if row else None


def test_a_killed_program_comes_back(supervisor: Supervisor) -> None:
    supervisor.describe([sleeper(supervisor.folder, "us-east-1/redis-1")])
    supervisor.start("us-east-1/redis-1")
    first = pid_of(supervisor, "us-east-1/redis-1")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    while pid_of(supervisor, "us-east-1/redis-1") in (None, first):
        assert supervisor.keeps("us-east-1/redis-1"), "whoever asks meanwhile may wait for it"
    supervisor.stop("us-east-1/redis-1")
    assert not supervisor.keeps("us-east-1/redis-1")
    assert not supervisor.keeps("us-east-1/redis-2")


def test_what_dies_while_it_is_stopped_stays_down(supervisor: Supervisor) -> None:
    names = [f"us-east-1/part-{number}" for number in range(12)]
    supervisor.describe([sleeper(supervisor.folder, name) for name in names])
    for name in names:
        supervisor.start(name)

    def running() -> dict[str, int]:
        return {name: row.pid for name, row in supervisor.programs().items() if row.pid}

    assert wait_until(
        lambda: all(row.state == "running" for row in supervisor.programs().values()), seconds=20
    )
    for pid in running().values():
        os.kill(pid, signal.SIGKILL)
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(lambda name: supervisor.stop(name, wait=False), names))
    assert wait_until(lambda: not running(), seconds=10)
    assert not wait_until(lambda: bool(running()), seconds=1.5)


def test_describing_the_same_program_again_leaves_it_alone(supervisor: Supervisor) -> None:
    program = sleeper(supervisor.folder, "a/one")
    supervisor.describe([program])
    supervisor.start("a/one")
    first = pid_of(supervisor, "a/one")
    supervisor.describe([program])
    supervisor.start("a/one")
    assert pid_of(supervisor, "a/one") == first is not None


def test_a_changed_description_stops_the_old_program(supervisor: Supervisor) -> None:
    supervisor.describe([sleeper(supervisor.folder, "a/one")])
    supervisor.start("a/one")
    old = pid_of(supervisor, "a/one")
    assert old is not None
    changed = sleeper(supervisor.folder, "a/one")
    supervisor.describe([Program(**{**_fields(changed), "stop_seconds": 7})])
    assert pid_of(supervisor, "a/one") is None
    assert not psutil.pid_exists(old) or psutil.Process(old).status() == psutil.STATUS_ZOMBIE


def test_stopping_and_removing_twice_is_harmless(supervisor: Supervisor) -> None:
    supervisor.describe([sleeper(supervisor.folder, "a/one")])
    supervisor.start("a/one")
    for _ in range(2):
        supervisor.stop("a/one")
        supervisor.remove("a/one")
    assert supervisor.programs() == {}
    assert not list(supervisor.folder.glob("supervisor/parts.d/*"))


def test_output_is_kept_by_part(supervisor: Supervisor) -> None:
    program = sleeper(supervisor.folder, "a/one")
    supervisor.describe([program])
    supervisor.start("a/one")
    assert wait_until(lambda: "hello from a/one" in program.log.read_text(), seconds=20)


def test_no_part_outlives_a_killed_supervisor(supervisor: Supervisor) -> None:
    program = sleeper(supervisor.folder, "a/one", then="exec setpriv --pdeathsig TERM -- sleep 300")
    supervisor.describe([program])
    supervisor.start("a/one")
    part, daemon = pid_of(supervisor, "a/one"), supervisor.pid()
    assert part is not None
    assert daemon is not None
    assert wait_until(lambda: psutil.Process(part).name() == "sleep", seconds=20)
    os.kill(daemon, signal.SIGKILL)
    assert wait_until(lambda: _is_gone(part), seconds=20)
    assert supervisor.ensure_up()
    assert supervisor.programs()["a/one"].state == "stopped"


def test_a_path_too_long_for_a_socket_is_said_before_anything_starts(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / ("x" * 100))
    with pytest.raises(TargetError, match="GROUNDPLAN_HOME"):
        supervisor.ensure_up()


def test_what_is_held_is_started_by_nobody_until_it_is_let_go(supervisor: Supervisor) -> None:
    supervisor.describe([sleeper(supervisor.folder, "a/one")])
    supervisor.hold("a/one")
    with pytest.raises(TargetError, match="a drill keeps it down"):
        supervisor.start("a/one")
    assert pid_of(supervisor, "a/one") is None
    for _ in range(2):
        supervisor.let_go("a/one")
    supervisor.start("a/one")
    assert pid_of(supervisor, "a/one") is not None
    supervisor.hold("a/one")
    supervisor.shut_down()
    supervisor.ensure_up()
    supervisor.describe([sleeper(supervisor.folder, "a/one")])
    supervisor.start("a/one")


def _is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def _fields(program: Program) -> dict[str, object]:
    return {name: getattr(program, name) for name in Program.__slots__}
