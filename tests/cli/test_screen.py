"""Data goes to stdout, the rest to stderr; colour only where it is wanted."""

import io
import sys

import pytest

from groundplan.cli.terminal.screen import Screen, Tone


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


VARIABLES = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TERM")


@pytest.mark.parametrize(
    ("option", "environment", "is_terminal", "expected"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, False, False),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colour(
    option: str,
    environment: dict[str, str],
    is_terminal: bool,
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", Terminal() if is_terminal else io.StringIO())
    screen = Screen(color=option)
    assert screen.has_color() is expected
    assert screen.paint("x", Tone.GOOD) == ("\x1b[32mx\x1b[0m" if expected else "x")


def test_each_stream_decides_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert (Screen().has_color(), Screen().has_color(err=True)) == (False, True)


def test_quiet_silences_notes_but_not_data_and_errors(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(quiet=True, verbose=True)
    screen.data("data")
    screen.note("note")
    screen.detail("detail")
    screen.error("error")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("data\n", "error\n")


def test_details_are_for_those_who_ask(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().detail("less")
    Screen(verbose=True).detail("more")
    assert capsys.readouterr().err == "more\n"


def test_progress_is_drawn_only_on_a_terminal_that_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert not Screen().draws
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert Screen().draws
    assert not Screen(quiet=True).draws
    monkeypatch.setenv("TERM", "dumb")
    assert not Screen().draws


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert Screen().may_ask
    assert not Screen(may_ask=False).may_ask
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert not Screen().may_ask


def test_a_closed_stream_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    Screen().data("lost")
    Screen().error("lost")
    assert not Screen().has_color()
