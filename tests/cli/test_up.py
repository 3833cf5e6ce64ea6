"""`up` tells how far it is on stderr, and what is there now on stdout."""

import shutil
import sys

import pytest
from cli.doubles import DESIGN, FILE, Prompt
from cli.test_screen import Terminal

from groundplan.cli.terminal.tally import Tally
from groundplan.targets.local.history import History
from groundplan.targets.local.progress import Progress, Stage


def test_the_end_tells_the_addresses_and_what_to_do_next(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.wanted = DESIGN
    told = prompt("up")
    assert told.code == 0
    assert told.out.startswith("shop (production) is up: ")
    assert "  entry  http://127.0.0.1:8080\n" in told.out
    assert "  north  http://127.10." in told.out
    for verb in ("status", "promises", "down"):
        assert f"groundplan {verb}\n" in told.err


def test_the_next_commands_name_the_same_file_and_environment(prompt: Prompt) -> None:
    prompt.write()
    (prompt.folder / "platform.yaml").rename(prompt.folder / "my shop.yaml")
    told = prompt("up", "my shop.yaml", "--env", "staging")
    assert "  groundplan status 'my shop.yaml' --env staging\n" in told.err


def test_without_a_terminal_each_part_that_is_ready_is_a_line(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.wanted = DESIGN
    told = prompt("up")
    assert "   0.5 s  north  redis-1 ready\n" in told.err
    assert "starting" not in told.err


def test_verbose_shows_every_step_and_what_this_machine_leaves_out(prompt: Prompt) -> None:
    prompt.write(FILE.replace("    command: serve {address}\n", ""))
    assert "note: this machine leaves out 1 thing" in prompt("up").err
    prompt.target.built, prompt.target.wanted = None, DESIGN
    told = prompt("up", "-v")
    assert "   0.5 s  north  redis-1 starting\n" in told.err
    assert "note: service web has no command" in told.err


def test_quiet_leaves_the_result_only(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.wanted = DESIGN
    told = prompt("up", "--quiet")
    assert told.err == ""
    assert "is up" in told.out


def test_a_second_up_has_nothing_to_do(prompt: Prompt) -> None:
    prompt.write()
    prompt("up")
    told = prompt("up")
    assert told.out.startswith("Nothing to do: shop (production) already runs as the file says (")


def test_on_a_terminal_each_region_is_a_bar(
    prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt.write()
    prompt.target.wanted = DESIGN
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    assert prompt("up", "--color", "never").code == 0
    drawn = terminal.getvalue()
    assert "north" in drawn
    assert "3/3" in drawn
    assert "[32m" not in drawn, "no colour when it is not wanted"


def _event(part: str, stage: Stage, message: str = "") -> Progress:
    return Progress(part=f"north/{part}", site="north", stage=stage, message=message, seconds=1)


def test_a_tally_counts_parts_and_says_what_happens_now() -> None:
    tally = Tally()
    for part in ("a", "b"):
        tally.add(_event(part, Stage.WAITING))
    assert (tally.done, tally.total, tally.doing()) == (0, 2, "")
    tally.add(_event("a", Stage.STARTING))
    tally.add(_event("a", Stage.READY))
    tally.add(_event("b", Stage.PREPARING, "a copy of 127.60.1.2"))
    assert (tally.done, tally.total) == (1, 2)
    assert tally.doing() == "b preparing (a copy of 127.60.1.2)"
    tally.add(_event("b", Stage.READY))
    assert (tally.done, tally.doing()) == (2, "")


def test_a_failure_stays_in_sight() -> None:
    tally = Tally()
    tally.add(_event("a", Stage.FAILED, "port 80 is taken"))
    tally.add(_event("b", Stage.STARTING))
    assert tally.doing() == "a failed (port 80 is taken)"


def test_the_configuration_is_kept_in_git_when_the_file_asks_for_it(prompt: Prompt) -> None:
    prompt.write(FILE + "backup:\n  configuration: { frequency: on_change, storage: git }\n")
    folder = prompt.target.folder
    folder.mkdir(parents=True, exist_ok=True)
    prompt("up", "--why", "the till")
    prompt("up")
    history = History(folder / "backups" / "configuration")
    assert history.versions() == ("up of platform.yaml: the till",), "the second changed nothing"
    shutil.rmtree(folder / "backups" / "configuration" / ".git" / "objects")
    assert "the configuration was not kept" in prompt("up").err
