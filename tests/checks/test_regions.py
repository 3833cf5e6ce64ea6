"""The rules of regions: their numbers on the design document, and odd files."""

import pytest
from checks import harness


def test_region_that_is_not_the_platforms_is_told_with_those_that_are_empty() -> None:
    (finding,) = harness.findings_on_document("REG001")
    assert finding.path == "primary_database.read_replicas.regions.0"
    assert "us-west-2 is used and is none of the 6 regions" in finding.message
    assert len(finding.related) == 5  # regions, and the four without a database


def test_placeholders_of_the_document() -> None:
    found = [finding.path for finding in harness.findings_on_document("REG007")]
    assert found == [
        "services.mvlbim-api.image",
        "services.mvlbim-api.config.database_url",
        "services.mvlbim-api.config.redis_url",
        "deployment_strategy.blue_environment.version",
        "deployment_strategy.green_environment.version",
        "technology_stack.Monitoring & Observability.APM",
    ]


def test_sizes_of_another_provider_are_not_looked_up() -> None:
    text = harness.snippets("REG005", "failing")[0].read_text("utf-8")
    assert not harness.findings_of(text.replace("AWS", "Azure"), "REG005")


def test_regions_that_no_table_knows_are_no_crash() -> None:
    for id_ in (rule.id for rule in harness.family("REG")):
        for path in harness.snippets(id_, "failing"):
            text = path.read_text("utf-8")
            harness.findings_of(text.replace("us-east-1", "the-moon-1"), id_)


@pytest.mark.parametrize(
    ("name", "told"),
    [("eu-wset-1", "write eu-west-1, if you meant that"), ("north", ""), ("eu-west-1", "")],
)
def test_a_region_that_is_almost_a_providers_is_told(name: str, told: str) -> None:
    """Even where no provider is named: other names may be this machine's own regions."""
    found = harness.findings_of(f"platform: shop\nregions: {{a: {{primary: {name}}}}}\n", "REG005")
    assert [finding.path for finding in found] == (["regions.a.primary"] if told else [])
    assert all(told in finding.try_ for finding in found)
