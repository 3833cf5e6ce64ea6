"""Operations from their start to their end, through the door, with an engine without a database."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from groundplan.agent.door import asking
from groundplan.agent.journal import JournalFile
from groundplan.agent.performing.performer import Performer
from groundplan.agent.performing.refusals import Away
from groundplan.agent.performing.stage import Stage
from groundplan.agent.voice import Voice
from groundplan.errors import TargetError
from groundplan.ports.journal import ABORT, APPROVE, Signal, State
from groundplan.promise.ledger import Ledger
from tests.agent.door import KINDS, Door, open_door, served, within
from tests.agent.engine import FakeEngine
from tests.agent.samples import AVAILABILITY


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with open_door(tmp_path) as door:
        yield door


def test_an_operation_is_started_followed_and_approved(door: Door) -> None:
    operation = door.begin("ask", why="it burns", regions=["eu", "us"])
    within(lambda: door.find(operation).state is State.WAITING)
    first = asking.progress(door.folder, operation)
    assert (first.operation.kind, first.operation.who) == ("ask", "ada")
    assert first.operation.arguments == {"regions": ["eu", "us"]}
    assert [line.because for line in first.lines] == ["go on in eu, us?"]
    door.tell(operation, APPROVE)
    ended = door.ended(operation)
    assert (ended.state, ended.summary) == (State.DONE, "went on")
    rest = asking.progress(door.folder, operation, after=1).lines
    assert [str(line) for line in rest] == ["approved by bob (seen)"]
    assert [each.id for each in asking.newest(door.folder)] == [operation]
    with JournalFile(door.folder, read_only=True) as journal:
        told = [(each.entry.event, each.entry.who, each.entry.why) for each in journal.newest(9)]
    assert told == [
        ("began", "ada", "it burns"),
        ("signalled", "bob", "seen"),
        ("ended", "agent", ""),
    ]


def test_an_abort_ends_it_and_a_later_word_is_refused(door: Door) -> None:
    operation = door.begin("ask")
    door.tell(operation, ABORT)
    assert door.ended(operation).state is State.ABORTED
    with pytest.raises(TargetError, match="has ended already: aborted"):
        door.tell(operation, APPROVE)


def test_one_that_holds_nothing_runs_beside_another(door: Door) -> None:
    first = door.begin("ask")
    beside = door.begin("look")
    with pytest.raises(TargetError, match=f"operation {first} of ada"):
        door.begin("ask")
    for operation in (first, beside):
        door.tell(operation, APPROVE)
        assert door.ended(operation).state is State.DONE
    assert door.ended(door.begin("prove")).state is State.DONE


def test_evidence_comes_into_the_ledger(door: Door) -> None:
    assert door.ended(door.begin("prove")).summary == "proven"
    with Ledger(door.folder / "ledger.sqlite", read_only=True) as ledger:
        assert [each.how for each in ledger.history(AVAILABILITY.id)] == ["a drill"]


def test_steps_of_what_has_ended_are_dropped(door: Door) -> None:
    operation = door.begin("prove")
    door.ended(operation)
    within(lambda: operation not in door.engines[0].lives)
    door.stage.turn()
    assert door.engines[0].forgotten == {operation}


def test_what_loses_its_life_gets_another(door: Door) -> None:
    door.engines[0].refuses = True
    operation = door.begin("prove")
    within(lambda: operation not in door.engines[0].lives)
    assert door.find(operation).ended is None
    door.stage.turn()
    assert door.ended(operation).state is State.DONE


def test_what_lost_its_life_has_the_platform_before_anything_new(door: Door) -> None:
    door.engines[0].refuses = True
    operation = door.begin("prove")
    within(lambda: operation not in door.engines[0].lives)
    with pytest.raises(TargetError, match=f"{operation} of ada was begun before") as refused:
        door.begin("ask")
    assert (refused.value.part, refused.value.retry) == ("lock", True)
    assert [each.id for each in asking.newest(door.folder)] == [operation]
    door.stage.turn()
    assert door.ended(operation).state is State.DONE
    assert door.ended(door.begin("prove")).state is State.DONE


def test_what_a_killed_agent_had_begun_is_begun_again(door: Door) -> None:
    operation = door.begin("look")
    engines: list[FakeEngine] = []

    def make(*arguments: Any) -> FakeEngine:
        engines.append(FakeEngine(*arguments))
        return engines[-1]

    again = Performer(door.folder, Voice(), KINDS, make)
    again.signal(operation, Signal(name=APPROVE, who="bob"))
    within(lambda: again.outcome(operation) is not None)
    outcome = again.outcome(operation)
    assert outcome is not None
    assert outcome.state is State.DONE


def test_one_operation_leads_another_once(door: Door) -> None:
    leading = door.begin("lead")
    assert door.ended(leading).summary == "the same twice"
    look = next(each for each in asking.newest(door.folder) if each.kind == "look")
    assert (look.who, look.why) == ("ada", "led")
    door.tell(look.id, ABORT)
    door.ended(look.id)


def test_until_the_stage_is_set_the_door_says_so(tmp_path: Path) -> None:
    def never(*_: Any) -> FakeEngine:
        raise AssertionError

    (tmp_path / "operations.sqlite").write_bytes(b"GIF89a" * 500)
    voice = Voice()
    stage = Stage(lambda: Performer(tmp_path, voice, KINDS, never), voice)
    with served(tmp_path, stage, voice):
        with pytest.raises(Away, match="only just started") as refused:
            asking.newest(tmp_path)
        assert refused.value.retry
        stage.turn()
        assert "register of operations" in voice.troubles["operations"]
        with pytest.raises(TargetError, match="no register of operations") as broken:
            asking.newest(tmp_path)
        assert not isinstance(broken.value, Away), "it does not mend by itself"


def test_a_broken_file_stops_operations_only_until_it_is_moved_away(tmp_path: Path) -> None:
    (tmp_path / "operations.sqlite").write_bytes(b"GIF89a" * 500)
    voice = Voice()
    stage = Stage(lambda: Performer(tmp_path, voice, KINDS, FakeEngine), voice)
    stage.turn()
    (tmp_path / "operations.sqlite").rename(tmp_path / "old")
    stage.turn()
    assert voice.troubles == {}
    assert stage.performer().newest(5) == ()


def test_a_journal_that_cannot_be_written_lets_nothing_begin(door: Door) -> None:
    (door.folder / "journal.sqlite").write_bytes(b"GIF89a" * 500)
    with pytest.raises(TargetError) as refused:
        door.begin("ask")
    assert refused.value.part == "journal"
    assert asking.newest(door.folder) == ()
    (door.folder / "journal.sqlite").unlink()
    operation = door.begin("ask")  # the platform was let go
    door.tell(operation, ABORT)
    door.ended(operation)


def test_old_operations_are_forgotten(door: Door) -> None:
    operation = door.begin("prove")
    door.ended(operation)
    connection = sqlite3.connect(door.folder / "operations.sqlite")
    connection.execute("UPDATE operation SET ended = ended - 31 * 86400")
    connection.commit()
    connection.close()
    door.stage.turn()
    with pytest.raises(TargetError, match="there is none with that name"):
        door.find(operation)
