"""`down` stops; only `--purge` deletes, and only after an answer."""

import io
import sys

import pytest
from cli.doubles import DESIGN, Prompt
from cli.test_screen import Terminal


def test_down_keeps_the_data_and_says_where(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.built = DESIGN
    told = prompt("down")
    assert told.code == 0
    assert told.out.startswith("shop (production) is down (")
    assert f"Its data stays in {prompt.target.folder}.\n" in told.out
    assert prompt.target.done == ["down"]


def test_nothing_built_is_nothing_to_do(prompt: Prompt) -> None:
    prompt.write()
    told = prompt("down", "--purge", "--yes")
    assert (told.code, prompt.target.done) == (0, [])
    assert told.out == "Nothing to do: shop (production) is not built here.\n"


def test_purge_in_a_script_needs_yes(prompt: Prompt) -> None:
    prompt.write()
    prompt.target.built = DESIGN
    told = prompt("down", "--purge")
    assert (told.code, prompt.target.done) == (1, [])
    assert "try  groundplan down --purge --yes" in told.err
    assert prompt("down", "--purge", "--yes").code == 0
    assert prompt.target.done == ["purge"]


@pytest.mark.parametrize(("typed", "code", "done"), [("shop", 0, ["purge"]), ("yes", 1, [])])
def test_purge_at_a_terminal_needs_the_name(
    prompt: Prompt, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, done: list[str]
) -> None:
    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    prompt.write()
    prompt.target.built = DESIGN
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys, "stdin", Keyboard(f"{typed}\n"))
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert prompt("down", "--purge").code == code
    assert prompt.target.done == done


def test_no_input_asks_nobody(prompt: Prompt, monkeypatch: pytest.MonkeyPatch) -> None:
    prompt.write()
    prompt.target.built = DESIGN
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert prompt("down", "--purge", "--no-input").code == 1
    assert prompt.target.done == []
