"""The catalogue is whole: every rule once, as it was agreed, with golden files, and each of them
fires on the design document with both places. A rule that was added since says by which decision.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from checks import harness

from groundplan.checks.catalogue import catalogue
from groundplan.checks.rule import Rule
from groundplan.checks.run import Report, check
from groundplan.errors import Finding, Nature

AGREED = Path(__file__).with_name("rules.csv")
SIZES = {"REC": 25, "CAP": 24, "CST": 9, "SEC": 20, "DEL": 21, "OBS": 16, "DAT": 6, "REG": 8}
IDS = tuple(f"{prefix}{n:03}" for prefix, size in SIZES.items() for n in range(1, size + 1))
KEPT = {"REG004"}  # the only rule that the document keeps
# A version that is out of support, an open Terraform or a placeholder is wrong by itself.
ONE_PLACE = {"SEC017", "SEC019", "DEL019", "REG007", "SEC020"}


@pytest.fixture(scope="module")
def document() -> Report:
    subject = harness.subject_at(harness.DOCUMENT)
    return check(subject, catalogue(), text=harness.DOCUMENT.read_text(encoding="utf-8"))


def agreed() -> list[dict[str, str]]:
    with AGREED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_rule_is_there_once_in_order() -> None:
    by_family = sorted(
        (rule.id for rule in catalogue()), key=lambda id_: (list(SIZES).index(id_[:3]), id_)
    )
    assert tuple(by_family) == IDS


def test_rules_are_as_bad_and_of_the_nature_that_was_agreed() -> None:
    rules = {(rule.id, rule.severity, rule.nature) for rule in catalogue()}
    assert rules == {(row["id"], row["severity"], row["nature"]) for row in agreed()}


def test_what_was_added_to_the_128_says_by_which_decision() -> None:
    origins = {row["id"]: row["origin"] for row in agreed()}
    added = {rule_id: origin for rule_id, origin in origins.items() if origin != "agreed"}
    assert len(origins) - len(added) == 128
    for rule_id, origin in added.items():
        assert harness.rule_of(rule_id).source.endswith(origin)
        number = origin.removeprefix("decision ")
        assert list((harness.ROOT / "docs" / "decisions").glob(f"{number}-*.md"))


@pytest.mark.parametrize("rule", catalogue(), ids=lambda rule: rule.id)
def test_rule_says_what_must_hold_why_and_who_says_so(rule: Rule) -> None:
    assert rule.statement.endswith(".")
    assert rule.statement[0].isupper()
    assert rule.why
    assert not rule.why.endswith(".")
    assert rule.source


@pytest.mark.parametrize("rule_id", IDS)
def test_rule_has_golden_files_of_both_kinds(rule_id: str) -> None:
    assert (harness.GOLDEN / rule_id / "failing.yaml").is_file()
    assert (harness.GOLDEN / rule_id / "passing.yaml").is_file()


def test_golden_files_are_of_rules_that_exist() -> None:
    assert {path.name for path in harness.GOLDEN.iterdir() if path.is_dir()} == set(IDS)


def test_no_rule_breaks_on_the_document(document: Report) -> None:
    assert document.crashes == ()


@pytest.mark.parametrize("rule_id", [id_ for id_ in IDS if id_ not in KEPT])
def test_document_breaks_the_rule_in_a_place_and_another(document: Report, rule_id: str) -> None:
    found = [finding for finding in document.findings if finding.rule == rule_id]
    assert found
    for finding in found:
        assert finding.place is not None
        assert finding.place.file == str(harness.DOCUMENT)
        assert any(_is_elsewhere(finding)) or rule_id in ONE_PLACE, finding
        assert any(letter.isdigit() for letter in finding.message), finding
        assert finding.try_


def _is_elsewhere(finding: Finding) -> Iterator[bool]:
    return (place != finding.place for place in finding.related)


def test_conflicts_of_the_document_show_both_places(document: Report) -> None:
    conflicts = [each for each in document.findings if each.nature is Nature.CONTRADICTION]
    lonely = {each.rule for each in conflicts if not any(_is_elsewhere(each))}
    assert lonely - ONE_PLACE == set()


def test_document_keeps_what_it_keeps(document: Report) -> None:
    assert KEPT.isdisjoint(finding.rule for finding in document.findings)


def test_what_is_assumed_is_never_critical(document: Report) -> None:
    worst = [
        each.rule for each in document.findings if each.assumes and each.severity == "critical"
    ]
    assert worst == []
