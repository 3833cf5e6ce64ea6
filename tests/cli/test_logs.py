"""`logs` finds the part that is meant and follows its file over rotations."""

from contextlib import closing
from pathlib import Path

import pytest
from cli.doubles import DESIGN, Prompt

from groundplan.cli.terminal.tail import Tail
from groundplan.ports.folder import DESIGN as DESIGN_FILE


@pytest.fixture
def edge_log(prompt: Prompt) -> Path:
    prompt.write()
    prompt.target.built = DESIGN
    path = prompt.target.log_file("global/edge")
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"line {n}\n" for n in range(1, 301)) + "begun")
    return path


def test_the_last_hundred_lines_and_the_one_that_is_begun(prompt: Prompt, edge_log: Path) -> None:
    told = prompt("logs", "global/edge")
    assert told.code == 0
    lines = told.out.splitlines()
    assert (len(lines), lines[0], lines[-2:]) == (101, "line 201", ["line 300", "begun"])


def test_as_many_lines_as_you_want(prompt: Prompt, edge_log: Path) -> None:
    assert prompt("logs", "edge", "-n", "2").out == "line 299\nline 300\nbegun\n"
    assert prompt("logs", "edge", "-n", "0").out == ""
    assert len(prompt("logs", "edge", "-n", "9999").out.splitlines()) == 301


def test_bytes_that_are_no_text_do_not_stop_it(prompt: Prompt, edge_log: Path) -> None:
    edge_log.write_bytes(b"\xff\xfe ok\n")
    told = prompt("logs", "edge")
    assert told.code == 0
    assert told.out.endswith(" ok\n")


def test_a_part_without_output_says_so(prompt: Prompt, edge_log: Path) -> None:
    told = prompt("logs", "north/gateway")
    assert (told.code, told.out) == (0, "")
    assert "north/gateway has written nothing yet" in told.err


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("gateway", "one of north/gateway, south/gateway"),
        ("edeg", "did you mean global/edge?"),
        ("north/prometeus", "did you mean north/prometheus"),
        ("zzz", "groundplan status, to list them"),
    ],
)
def test_an_unclear_part_is_told_what_it_may_be(
    prompt: Prompt, edge_log: Path, word: str, said: str
) -> None:
    told = prompt("logs", word)
    assert told.code == 1
    assert said in told.err


def test_a_part_that_failed_to_start_has_logs(prompt: Prompt, edge_log: Path) -> None:
    prompt.target.built = None
    (prompt.target.folder / DESIGN_FILE).write_bytes(DESIGN.to_json())
    assert prompt("logs", "edge", "-n", "1").out == "line 300\nbegun\n"


def test_nothing_built_has_no_logs(prompt: Prompt) -> None:
    prompt.write()
    told = prompt("logs", "edge")
    assert told.code == 1
    assert "nothing of shop (production) is built here" in told.err


def test_a_tail_goes_on_where_the_last_lines_ended(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("one\ntwo\nthr")
    with closing(Tail(path)) as tail:
        assert (tail.last(1), tail.rest) == (["two"], "thr")
        with path.open("a") as stream:
            stream.write("ee\nfour\nfi")
        assert tail.read() == ["three", "four"]
        assert tail.read() == []
        assert tail.rest == "fi"


def test_a_tail_follows_a_rotation_without_losing_a_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("one\n")
    with closing(Tail(path)) as tail:
        tail.last(0)
        with path.open("a") as stream:
            stream.write("two\n")
        path.rename(tmp_path / "log.1")
        assert tail.read() == ["two"]
        assert tail.read() == []
        path.write_text("three\n")
        assert tail.read() == ["three"]


def test_a_tail_follows_a_file_that_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("one\ntwo\n")
    with closing(Tail(path)) as tail:
        tail.last(1)
        path.write_text("new\n")
        assert tail.read() == ["new"]


def test_a_tail_waits_for_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with closing(Tail(path)) as tail:
        assert (tail.last(5), tail.read()) == ([], [])
        path.write_text("first\n")
        assert tail.read() == ["first"]
