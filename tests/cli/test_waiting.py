"""A verb waits for what the agent does by itself, says for what, and for nobody else."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundplan.agent.door import asking
from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.session import Session
from groundplan.cli.following.waiting import in_turn, performed_in_turn
from groundplan.cli.terminal.screen import Screen
from groundplan.errors import TargetError
from groundplan.ports.journal import APPROVE, State
from groundplan.targets.local.folder import Folder, Holder
from tests.agent.door import Door, open_door, within


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with open_door(tmp_path) as door:
        yield door


def held(door: Door, who: str) -> str:
    """Something holds the platform until it is approved."""
    id_ = asking.start(door.folder, "ask", {}, who=who, why="it burns")
    within(lambda: door.find(id_).state is State.WAITING)
    return id_


def test_an_operation_of_the_agent_is_waited_for(
    door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    first, looked = held(door, "agent"), list[bool]()
    timer = threading.Timer(0.3, door.tell, (first, APPROVE))
    timer.start()
    done = performed_in_turn(
        Session(screen=Screen(yes=True)),
        door.folder,
        "prove",
        {},
        look_again=lambda: looked.append(True),
    )
    timer.join()
    assert done.operation.state is State.DONE
    assert looked == [True]
    assert f"for {first}, which the agent does: it burns" in capsys.readouterr().err


def test_an_operation_of_a_person_is_told_at_once(door: Door) -> None:
    first = held(door, "ada")
    with pytest.raises(TargetError, match=first):
        performed_in_turn(Session(), door.folder, "prove", {})
    door.tell(first, APPROVE)
    door.ended(first)


def test_the_wait_has_a_bound(door: Door) -> None:
    first = held(door, "agent")
    with pytest.raises(TargetError, match=first):
        performed_in_turn(Session(), door.folder, "prove", {}, seconds=0.1)
    door.tell(first, APPROVE)
    door.ended(first)


def test_what_makes_no_sense_any_more_is_not_begun(door: Door) -> None:
    first = held(door, "agent")
    threading.Timer(0.1, door.tell, (first, APPROVE)).start()

    def moved() -> None:
        raise Mistake("the primary is there already", try_="")

    with pytest.raises(Mistake):
        performed_in_turn(Session(), door.folder, "prove", {}, look_again=moved)
    assert [each.kind for each in asking.newest(door.folder)] == ["ask"]


def test_whoever_takes_the_lock_waits_for_the_agent_too(door: Door) -> None:
    first = held(door, "agent")
    timer = threading.Timer(0.3, door.tell, (first, APPROVE))
    timer.start()

    def locked() -> str:
        with Folder(door.folder).locked("down"):
            return "stopped"

    assert in_turn(Session(screen=Screen(yes=True)), door.folder, locked) == "stopped"
    timer.join()


def test_a_lock_of_an_agent_that_answers_nobody_is_told_at_once(tmp_path: Path) -> None:
    def locked() -> None:
        with Folder(tmp_path).locked("down"):
            raise AssertionError

    with (
        Folder(tmp_path).locked(Holder(doing="operation mend-1", who="agent")),
        pytest.raises(TargetError, match="operation mend-1 of agent"),
    ):
        in_turn(Session(), tmp_path, locked)
