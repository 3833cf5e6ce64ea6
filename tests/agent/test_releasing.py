"""What is rolled out is kept by its content; the way back is kept, too."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from data_plane import data_plane

from groundplan.agent.catalogue.kept import Rolling, keep, kept
from groundplan.agent.catalogue.releasing import failing_over, perform, way_back
from groundplan.agent.performing.kinds import Here
from groundplan.agent.performing.operation import Operation
from groundplan.design.release import release_of, without_canary
from groundplan.errors import TargetError
from groundplan.operations.delivery.judge import Bound
from groundplan.operations.delivery.plan import Plan, Wave
from groundplan.ports.journal import Json, Outcome, Signal, State
from groundplan.spec.delivery import Freeze
from groundplan.targets.local.folder import Folder
from groundplan.twin.clock import VirtualClock
from groundplan.twin.journal import TwinJournal
from groundplan.units import WeeklyWindow

EAST, WEST = "us-east-1", "eu-west-1"
PLAN = Plan(
    service="shop",
    strategy="canary",
    weights=(5, 100),
    interval_seconds=10,
    waves=(Wave(regions=(EAST,), bake_seconds=10),),
    bounds=(Bound(name="error_rate", limit=0.01, ceiling=0.01),),
    windows=(WeeklyWindow.parse("mon:08:00-fri:16:00"),),
    freezes=(Freeze(begin="2026-12-20", end="2027-01-02"),),
)


class Nobody:
    """No other operations, and the guests that it is told."""

    def __init__(self, *guests: Operation) -> None:
        self._guests = guests

    def alone(self) -> AbstractContextManager[None]:
        return nullcontext()

    def guests(self) -> tuple[Operation, ...]:
        return self._guests

    def start(self, kind: str, arguments: Mapping[str, Json], *, why: str, key: str) -> str:
        raise AssertionError(kind)

    def outcome(self, operation: str) -> Outcome | None:
        raise AssertionError(operation)

    def told(self, *, since: float) -> tuple[tuple[float, str], ...]:
        return ()


@pytest.fixture
def rolling() -> Rolling:
    return Rolling(plan=PLAN, release=release_of(data_plane(), "shop"), source="/nowhere")


def test_a_release_is_read_as_it_was_kept(tmp_path: Path, rolling: Rolling) -> None:
    asked = keep(tmp_path, rolling)
    assert (asked.service, asked.version) == ("shop", "1.9")
    assert kept(tmp_path, asked.release) == rolling
    assert keep(tmp_path, rolling) == asked


def test_the_regions_between_which_the_primary_moves_fail_over(tmp_path: Path) -> None:
    def regions(kind: str, **arguments: Json) -> frozenset[str]:
        guest = Operation(id="x", kind=kind, arguments=arguments, who="", why="", began=1.0)
        nobody = Nobody(guest)
        design = data_plane()
        return failing_over(Here(folder=tmp_path, design=design, operations=nobody, lent=nobody))

    assert regions("replace-primary", primary=f"{EAST}/postgres-1", region=EAST) == {EAST}
    assert regions("failover", region=WEST) == {WEST}
    assert regions("confirm", primary=f"{EAST}/postgres-1") == frozenset()


def test_there_is_no_way_back_from_a_contracted_schema(tmp_path: Path) -> None:
    folder = tmp_path / "releases"
    folder.mkdir()
    (folder / "before").write_text('{"release": "abc", "gone": "2 has contracted the schema"}')
    with pytest.raises(TargetError, match="2 has contracted the schema"):
        way_back(tmp_path)


def test_a_release_that_is_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="reading release abc failed"):
        kept(tmp_path, "abc")


def test_before_the_first_release_there_is_no_way_back(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="nothing was released here yet"):
        way_back(tmp_path)


def test_a_release_that_somebody_ends_while_it_waits_changes_nothing(
    tmp_path: Path, rolling: Rolling
) -> None:
    """Frozen for the holidays, and aborted: no gateway is written, no replica is started."""
    folder = Folder(tmp_path)
    folder.create()
    stable = without_canary(data_plane(), "shop")
    folder.record(stable)
    clock = VirtualClock(now=1_797_800_000.0)  # 2026-12-20
    journal = TwinJournal(clock=clock)
    journal.record.signals.append((clock.now + 30, Signal(name="abort", who="ann")))
    here = Here(folder=tmp_path, design=stable, operations=Nobody(), lent=Nobody())
    outcome = perform(journal, here, keep(tmp_path, rolling))
    assert outcome.state is State.ABORTED
    assert "ann said abort" in outcome.summary
    assert folder.applied() == stable
