"""What Terraform would make of the edge and of the firewall of a region."""

from pathlib import Path

import pytest
from targets.cloud.rendering import MVLBIM
from targets.cloud.terraform.running import Run, planned, written

GATEWAYS = """\
gateways = { "api.mvlbim.example" = { us-east-1 = "a.example", eu-west-1 = "b.example" } }
"""


def test_the_edge_leads_to_gateways_and_refuses_what_the_file_refuses(
    terraform: Run, tmp_path: Path
) -> None:
    root = written(MVLBIM, tmp_path) / "live" / "edge"
    (root / "z.auto.tfvars").write_text(f"{GATEWAYS}firewall_counts = false\n")
    found = planned(terraform, root)
    pools = found["cloudflare_load_balancer_pool"]
    assert [pool["origins"][0]["address"] for pool in pools] == ["b.example", "a.example"]
    (balancer,) = found["cloudflare_load_balancer"]
    assert (balancer["steering_policy"], len(balancer["default_pools"])) == ("geo", 2)
    assert "ENAM" not in balancer["region_pools"]  # as by default
    (shown,) = found["cloudflare_authenticated_origin_pulls_settings"]
    assert shown["enabled"]  # vpc_security.origin_check
    assert found["cloudflare_load_balancer_monitor"][0]["probe_zone"] == "mvlbim.example"
    sets = {ruleset["phase"]: ruleset["rules"] for ruleset in found["cloudflare_ruleset"]}
    own, owasp = sets["http_request_firewall_managed"]
    categories = own["action_parameters"]["overrides"]["categories"]
    assert [(each["category"], each["action"]) for each in categories] == [
        ("sqli", "block"),
        ("xss", "block"),
    ]
    assert owasp["description"] == "OWASP Core Ruleset"
    (rate,) = sets["http_ratelimit"]
    assert (rate["action"], rate["ratelimit"]["requests_per_period"]) == ("block", 2000)
    assert rate["ratelimit"]["period"] == 300
    assert "gt 8000" in sets["http_request_firewall_custom"][0]["expression"]
    assert [rule["action_parameters"]["cache"] for rule in sets["http_request_cache_settings"]] == [
        True,
        False,
    ]


@pytest.mark.parametrize("around", [False, True])
def test_names_lead_to_the_edge_or_around_it(terraform: Run, tmp_path: Path, around: bool) -> None:
    root = written(MVLBIM, tmp_path) / "live" / "global"
    (root / "z.auto.tfvars").write_text(f"{GATEWAYS}around_edge = {str(around).lower()}\n")
    records = planned(terraform, root)["aws_route53_record"]
    ways = {
        record["records"][0]: record["weighted_routing_policy"][0]["weight"]
        for record in records
        if record["name"] == "api.mvlbim.example"
    }
    assert ways == {
        "api.mvlbim.example.cdn.cloudflare.net": 0 if around else 100,
        "regions.api.mvlbim.example": 100 if around else 0,
    }
    regions = [r for r in records if r["name"] == "regions.api.mvlbim.example"]
    assert [r["set_identifier"] for r in regions] == ["eu-west-1", "us-east-1"]


def test_the_firewall_of_a_region_looks_into_all_that_people_send(
    terraform: Run, tmp_path: Path
) -> None:
    """mvlbim has it at the edge alone, so the file is changed."""
    file = tmp_path / "platform.yaml"
    text = MVLBIM.read_text().replace("runs_at: edge", "runs_at: both")
    file.write_text(text.replace("  origin_check: client_certificate\n", ""))
    root = written(file, tmp_path) / "live" / "production" / "eu-west-1"
    found = planned(terraform, root)
    (certificate,) = found["aws_acm_certificate"]
    assert certificate["domain_name"] == "api.mvlbim.example"
    (acl,) = found["aws_wafv2_web_acl"]
    by_name = {rule["name"]: rule for rule in acl["rule"]}
    assert sorted(rule["priority"] for rule in acl["rule"]) == [0, 1, 2, 3, 4]
    sql = by_name["SQLInjectionRule"]
    looks = sql["statement"][0]["or_statement"][0]["statement"]
    parts = [look["sqli_match_statement"][0]["field_to_match"][0] for look in looks]
    assert [key for part in parts for key, given in part.items() if given] == [
        "body",
        "all_query_arguments",
        "uri_path",
    ]
    assert sql["action"][0]["count"]  # waf.count_first
    assert not sql["action"][0]["block"]
    (rate,) = by_name["RateLimitRule"]["statement"][0]["rate_based_statement"]
    assert (rate["limit"], rate["evaluation_window_sec"]) == (2000, 300)
    assert rate["aggregate_key_type"] == "FORWARDED_IP"
    assert rate["forwarded_ip_config"][0]["header_name"] == "CF-Connecting-IP"
    assert by_name["AWSManagedRulesCommonRuleSet"]["override_action"][0]["count"]
