"""`check` finds everything, says it on stdout, and its exit code is for scripts."""

import json

import pytest
from cli.doubles import FILE, Prompt

from groundplan.cli.check import _exit
from groundplan.cli.exits import Exit
from groundplan.errors import Finding, Severity


def test_a_good_file_is_fine(prompt: Prompt) -> None:
    prompt.write()
    told = prompt("check")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("fine  platform.yaml: shop (production), 2 regions, ")


def test_a_file_may_be_named_by_its_folder(prompt: Prompt) -> None:
    prompt.write()
    assert prompt("check", ".").code == 0
    assert prompt("check", str(prompt.folder)).code == 0
    assert prompt("check", "platform.yaml").code == 0


def test_an_environment_is_checked_as_it_changes_the_file(prompt: Prompt) -> None:
    prompt.write()
    assert "shop (staging)" in prompt("check", "--env", "staging").out
    told = prompt("check", "--env", "stagng")
    assert told.code == 3
    assert 'did you mean "staging"?' in told.out


def test_all_findings_are_data(prompt: Prompt) -> None:
    prompt.write(FILE + "regins: {}\nservces: {}\n")
    told = prompt("check")
    assert told.code == 3
    assert "platform.yaml:10:1" in told.out
    assert "platform.yaml:11:1" in told.out
    assert "2 findings in platform.yaml" in told.err


def test_findings_for_programs(prompt: Prompt) -> None:
    prompt.write(FILE + "regins: {}\n")
    told = prompt("check", "-o", "json")
    assert (told.code, told.err) == (3, "")
    data = json.loads(told.out)
    assert (data["valid"], data["summary"]["findings"]) == (False, 1)
    assert data["findings"][0]["range"]["start"] == {"line": 10, "column": 1}


def test_no_findings_for_programs(prompt: Prompt) -> None:
    prompt.write()
    data = json.loads(prompt("check", "-o", "json").out)
    assert (data["valid"], data["findings"]) == (True, [])


def test_a_missing_file_says_how_to_begin(prompt: Prompt) -> None:
    told = prompt("check")
    assert told.code == 3
    assert "there is no platform.yaml in this folder" in told.out
    assert "groundplan init" in told.out
    assert prompt("check", "nowhere.yaml").code == 3


@pytest.mark.parametrize(
    ("is_valid", "severity", "fail_on", "expected"),
    [
        (True, None, "low", Exit.FINE),
        (True, Severity.LOW, "low", Exit.BROKEN),
        (True, Severity.LOW, "medium", Exit.FINE),
        (True, Severity.CRITICAL, "medium", Exit.BROKEN),
        (True, Severity.CRITICAL, "never", Exit.FINE),
        (False, Severity.LOW, "never", Exit.WRONG_FILE),
    ],
)
def test_exit_codes(
    is_valid: bool, severity: Severity | None, fail_on: str, expected: Exit
) -> None:
    rows = (
        (Finding(rule="R", message="m", why="w", try_="t", severity=severity),) if severity else ()
    )
    assert _exit(is_valid, rows, fail_on) is expected
