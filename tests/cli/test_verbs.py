"""Every verb is in the table, has help with examples, and completes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli.doubles import Prompt
from click.shell_completion import ShellComplete

from groundplan.cli.asked.options import Verb, Word
from groundplan.cli.index import VERBS, groundplan

CONTEXT = groundplan.make_context("groundplan", [], resilient_parsing=True)


def loaded(name: str) -> Verb:
    command = groundplan.get_command(CONTEXT, name)
    assert isinstance(command, Verb)
    return command


@pytest.mark.parametrize("name", VERBS)
def test_the_table_leads_to_the_verb_of_that_name(name: str) -> None:
    assert loaded(name).name == name
    assert VERBS[name].module == f"groundplan.cli.verbs.{name}"


@pytest.mark.parametrize("name", VERBS)
def test_help_says_what_the_verb_does_and_shows_examples(prompt: Prompt, name: str) -> None:
    told = prompt(name, "--help")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(f"Usage: groundplan {name} ")
    assert told.out == prompt(name, "-h").out
    examples = told.out.partition("\nExamples:\n")[2]
    assert len(loaded(name).examples) >= 2
    assert f"groundplan {name}" in examples
    assert "Traceback" not in told.out


@pytest.mark.parametrize("name", VERBS)
def test_every_option_and_argument_has_help(name: str) -> None:
    told = {
        each.name: each.told if isinstance(each, Word) else getattr(each, "help", None)
        for each in loaded(name).params
    }
    assert [parameter for parameter, line in told.items() if not line] == []


@pytest.mark.parametrize("name", VERBS)
def test_examples_use_options_that_exist(name: str) -> None:
    command = loaded(name)
    known = {word for each in command.params for word in each.opts} | {"--help"}
    for example, _ in command.examples:
        if not example.startswith(f"groundplan {name}"):
            continue
        first = example.partition("|")[0].partition("&&")[0].partition(">")[0]
        used = {word for word in first.split() if word.startswith("-") and word != "-"}
        assert used <= known, example


def test_no_file_of_a_verb_is_forgotten() -> None:
    folder = Path(__file__).parents[2] / "src" / "groundplan" / "cli" / "verbs"
    with_verb = {path.stem for path in folder.glob("*.py") if "\ndef verb(" in path.read_text()}
    assert with_verb == set(VERBS)


def completed(*words: str, incomplete: str) -> list[str]:
    shell = ShellComplete(groundplan, {}, "groundplan", "_GROUNDPLAN_COMPLETE")
    return [item.value for item in shell.get_completions(list(words), incomplete)]


def test_verbs_complete() -> None:
    assert completed(incomplete="st") == ["status"]
    assert completed(incomplete="") == list(VERBS)


def test_options_and_choices_complete() -> None:
    assert "--detailed-exitcode" in completed("plan", incomplete="--d")
    assert completed("check", "-o", incomplete="j") == ["json"]
    assert completed("completion", incomplete="") == ["bash", "zsh", "fish"]


def test_rules_complete() -> None:
    assert completed("explain", incomplete="spec00")[0] == "SPEC001"


def test_parts_complete_to_nothing_when_nothing_is_built(prompt: Prompt) -> None:
    assert completed("logs", incomplete="") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_call_groundplan(prompt: Prompt, shell: str) -> None:
    told = prompt("completion", shell)
    assert told.code == 0
    assert f"_GROUNDPLAN_COMPLETE={shell}_complete" in told.out


def test_the_shell_gets_its_completions(tmp_path: Path) -> None:
    told = subprocess.run(
        (sys.executable, "-m", "groundplan"),
        env={
            **os.environ,
            "_GROUNDPLAN_COMPLETE": "bash_complete",
            "COMP_WORDS": "groundplan st",
            "COMP_CWORD": "1",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
    )
    assert (told.returncode, told.stdout, told.stderr) == (0, "plain,status\n", "")
