"""Running rules: order, what is set aside, and rules that break."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from groundplan.checks import facts
from groundplan.checks.baseline import read, written
from groundplan.checks.change import compare
from groundplan.checks.own_rules import own_rules
from groundplan.checks.rule import Problem, Rule, rule
from groundplan.checks.run import Report, check, fingerprint
from groundplan.checks.sarif import sarif
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity, SpecError
from groundplan.spec.load import load

TODAY = date(2026, 11, 24)
FILE = """platform: shop
regions:
  home: {primary: eu-west-1}
disaster_recovery:
  rto: "4 hours"
  rpo: "1 hour"
"""


def a_rule(name: str, severity: Severity, *paths: str, assumes: tuple[str, ...] = ()) -> Rule:
    @rule(
        name, severity=severity, nature=Nature.RISK, statement="it holds", why="else", source="us"
    )
    def made(subject: Subject) -> Iterator[Problem]:
        for path in paths:
            yield Problem(
                path=path, also=("regions",), message="1 is not 2", try_="2", assumes=assumes
            )

    return made


@rule("BAD001", severity=Severity.LOW, nature=Nature.RISK, statement="s", why="w", source="nowhere")
def broken(subject: Subject) -> Iterator[Problem]:
    raise ZeroDivisionError("by zero")
    yield


RTO = a_rule("TST001", Severity.CRITICAL, "disaster_recovery.rto")
RPO = a_rule("TST002", Severity.LOW, "disaster_recovery.rpo")


def checked(
    folder: Path, text: str, *rules: Rule, baseline: frozenset[str] = frozenset()
) -> Report:
    file = folder / "platform.yaml"
    file.write_text(text)
    subject = Subject(source=load(file), facts=facts.load(), today=TODAY)
    return check(subject, rules, text=text, baseline=baseline)


def ids(report: Report) -> list[str]:
    return [finding.rule for finding in report.findings]


def test_the_worst_comes_first_with_both_places(tmp_path: Path) -> None:
    report = checked(tmp_path, FILE, RPO, RTO)
    assert ids(report) == ["TST001", "TST002"]
    first = report.findings[0]
    assert (first.place and first.place.line, first.related[0].line) == (5, 2)
    assert report.has(Severity.CRITICAL)


def test_a_rule_that_breaks_is_reported_and_hides_nothing(tmp_path: Path) -> None:
    report = checked(tmp_path, FILE, broken, RTO)
    assert ids(report) == ["TST001"]
    assert [crash.rule for crash in report.crashes] == ["BAD001"]
    assert "by zero" in report.crashes[0].error


def test_a_rule_that_ends_the_program_is_broken_too(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    body = "sys.exit(0)\n    yield"
    text = OWN.replace("def ", "def leaves(subject):\n    " + body + "\n\n\ndef ", 1)
    (tmp_path / "rules" / "ours.py").write_text(f"import sys\n{text}")
    report = checked(tmp_path, FILE, *own_rules(tmp_path / "platform.yaml"))
    assert [crash.rule for crash in report.crashes] == ["OUR001"]


def test_what_rests_on_an_assumption_is_never_critical(tmp_path: Path) -> None:
    assumed = a_rule("TST003", Severity.CRITICAL, "disaster_recovery", assumes=("500 bytes",))
    assert checked(tmp_path, FILE, assumed).findings[0].severity is Severity.HIGH


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ('# groundplan: ignore=TST001 reason="drilled by hand"', []),
        ('# groundplan: ignore=TST001 reason="drilled" until=2026-11-24', []),
        ('# groundplan: ignore=TST001,TST002 reason="both"', []),
        ('# groundplan: ignore=TST001 reason="late" until=2026-11-23', ["TST001", "IGN001"]),
        ("# groundplan: ignore=TST001", ["TST001", "IGN001"]),
        ('# groundplan: ignore=TST009 reason="no such rule"', ["TST001", "IGN001"]),
        ("# groundplan: be quiet", ["TST001", "IGN001"]),
        ('# groundplan: ignore=TST001 reason="x" # for people', []),
        ("# groundplan: ignore=TST001 reason=two words", ["TST001", "IGN001"]),
        ('# groundplan: ignore=TST001, TST002 reason="x"', ["TST001", "IGN001"]),
        ('# groundplan: ignore=TST001 reason="x" untill=2026-11-23', ["TST001", "IGN001"]),
        ('# groundplan: ignore=, reason="x"', ["TST001", "IGN001"]),
        ('# groundplan: ignore=TST001 reason="x" until=soon', ["TST001", "IGN001"]),
    ],
)
def test_a_comment_sets_a_finding_aside_with_a_reason_and_a_date(
    tmp_path: Path, comment: str, left: list[str]
) -> None:
    text = FILE.replace('"4 hours"', f'"4 hours"  {comment}')
    report = checked(tmp_path, text, RTO, a_rule("TST002", Severity.LOW))
    assert ids(report) == left
    assert len(report.set_aside) == (0 if "TST001" in left else 1)


def test_a_comment_above_a_section_covers_all_of_it_and_no_more(tmp_path: Path) -> None:
    comment = '# groundplan: ignore=TST001,TST002 reason="not yet"\n'
    other = a_rule("TST002", Severity.LOW, "regions")
    text = FILE.replace("disaster_recovery:", f"{comment}disaster_recovery:")
    assert ids(checked(tmp_path, text, RTO, other)) == ["TST002"]


def test_a_baseline_hides_what_is_known_wherever_it_moves(tmp_path: Path) -> None:
    report = checked(tmp_path, FILE, RTO, RPO)
    path = tmp_path / "known.json"
    path.write_text(written(report.findings[:1]))
    moved = "# a line more\n" + FILE
    later = checked(tmp_path, moved, RTO, RPO, baseline=read(path))
    assert ids(later) == ["TST002"]
    assert [finding.rule for finding in later.in_baseline] == ["TST001"]


@pytest.mark.parametrize("text", ["", "[]", '{"findings": [{}]}', "\0"])
def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "known.json"
    path.write_text(text)
    with pytest.raises(SpecError, match="--write-baseline"):
        read(path)


def test_a_change_is_told_as_worse_better_and_same(tmp_path: Path) -> None:
    old = checked(tmp_path, FILE, RTO, RPO)
    new = checked(tmp_path, FILE, RPO, a_rule("TST004", Severity.LOW, "regions"))
    change = compare(old, new)
    rules = [[f.rule for f in found] for found in (change.worse, change.better, change.same)]
    assert rules == [["TST004"], ["TST001"], ["TST002"]]


def test_fingerprints_differ_by_rule_and_key(tmp_path: Path) -> None:
    findings = checked(tmp_path, FILE, RTO, RPO).findings
    assert len({fingerprint(finding) for finding in findings}) == 2


def test_sarif_has_both_places_and_says_what_was_set_aside(tmp_path: Path) -> None:
    text = FILE.replace('"1 hour"', '"1 hour"  # groundplan: ignore=TST002 reason="known"')
    report = checked(tmp_path, text, RTO, RPO)
    (run,) = sarif(report, (RTO, RPO), version="1.0.0", root=tmp_path)["runs"]
    first, second = run["results"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "platform.yaml"
    assert place["region"] == {"startLine": 5, "startColumn": 8, "endLine": 5, "endColumn": 17}
    assert first["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 2
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == "TST001"
    assert second["suppressions"] == [{"kind": "inSource"}]


ADDING = Path(__file__).parents[2] / "docs" / "ADDING.md"
# The rule that the docs show, as they show it.
_, _, SECTION = ADDING.read_text(encoding="utf-8").partition("## A rule of your own")
OWN = SECTION.partition("```python\n")[2].partition("```")[0]


def test_a_teams_own_rules_stand_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "ours.py").write_text(OWN)
    rules = own_rules(tmp_path / "platform.yaml")
    assert ids(checked(tmp_path, FILE, *rules)) == ["OUR001"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import nothing_of_this_name", 1),
        ("\n1 +", 2),
        ("x = 1\nx()", 2),
        ("import sys\nsys.exit(0)", 2),
    ],
)
def test_a_file_of_rules_that_does_not_load_is_a_finding_with_its_line(
    tmp_path: Path, text: str, line: int
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "ours.py").write_text(text)
    with pytest.raises(SpecError, match=rf"ours.py:{line}:"):
        own_rules(tmp_path / "platform.yaml")


def test_two_own_rules_of_one_id_are_refused(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    for name in ("a", "b"):
        (tmp_path / "rules" / f"{name}.py").write_text(OWN)
    with pytest.raises(SpecError, match="two rules are called OUR001"):
        own_rules(tmp_path / "platform.yaml")
