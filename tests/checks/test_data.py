"""The rules of data: their numbers on the design document, and odd files."""

import pytest
from checks import harness


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
