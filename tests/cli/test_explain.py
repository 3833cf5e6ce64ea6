"""`explain` knows every id that a finding can have, and every promise of the file."""

import json
import re

import pytest
from cli.doubles import FILE, Prompt

from groundplan.checks import kinds as checks
from groundplan.checks.catalogue import catalogue
from groundplan.design import cloud_findings as cloud
from groundplan.design import findings as design
from groundplan.spec import rules as spec

IDS = (
    *(rule.id for rule in catalogue()),
    *(kind.value for kinds in (spec.Rule, design.Rule, checks.Kind, cloud.Rule) for kind in kinds),
)
PROMISES = (
    FILE
    + """
disaster_recovery: {rto: "4 hours", rpo: "1 hour"}
backup: {database: {frequency: daily, retention: "30 days"}}
primary_database: {engine: postgresql, version: "15.20", storage: {type: gp3, size: 500GB}}
"""
)
OURS = """
from groundplan.checks.rule import rule
from groundplan.errors import Nature, Severity

@rule("OUR001", severity=Severity.LOW, nature=Nature.RISK, statement="Ours.", why="w", source="us")
def ours(subject):
    yield from ()
"""


def write_our_rule(prompt: Prompt, text: str = OURS) -> None:
    (prompt.folder / "rules").mkdir()
    (prompt.folder / "rules" / "ours.py").write_text(text)


@pytest.mark.parametrize("name", IDS)
def test_every_id_is_explained_for_people(prompt: Prompt, name: str) -> None:
    told = prompt("explain", name.lower())
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(f"{name}  ")
    assert len(told.out.splitlines()) >= 2


def test_every_id_is_explained_for_programs(prompt: Prompt) -> None:
    rows = json.loads(prompt("explain", "-o", "json").out)["explained"]
    assert {row["id"] for row in rows} == set(IDS)
    assert {row["kind"] for row in rows} == {"rule"}
    (row,) = json.loads(prompt("explain", "REC001", "-o", "json").out)["explained"]
    assert (row["severity"], row["verdict"]) == ("critical", "contradiction")
    assert row["source"]


def test_every_id_in_the_source_is_known() -> None:
    """Nobody writes a new id into a finding and forgets to explain it."""
    assert len(set(IDS)) == len(IDS)
    assert all(re.fullmatch(r"[A-Z]{3,4}\d{3}", name) for name in IDS)


def test_a_rule_of_ones_own_is_explained_and_listed(prompt: Prompt) -> None:
    write_our_rule(prompt)
    assert prompt("explain", "OUR001").out.startswith("OUR001  low, risk\n  Ours.")
    assert "OUR001" in prompt("explain").out


def test_a_rule_of_ones_own_cannot_take_the_id_of_another(prompt: Prompt) -> None:
    prompt.write()
    write_our_rule(prompt, OURS.replace("OUR001", "REC001"))
    told = prompt("check")
    assert told.code == 3
    assert "two rules are called REC001" in told.out


def test_a_promise_is_derived_line_by_line_with_places(prompt: Prompt) -> None:
    prompt.write(PROMISES)
    told = prompt("explain", "disaster_recovery.rpo")
    assert (told.code, told.err) == (0, "")
    first, _, *lines = told.out.splitlines()
    assert first == "platform.yaml:11:42  a disaster loses at most the last 1 hour of data"
    assert any("daily" in line and "backup.database.frequency" in line for line in lines)
    assert any("platform.yaml:12:" in line for line in lines)
    assert lines[-1].startswith("proven broken 24 h: database, copied daily")


def test_a_promise_for_programs_has_the_kind_of_each_origin(prompt: Prompt) -> None:
    prompt.write(PROMISES)
    out = prompt("explain", "backup.database.frequency", "-o", "json").out
    (proof,) = json.loads(out)["explained"]
    assert (proof["kind"], proof["verdict"]) == ("promise", "kept")
    kinds = {line["origin"]["kind"] for line in proof["derivation"]}
    assert kinds == {"file", "assumed", "computed"}
    written = proof["derivation"][0]["origin"]
    assert (written["file"], written["line"]) == ("platform.yaml", 12)


def test_an_environment_changes_what_is_proven(prompt: Prompt) -> None:
    overlay = "max_capacity: 2, overlay: {backup: {database: {frequency: hourly}}} }"
    prompt.write(PROMISES.replace("max_capacity: 2 }", overlay))
    assert "proven broken" in prompt("explain", "disaster_recovery.rpo").out
    told = prompt("explain", "disaster_recovery.rpo", "--env", "staging")
    assert "hourly" in told.out
    assert "24 h" not in told.out


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("REC1", "REC001"),
        ("rec-001", "REC001"),
        ("SPEC0001", "SPEC001"),
        ("DSN2", "DSN002"),
        ("disaster_recovery.rpoo", "disaster_recovery.rpo"),
        ("rpo", "disaster_recovery.rpo"),
        ("frequency", "backup.database.frequency"),
    ],
)
def test_what_was_probably_meant_is_said(prompt: Prompt, name: str, meant: str) -> None:
    prompt.write(PROMISES)
    told = prompt("explain", name)
    assert told.code == 1
    assert f"'{name}', did you mean {meant}?" in told.err


def test_a_slip_in_an_id_does_not_ask_for_a_file_that_loads(prompt: Prompt) -> None:
    prompt.write("platform: [")
    told = prompt("explain", "REC1")
    assert told.code == 1
    assert "did you mean REC001?" in told.err
    assert prompt("explain", "disaster_recovery.rpo").code == 3


def test_a_promise_without_a_file_is_unknown(prompt: Prompt) -> None:
    told = prompt("explain", "disaster_recovery.rpo")
    assert told.code == 1
    assert "groundplan promises, for those of the file" in told.err


def test_a_second_id_is_not_taken_for_a_file(prompt: Prompt) -> None:
    told = prompt("explain", "REC001", "DEL004")
    assert (told.code, told.out) == (1, "")
    assert "there is no file 'DEL004'" in told.err
    assert "one at a time: groundplan explain DEL004" in told.err
