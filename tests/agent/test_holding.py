"""A rollout lends the platform to a failover, except while it builds."""

import threading
from pathlib import Path

import pytest

from groundplan.agent.performing.holding import Holding
from groundplan.agent.performing.operation import Operation
from groundplan.errors import TargetError
from groundplan.targets.local.folder import Folder

LENDS = frozenset({"failover"})


def operation(kind: str, number: int = 1) -> Operation:
    return Operation(id=f"{kind}-{number}", kind=kind, who="ada", why="", began=1.0)


ROLLOUT, GUEST = operation("release"), operation("failover")


@pytest.fixture
def holding(tmp_path: Path) -> Holding:
    holding = Holding(tmp_path)
    holding.take(ROLLOUT, LENDS)
    return holding


def is_locked(folder: Path) -> bool:
    try:
        with Folder(folder).locked("up"):
            return False
    except TargetError:
        return True


def test_a_guest_comes_in_and_its_host_learns_of_it(holding: Holding) -> None:
    holding.take(GUEST)
    holding.take(GUEST)  # as the performer does it: at the start, and in each life
    assert holding.guests() == (GUEST,)
    holding.let_go(GUEST.id)
    assert holding.guests() == (GUEST,)  # it has been in since
    assert holding.guests() == ()


@pytest.mark.parametrize("other", [operation("restore"), operation("release", 2)])
def test_nobody_else_comes_in(holding: Holding, other: Operation) -> None:
    with pytest.raises(TargetError, match="operation release-1 of ada"):
        holding.take(other)


def test_a_second_guest_waits_for_the_first(holding: Holding) -> None:
    holding.take(GUEST)
    with pytest.raises(TargetError, match="release-1"):
        holding.take(operation("failover", 2))


def test_nobody_comes_in_while_the_host_builds(holding: Holding) -> None:
    with holding.alone(), pytest.raises(TargetError, match="release-1"):
        holding.take(GUEST)
    holding.take(GUEST)


def test_the_host_builds_when_its_guest_has_left(holding: Holding) -> None:
    holding.take(GUEST)
    built = threading.Event()

    def build() -> None:
        with holding.alone():
            built.set()

    thread = threading.Thread(target=build)
    thread.start()
    assert not built.wait(0.05)
    holding.let_go(GUEST.id)
    assert built.wait(10)
    thread.join(10)


def test_a_guest_keeps_the_platform_when_its_host_ends(holding: Holding, tmp_path: Path) -> None:
    holding.take(GUEST)
    holding.let_go(ROLLOUT.id)
    assert is_locked(tmp_path)
    holding.let_go(GUEST.id)
    assert not is_locked(tmp_path)


def test_who_does_not_lend_has_no_guests(tmp_path: Path) -> None:
    holding = Holding(tmp_path)
    holding.take(operation("restore"))
    with pytest.raises(TargetError, match="restore-1"):
        holding.take(GUEST)
