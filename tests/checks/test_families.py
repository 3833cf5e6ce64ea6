"""What holds for every rule: it is numbered without a gap, finds the problem of its golden
snippets and nothing in the others, and fires on the design document with both places."""

from pathlib import Path

import pytest
from checks import harness

HOW_MANY = {
    "REC": 25,
    "CAP": 24,
    "CST": 9,
    "SEC": 20,
    "DEL": 21,
    "OBS": 16,
    "DAT": 6,
    "REG": 8,
}
IDS = tuple(f"{prefix}{n:03}" for prefix, many in HOW_MANY.items() for n in range(1, many + 1))
# What is stale, missing by itself or a placeholder has no second place that it conflicts with.
ALONE = {"DEL019", "SEC017", "SEC019", "SEC020", "REG007"}
KEPT = {"REG004"}  # by the design document, which breaks all others
FAILING = [path for id_ in IDS for path in harness.snippets(id_, "failing")]
PASSING = [path for id_ in IDS for path in harness.snippets(id_, "passing")]


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def test_families_are_whole() -> None:
    assert set(HOW_MANY) == set(harness.FAMILIES)
    found = tuple(rule.id for prefix in HOW_MANY for rule in harness.family(prefix))
    assert found == IDS
    assert {path.parent.name for path in FAILING} == set(IDS)
    assert {path.parent.name for path in PASSING} == set(IDS)


@pytest.mark.parametrize("path", FAILING, ids=name_of)
def test_rule_finds_its_problem(path: Path) -> None:
    harness.assert_failing(path, is_absence=path.parent.name in ALONE)


@pytest.mark.parametrize("path", PASSING, ids=name_of)
def test_rule_is_silent(path: Path) -> None:
    harness.assert_passing(path)


@pytest.mark.parametrize("rule_id", sorted(set(IDS) - KEPT))
def test_rule_fires_on_the_document_with_both_places(rule_id: str) -> None:
    found = harness.findings_on_document(rule_id)
    assert found
    assert all(finding.place for finding in found)
    assert rule_id in ALONE or all(finding.related for finding in found)


@pytest.mark.parametrize("rule_id", sorted(KEPT))
def test_rule_that_the_document_keeps(rule_id: str) -> None:
    assert not harness.findings_on_document(rule_id)
