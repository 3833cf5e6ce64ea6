"""`check` finds everything, says it on stdout, and its exit code is for scripts."""

import json
import os

import pytest
from cli.doubles import FILE, Prompt

from groundplan.cli.exits import Exit
from groundplan.cli.verbs.check import verdict
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


def test_what_never_ends_is_not_read(prompt: Prompt) -> None:
    os.mkfifo(prompt.folder / "pipe.yaml")
    for endless in ("pipe.yaml", "/dev/zero"):
        told = prompt("check", endless)
        assert told.code == 3
        assert "it is a pipe, a socket or a device" in told.out


def test_a_command_that_nobody_reads_is_refused_at_once(prompt: Prompt) -> None:
    prompt.write(FILE.replace("command: serve", f"command: {'x' * 3_000_000}"))
    told = prompt("check")
    assert told.code == 3
    assert "the command has 3,000,010 characters, and at most 10,000 are read" in told.out


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
    assert "no other findings" in told.out
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
    (crash,) = json.loads(prompt("check", "-o", "json").out)["crashes"]
    assert crash == {"rule": "OUR001", "error": "KeyError('nothing')"}
    assert "Rule OUR001 broke" in prompt("check", "-o", "markdown").out
    (run,) = json.loads(prompt("check", "-o", "sarif").out)["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False


BROKEN = """
from groundplan.checks.rule import rule
from groundplan.errors import Nature, Severity

@rule("OUR001", severity=Severity.LOW, nature=Nature.RISK, statement="s", why="w", source="us")
def breaks(subject):
    raise KeyError("nothing")
    yield
"""


def test_an_environment_is_compared_with_the_same_one(prompt: Prompt) -> None:
    """What staging adds to the file is no change when it was there before."""
    overlay = "max_capacity: 2, overlay: {kpis: {availability: {target: '99.999%'}}} }"
    text = FILE.replace("max_capacity: 2 }", overlay)
    prompt.write(text)
    (prompt.folder / "old.yaml").write_text(text)
    assert prompt("check", "--env", "staging").code == 1
    told = prompt("check", "--diff", "old.yaml", "--env", "staging")
    assert told.code == 0
    assert told.out.startswith("0 worse, 0 better")


def test_an_older_file_that_is_wrong_is_told_as_its_own(prompt: Prompt) -> None:
    prompt.write()
    (prompt.folder / "old.yaml").write_text("platform: shop\n")
    told = prompt("check", "--diff", "old.yaml")
    assert told.code == 3
    assert "in old.yaml" in told.err


def test_a_change_for_code_scanning_has_only_what_is_worse(prompt: Prompt) -> None:
    prompt.write(PROMISES_TOO_MUCH)
    (prompt.folder / "old.yaml").write_text(PROMISES_TOO_MUCH.replace("1 hour", "2 days"))
    log = json.loads(prompt("check", "--diff", "old.yaml", "-o", "sarif").out)
    worse = json.loads(prompt("check", "--diff", "old.yaml", "-o", "json").out)["worse"]
    shown = [row for row in log["runs"][0]["results"] if not row.get("suppressions")]
    assert "REC001" in {row["rule"] for row in worse}
    assert [row["ruleId"] for row in shown] == [row["rule"] for row in worse]


def test_a_file_that_does_not_load_is_told_in_markdown(prompt: Prompt) -> None:
    prompt.write(FILE + "regins: {}\n")
    told = prompt("check", "-o", "markdown")
    assert told.code == 3
    assert "the file cannot be used as it is" in told.out
    assert "| critical | SPEC001 | platform.yaml:10:1 |" in told.out


def test_accepting_again_keeps_what_was_accepted(prompt: Prompt) -> None:
    prompt.write(PROMISES_TOO_MUCH)
    assert prompt("check", "--write-baseline", "known.json").code == 0
    assert prompt("check", "--baseline", "known.json", "--write-baseline", "known.json").code == 0
    assert prompt("check", "--baseline", "known.json", "--fail-on", "low").code == 0


def test_a_platform_that_is_larger_than_this_machine_is_no_wrong_file(prompt: Prompt) -> None:
    prompt.write(FILE + "".join(f"  web{n}: {{port: 80, command: x}}\n" for n in range(246)))
    told = prompt("check", "--fail-on", "high")
    assert told.code == 0
    assert "247 services do not fit on this machine, 246 do [DSN002]" in told.out
    assert "low (" in told.out
    assert prompt("plan").code == 3


def test_what_nobody_knows_is_a_finding_and_never_a_crash(prompt: Prompt) -> None:
    """A region, a size and a rule that no table has."""
    prompt.write(
        PROMISES_TOO_MUCH.replace(
            'version: "15.20"', 'version: "15.20", instance_class: db.z9.huge'
        )
        + '# groundplan: ignore=CTS001 reason="no such rule"\nlocal: {entry: "127.0.0.1:8099"}\n'
    )
    told = prompt("check", "--fail-on", "never")
    assert told.code == 0
    assert "CTS001 is no rule [IGN001]" in told.out
    assert "did you mean CST001?" in told.out
    assert "[REG001]" in told.out or "[REG005]" in told.out
    assert "db.z9.huge" in told.out
