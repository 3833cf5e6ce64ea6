"""`init` writes a platform that checks, and overwrites nothing."""

from pathlib import Path

import pytest
from cli.doubles import Prompt

from groundplan.cli.verbs import init


def test_what_it_writes_is_fine(prompt: Prompt) -> None:
    assert prompt("init").out == "Wrote platform.yaml\n"
    told = prompt("check")
    assert (told.code, told.err) == (0, "")


def test_what_it_writes_has_a_plan(prompt: Prompt) -> None:
    prompt("init", "shop/deep")
    told = prompt("plan", "shop/deep")
    assert told.code == 0
    assert "  +  web-2" in told.out


def test_it_never_overwrites(prompt: Prompt) -> None:
    prompt.write("mine\n")
    told = prompt("init")
    assert told.code == 1
    assert "platform.yaml is there already" in told.err
    assert (prompt.folder / "platform.yaml").read_text() == "mine\n"
    assert not (prompt.folder / "web").exists()


def test_a_folder_that_cannot_be_made_is_4(prompt: Prompt) -> None:
    (prompt.folder / "file").write_text("")
    assert prompt("init", "file").code == 4
    assert prompt("init", "file/below").code == 4


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "examples"
    (folder / "bakery" / "api" / "__pycache__").mkdir(parents=True)
    (folder / "bakery" / "platform.yaml").write_text("platform: bakery\n")
    (folder / "bakery" / "api" / "serve.py").write_text("")
    (folder / "notes").mkdir()
    monkeypatch.setattr(init, "EXAMPLES", folder)
    return folder


def test_an_example_is_copied_whole(prompt: Prompt, examples: Path) -> None:
    assert prompt("init", "--example", "bakery", "mine").code == 0
    made = sorted(str(p.relative_to("mine")) for p in Path("mine").rglob("*"))
    assert made == ["api", "api/serve.py", "platform.yaml"]


def test_an_unknown_example_names_the_ones_there_are(prompt: Prompt, examples: Path) -> None:
    told = prompt("init", "--example", "bakry")
    assert told.code == 1
    assert "did you mean 'bakery'?" in told.err
    assert "one of bakery\n" in prompt("init", "--example", "../bakery").err


def test_without_a_checkout_it_says_where_examples_are(
    prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(init, "EXAMPLES", prompt.folder / "none")
    told = prompt("init", "--example", "bakery")
    assert told.code == 1
    assert "not in the installed package" in told.err
