"""The rules of data: each on its golden snippets, and on the design document."""

from pathlib import Path

import pytest
from checks import harness

IDS = tuple(f"DAT{number:03}" for number in range(1, 7))
FAILING = [path for id_ in IDS for path in harness.snippets(id_, "failing")]
PASSING = [path for id_ in IDS for path in harness.snippets(id_, "passing")]


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def test_family_is_whole() -> None:
    assert tuple(rule.id for rule in harness.family("DAT")) == IDS
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


@pytest.mark.parametrize(
    ("home", "other", "is_found"),
    [
        ("us-east-1", "eu-west-1", True),
        ("us-east-1", "ap-southeast-2", True),
        ("eu-west-1", "us-east-1", True),
        ("eu-west-1", "eu-central-1", False),
        ("eu-west-2", "eu-central-1", False),  # Britain is adequate
        ("ca-central-1", "eu-central-1", False),  # so is Canada
        ("the-moon-1", "eu-central-1", False),  # nobody knows
    ],
)
def test_data_leaves_its_jurisdiction(home: str, other: str, is_found: bool) -> None:
    text = (
        f"platform: shop\nregions: {{a: {{primary: {home}}}, b: {{primary: {other}}}}}\n"
        'primary_database: {engine: postgres, version: "17"}\n'
    )
    assert bool(harness.findings_of(text, "DAT001")) is is_found


def test_a_partner_serves_nobody_of_its_own() -> None:
    text = (
        "platform: shop\nregions: {americas: {primary: us-east-1, secondary: eu-west-1}}\n"
        'primary_database: {engine: postgres, version: "17"}\n'
    )
    assert not harness.findings_of(text, "DAT001")


def test_assumed_tables_of_the_document_are_named() -> None:
    (finding,) = harness.findings_on_document("DAT003")
    assert "1GB/hour in 10 tables is 100 MB" in finding.message
    assert finding.assumes == ("assuming 10 tables in the lake",)


def test_data_of_no_people_may_be_anywhere() -> None:
    for rule_id, key in (("DAT001", "primary_database:"), ("DAT002", "data_lake:")):
        text = harness.DOCUMENT.read_text("utf-8")
        assert not harness.findings_of(
            text.replace(f"\n{key}\n", f"\n{key}\n  personal_data: false\n"), rule_id
        )
