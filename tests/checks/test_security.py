"""The rules of security: their numbers on the design document, and odd files."""

import pytest
from checks import harness

from groundplan.errors import Severity


@pytest.mark.parametrize(
    ("rule_id", "words"),
    [
        ("SEC001", "public_subnet asks private_subnet on port 8080"),
        ("SEC002", "has 0 outbound rules: every answer to 10.0.1.0/24 is dropped"),
        ("SEC003", "PostgreSQL (5432), Redis (6379), postgres-exporter (9187)"),
        ("SEC004", "lets 1024-65535 out to the internet but not 443"),
        ("SEC005", "10.0.1.0/24, which is 1 subnet, and the platform runs in 3 zones"),
        ("SEC007", "13.3 users behind one address reach it"),
        ("SEC008", "5,000 requests/s pass only if they come from 750 such addresses"),
        ("SEC018", "3 environments (dev, staging and production) share 1 state"),
    ],
)
def test_numbers_of_the_document(rule_id: str, words: str) -> None:
    (finding,) = harness.findings_on_document(rule_id)
    assert words in finding.message


def test_people_in_an_office_are_assumed_until_the_file_counts_them() -> None:
    (assumed,) = harness.findings_on_document("SEC007")
    assert assumed.assumes == ("assuming 200 users behind one address",)
    declared = (harness.GOLDEN / "SEC007" / "failing-declared.yaml").read_text("utf-8")
    (known,) = harness.findings_of(declared, "SEC007")
    assert not known.assumes
    few = declared.replace("users_per_address: 50", "users_per_address: 10")
    assert not harness.findings_of(few, "SEC007")


def test_each_credential_of_the_document_is_named() -> None:
    found = harness.findings_on_document("SEC009")
    assert [finding.path.rpartition(".")[2] for finding in found] == ["database_url", "redis_url"]
    assert "takes the same one from a secret" in found[0].message


def test_what_is_known_against_an_action_is_told() -> None:
    messages = [finding.message for finding in harness.findings_on_document("SEC012")]
    assert any("trivy-action" in message and "compromised" in message for message in messages)
    assert not any("actions/checkout" in message for message in messages)


def test_versions_of_the_document_are_old_in_four_places() -> None:
    found = harness.findings_on_document("SEC017")
    assert [finding.path.rpartition(".")[2] for finding in found] == [
        "version",
        "version",
        "node-version",
        "instance_type",
    ]
    assert all(finding.facts for finding in found)


def test_a_version_that_no_table_knows_is_no_finding() -> None:
    text = (harness.GOLDEN / "SEC017" / "passing.yaml").read_text("utf-8")
    assert not harness.findings_of(text.replace('"16"', '"99.1"'), "SEC017")


def test_a_version_is_stale_from_the_fourth_fix_on() -> None:
    text = (harness.GOLDEN / "SEC017" / "passing.yaml").read_text("utf-8")
    assert not harness.findings_of(text.replace('"16"', '"16.13"'), "SEC017")
    (finding,) = harness.findings_of(text.replace('"16"', '"16.12"'), "SEC017")
    assert "4 fixes behind 16.16" in finding.message


def test_a_database_of_ones_own_is_not_measured_by_what_a_provider_creates() -> None:
    text = (harness.GOLDEN / "SEC017" / "failing.yaml").read_text("utf-8")
    own = text.replace("  instance_class: db.r6g.large\n", "")
    assert "RDS" in harness.findings_of(text, "SEC017")[0].message
    assert "RDS" not in harness.findings_of(own, "SEC017")[0].message


def test_a_limit_of_nothing_is_no_crash() -> None:
    text = (harness.GOLDEN / "SEC008" / "failing.yaml").read_text("utf-8")
    for rule_id in ("SEC007", "SEC008"):
        assert not harness.findings_of(text.replace("2000 requests", "0 requests"), rule_id)


def test_only_the_lowest_severity_is_for_deprecated_keys() -> None:
    assert {f.severity for f in harness.findings_on_document("SEC019")} == {Severity.LOW}


@pytest.mark.parametrize(
    ("wanted", "fires"),
    [
        ("~> 5.0", True),
        ("~> 5.31.2", True),
        ("5.100.0", True),
        ("= 5.1", True),
        (">= 5.40, < 6.0", True),
        ("<= 5.9", True),
        ("< 6.1", False),
        ("~> 5", False),
        (">= 5.0", False),
        ("!= 5.3", False),
        ("~> 6.0", False),
        ("~> 7.1", False),
    ],
)
def test_a_provider_may_reach_the_line_that_gets_fixes(wanted: str, fires: bool) -> None:
    text = f"""
platform: shop
regions: {{home: {{primary: eu-central-1}}}}
terraform:
  required_providers:
    aws: {{source: hashicorp/aws, version: "{wanted}"}}
    other: {{source: someone/other, version: "~> 1.0"}}
"""
    found = harness.findings_of(text, "SEC019")
    assert [finding.path for finding in found] == (
        ["terraform.required_providers.aws.version"] if fires else []
    )


@pytest.mark.parametrize(
    ("rights", "fires"), [("write-all", True), ("{contents: read}", False), ("read-all", False)]
)
def test_a_token_with_all_rights_is_not_narrowed(rights: str, fires: bool) -> None:
    text = f"""
platform: shop
regions: {{a: {{primary: eu-west-1}}}}
pipeline:
  name: deliver
  on: {{push: {{branches: [main]}}}}
  permissions: {rights}
  jobs:
    build:
      runs-on: ubuntu-latest
      steps: [{{run: make push, env: {{TOKEN: "${{{{ secrets.TOKEN }}}}"}}}}]
"""
    assert bool(harness.findings_of(text, "SEC020")) is fires
