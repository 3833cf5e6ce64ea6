"""`operations`: what is performed is seen, followed and steered; also what other verbs build on."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cli.doubles import DESIGN, Prompt
from cli.test_screen import Terminal

from groundplan.cli.asked.session import Session
from groundplan.cli.following import following
from groundplan.cli.terminal.screen import Screen
from groundplan.ports.journal import APPROVE, State
from tests.agent.door import Door, open_door, within


@pytest.fixture
def door(prompt: Prompt) -> Iterator[Door]:
    """The prompt's platform is built and its agent answers."""
    prompt.write()
    prompt.target.built = DESIGN
    prompt.target.folder.mkdir()
    with open_door(prompt.target.folder) as door:
        yield door


def soon(door: Door, operation: str, name: str) -> threading.Thread:
    """Somebody else says a word as soon as the operation waits for one."""

    def say() -> None:
        within(lambda: door.find(operation).state is State.WAITING)
        door.tell(operation, name)

    thread = threading.Thread(target=say, daemon=True)
    thread.start()
    return thread


def test_without_an_agent_it_says_what_to_try(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.built = DESIGN
    told = prompt("operations")
    assert told.code == 4
    assert "the agent of this platform does not run" in told.err
    assert "`groundplan up` starts it" in told.err


def test_a_list_has_a_line_for_each(prompt: Prompt, door: Door) -> None:
    assert prompt("operations").out == "No operation was performed here lately.\n"
    operation = door.begin("ask", regions=["eu"])
    within(lambda: door.find(operation).state is State.WAITING)
    head, line = prompt("operations", "list").out.splitlines()
    assert head.split() == ["operation", "state", "who", "took", "summary"]
    assert line.split()[:3] == [operation, "waiting", "ada"]
    assert "waits for approval until" in line
    listed = json.loads(prompt("operations", "-o", "json").out)
    assert (listed["format_version"], listed["operations"][0]["id"]) == ("1.0", operation)
    door.tell(operation, APPROVE)
    door.ended(operation)


def test_one_is_approved_and_followed_to_its_end(prompt: Prompt, door: Door) -> None:
    operation = door.begin("ask", why="it burns", regions=["eu"])
    told = prompt("operations", "approve", "--why", "seen it")
    assert told.code == 0
    assert f"{operation} is told: approve." in told.err
    told = prompt("operations", "follow", operation[:6])
    assert told.code == 0
    assert told.out.startswith(f"{operation} is done: went on (")
    assert "approved by" in told.err
    assert "(seen it)" in told.err
    shown = prompt("operations", "show", operation).out
    assert "because: it burns" in shown
    assert "go on in eu?" in shown


def test_one_that_was_aborted_ends_with_4(prompt: Prompt, door: Door) -> None:
    operation = door.begin("ask")
    assert prompt("operations", "abort", operation).code == 0
    told = prompt("operations", "follow", operation, "-o", "json")
    assert told.code == 4
    ended = json.loads(told.out)
    assert ended["operation"]["state"] == "aborted"
    assert len(ended["lines"]) == 1
    told = prompt("operations", "abort", operation)
    assert told.code == 4
    assert "has ended already" in told.err


@pytest.mark.parametrize("action", ["show", "approve", "abort", "follow"])
def test_with_nothing_going_on_nothing_is_meant(prompt: Prompt, door: Door, action: str) -> None:
    told = prompt("operations", action)
    assert (told.code, "no operation goes on" in told.err) == (1, True)


def test_which_one_must_be_said_when_there_are_two(prompt: Prompt, door: Door) -> None:
    both = [door.begin("ask"), door.begin("look")]
    told = prompt("operations", "abort")
    assert (told.code, "2 operations go on" in told.err) == (1, True)
    assert prompt("operations", "show", "nobody-1").code == 4
    for operation in both:
        assert prompt("operations", "abort", operation).code == 0
        door.ended(operation)


def test_what_a_verb_starts_is_followed_line_by_line(
    door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    session = Session()
    saying = threading.Thread(target=lambda: _approve_the_first(door), daemon=True)
    saying.start()
    progress = following.performed(session, door.folder, "ask", {"regions": ["eu"]}, why="drill")
    assert following.tell_end(session, progress, "text") == 0
    saying.join(10)
    said = capsys.readouterr()
    assert said.out.endswith("s)\n")
    assert [line.split()[2] for line in said.err.splitlines()] == [
        "waits",
        "approved",
    ]
    assert progress.operation.why == "drill"
    assert len(progress.lines) == 2


def _approve_the_first(door: Door) -> None:
    stage = door.stage
    within(lambda: bool(stage.performer().newest(1)))
    soon(door, stage.performer().newest(1)[0].id, APPROVE).join(10)


def test_on_a_terminal_it_is_drawn(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", terminal)
    operation = door.begin("ask", regions=["eu"])
    soon(door, operation, APPROVE)
    progress = following.followed(Session(screen=Screen()), door.folder, operation)
    assert progress.operation.state is State.DONE
    assert "go on in eu?" in terminal.getvalue()
    assert "\x1b[" in terminal.getvalue()


def test_an_interrupted_follower_says_how_to_go_on(
    prompt: Prompt, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = door.begin("ask")

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupted)
    told = prompt("operations", "follow", operation)
    monkeypatch.undo()
    assert told.code == 130
    assert f"`groundplan operations follow {operation}` follows it" in told.err
    assert f"`groundplan operations abort {operation}` stops it" in told.err
    assert door.find(operation).ended is None
    door.tell(operation, APPROVE)
    door.ended(operation)


def test_a_follower_waits_for_an_agent_that_starts_anew(
    prompt: Prompt, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = door.begin("ask")
    socket = door.folder / "agent.sock"
    away = socket.rename(door.folder / "away")
    said: list[str] = []

    class Watching(Terminal):
        def isatty(self) -> bool:
            return False

        def write(self, text: Any) -> int:
            said.append(text)
            if "goes on when it is back" in text:
                away.rename(socket)
                soon(door, operation, APPROVE)
            return len(text)

    monkeypatch.setattr("sys.stderr", Watching())
    progress = following.followed(Session(), door.folder, operation)
    assert progress.operation.state is State.DONE
    assert sum("goes on when it is back" in text for text in said) == 1
