"""The rules of recovery: each on its golden snippets, and on the design document."""

from pathlib import Path

import pytest
from checks import harness

IDS = tuple(f"REC{number:03}" for number in range(1, 26))
FAILING = [path for id_ in IDS for path in harness.snippets(id_, "failing")]
PASSING = [path for id_ in IDS for path in harness.snippets(id_, "passing")]


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def test_family_is_whole() -> None:
    assert tuple(rule.id for rule in harness.family("REC")) == IDS
    assert {path.parent.name for path in FAILING} == set(IDS)
    assert {path.parent.name for path in PASSING} == set(IDS)


@pytest.mark.parametrize("path", FAILING, ids=name_of)
def test_rule_finds_its_problem(path: Path) -> None:
    harness.assert_failing(path)


@pytest.mark.parametrize("path", PASSING, ids=name_of)
def test_rule_is_silent(path: Path) -> None:
    harness.assert_passing(path)


@pytest.mark.parametrize("rule_id", IDS)
def test_rule_fires_on_the_document_with_both_places(rule_id: str) -> None:
    found = harness.findings_on_document(rule_id)
    assert found
    assert all(finding.place and finding.related for finding in found)
