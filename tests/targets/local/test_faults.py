"""A drill's faults on real processes: who is killed is dead at once, and stays so."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from data_tier import data_tier, machine_in
from supervised import sleeper, supervising

from groundplan.errors import TargetError
from groundplan.targets.local.processes.supervisor import Supervisor, wait_until
from groundplan.targets.local.recovery.faults import LocalFaults

pytestmark = pytest.mark.timeout(180)
NAMES = tuple(f"us-east-1/part-{number}" for number in range(12))
IN_ORDER = "trap 'touch ended-in-order; exit 0' TERM\nwhile :; do sleep 0.1; done\n"


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with supervising(tmp_path) as supervisor:
        yield supervisor


def running(supervisor: Supervisor) -> dict[str, int]:
    return {name: row.pid for name, row in supervisor.programs().items() if row.pid}


def test_a_lost_region_is_started_by_nobody_until_it_is_mended(supervisor: Supervisor) -> None:
    supervisor.describe([sleeper(supervisor.folder, name, then=IN_ORDER) for name in NAMES])
    for name in NAMES:
        supervisor.start(name)
    assert wait_until(
        lambda: all(row.state == "running" for row in supervisor.programs().values()), seconds=20
    )
    faults = LocalFaults(machine_in(supervisor.folder, data_tier("127.58")), supervisor)
    faults.kill(NAMES)
    with pytest.raises(TargetError, match="a drill keeps it down"):
        supervisor.start(NAMES[0])
    assert not wait_until(lambda: bool(running(supervisor)), seconds=1.5)
    assert not list(supervisor.folder.rglob("ended-in-order")), "it was lost, not stopped"
    for _ in range(2):
        faults.mend()
    assert wait_until(lambda: len(running(supervisor)) == len(NAMES), seconds=20)
