"""`check` finds everything, says it on stdout, and its exit code is for scripts."""

import json

import pytest
from cli.doubles import FILE, Prompt

from groundplan.cli.check import verdict
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
    ("severity", "fail_on", "expected"),
    [
        (None, "low", Exit.FINE),
        (Severity.LOW, "low", Exit.BROKEN),
        (Severity.LOW, "medium", Exit.FINE),
        (Severity.CRITICAL, "medium", Exit.BROKEN),
        (Severity.CRITICAL, "never", Exit.FINE),
    ],
)
def test_exit_codes(severity: Severity | None, fail_on: str, expected: Exit) -> None:
    rows = (
        (Finding(rule="R", message="m", why="w", try_="t", severity=severity),) if severity else ()
    )
    assert verdict(rows, fail_on) is expected


PROMISES_TOO_MUCH = (
    FILE
    + """
disaster_recovery: {rto: "4 hours", rpo: "1 hour"}
backup: {database: {frequency: daily, retention: "30 days"}}
primary_database: {engine: postgresql, version: "15.20"}
"""
)


def test_a_promise_that_cannot_hold_has_both_places_and_fails(prompt: Prompt) -> None:
    prompt.write(PROMISES_TOO_MUCH)
    told = prompt("check")
    assert told.code == 1
    assert "[REC001]" in told.out
    assert "critical (" in told.out
    assert "also " in told.out
    assert "rules, facts as of" in told.err
    assert prompt("check", "--fail-on", "never").code == 0


def test_a_baseline_accepts_what_is_there_and_nothing_new(prompt: Prompt) -> None:
    prompt.write(PROMISES_TOO_MUCH)
    assert prompt("check", "--write-baseline", "known.json").code == 0
    told = prompt("check", "--baseline", "known.json")
    assert told.code == 0
    assert "REC001" not in told.out
    assert "in the baseline" in told.err
    assert prompt("check", "--baseline", "nowhere.json").code == 3


def test_a_change_tells_what_it_made_worse_and_what_it_costs(prompt: Prompt) -> None:
    prompt.write()
    (prompt.folder / "old.yaml").write_text((prompt.folder / "platform.yaml").read_text())
    prompt.write(PROMISES_TOO_MUCH)
    told = prompt("check", "--diff", "old.yaml")
    assert told.code == 1
    assert "REC001" in told.out
    assert "a month (" in told.out
    data = json.loads(prompt("check", "--diff", "old.yaml", "-o", "json").out)
    assert "REC001" in [row["rule"] for row in data["worse"]]
    assert "worse" in prompt("check", "--diff", "old.yaml", "-o", "markdown").out


def test_sarif_and_markdown_are_for_other_tools(prompt: Prompt) -> None:
    prompt.write(PROMISES_TOO_MUCH)
    log = json.loads(prompt("check", "-o", "sarif").out)
    assert log["version"] == "2.1.0"
    assert "| critical | REC001 | platform.yaml:" in prompt("check", "-o", "markdown").out


def test_a_rule_that_breaks_is_our_bug_and_the_others_run(prompt: Prompt) -> None:
    prompt.write(PROMISES_TOO_MUCH)
    (prompt.folder / "rules").mkdir()
    (prompt.folder / "rules" / "ours.py").write_text(BROKEN)
    told = prompt("check")
    assert told.code == 4
    assert "rule OUR001 broke" in told.err
    assert "[REC001]" in told.out


BROKEN = """
from groundplan.checks.rule import rule
from groundplan.errors import Nature, Severity

@rule("OUR001", severity=Severity.LOW, nature=Nature.RISK, statement="s", why="w", source="us")
def breaks(subject):
    raise KeyError("nothing")
    yield
"""
