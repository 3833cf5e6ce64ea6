"""The rules of cost: their numbers on the design document, and odd files."""

import pytest
from checks import harness

from groundplan.checks.cost_rules import scope


def test_month_of_the_document_names_its_largest_parts_and_their_prices() -> None:
    (finding,) = harness.findings_on_document("CST001")
    assert "$10,000 may be spent" in finding.message
    assert "nodes, on demand $" in finding.message
    assert any("ec2:c5.xlarge" in fact for fact in finding.facts)


def test_limit_that_is_asked_for_is_enough() -> None:
    text = (harness.GOLDEN / "CST001" / "failing.yaml").read_text("utf-8")
    (finding,) = harness.findings_of(text, "CST001")
    limit = finding.try_.rpartition("$")[2]
    assert not harness.findings_of(text.replace("$2,000", f"${limit}"), "CST001")


def test_each_budget_without_an_action_is_a_finding_of_its_own() -> None:
    found = harness.findings_on_document("CST003")
    assert [finding.path for finding in found] == [
        "cost_monitoring.budgets[0].limit",
        "cost_monitoring.budgets[1].limit",
    ]
    assert "one at 120% of it" in found[0].message


def test_paid_products_are_found_wherever_the_file_names_them() -> None:
    (finding,) = harness.findings_on_document("CST006")
    for product in ("Splunk", "New Relic", "Datadog", "PagerDuty", "Cloudflare"):
        assert product in finding.message


def test_what_has_no_price_is_told_and_not_counted_as_free() -> None:
    text = (harness.GOLDEN / "CST001" / "failing.yaml").read_text("utf-8")
    odd = text.replace("$2,000", "$10").replace("c5.xlarge", "z9.huge")
    (finding,) = harness.findings_of(odd, "CST001")
    assert "items of unknown price" in finding.message


@pytest.mark.parametrize(
    ("budget", "is_transfer", "is_infrastructure"),
    [
        ("name: Everything", False, True),
        ("name: Egress of all regions", True, False),
        ("name: Egress of all regions, covers: [infrastructure]", False, True),
        ("name: Cloud, covers: [infrastructure, transfer]", False, True),
        ("name: Tools, covers: [licences]", False, False),
    ],
)
def test_a_budget_is_for_what_it_covers_else_for_what_its_name_says(
    budget: str, is_transfer: bool, is_infrastructure: bool
) -> None:
    shop = "platform: shop\nregions: {here: {primary: eu-west-1}}\n"
    costs = f'cost_monitoring: {{budgets: [{{limit: "$5", {budget}}}]}}\n'
    (found,) = scope.budgets(harness.subject_of(shop + costs).platform)
    assert (found.is_for_transfer, found.is_for_infrastructure) == (is_transfer, is_infrastructure)


TWO_REGIONS = """\
platform: shop
regions:
  here: {primary: eu-west-1, secondary: eu-central-1}
environments:
  dev: {instance_type: t3.medium, min_capacity: 1, max_capacity: 3%s}
  production: {instance_type: t3.medium, min_capacity: 1, max_capacity: 3}
cost_monitoring:
  budgets:
    - {name: Machines, limit: "$%d", covers: [infrastructure, environments]}
"""


def test_each_region_of_dev_counts_against_the_budget() -> None:
    """It was taken for the first region alone, though it is rendered in both."""
    whole = TWO_REGIONS % ("", 1)
    alone = TWO_REGIONS % (", overlay: {regions: {here: {secondary: null}}}", 1)
    asked = [
        int(harness.findings_of(text, "CST001")[0].try_.rpartition("$")[2].replace(",", ""))
        for text in (whole, alone)
    ]
    assert asked[0] - asked[1] >= 200  # a cluster, machines, a balancer
    assert not harness.findings_of(TWO_REGIONS % ("", asked[0]), "CST001")
    assert harness.findings_of(TWO_REGIONS % ("", asked[1]), "CST001")
