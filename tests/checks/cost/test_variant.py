"""An environment is priced as its overlay says, and as the loader would read it."""

from pathlib import Path

import pytest
from checks.harness import ROOT, subject_of

from groundplan.checks.cost import Scale, estimate
from groundplan.checks.cost.variant import variant
from groundplan.spec.load import load

EXAMPLE = ROOT / "examples" / "mvlbim" / "platform.yaml"
SHAPES = sorted((ROOT / "tests" / "golden" / "platforms").glob("*.yaml"))
SHOP = """
platform: shop
regions: {here: {primary: us-east-1}}
environments:
  dev:
    instance_type: t3.medium
    min_capacity: 1
    max_capacity: 1
    overlay:
      cache_layer: {node_type: cache.t3.micro, cluster: null}
  production: {instance_type: m5.large, min_capacity: 3, max_capacity: 3}
cache_layer:
  engine: redis
  version: "7.2"
  node_type: cache.m5.large
  cluster: {num_cache_clusters: 2}
"""


@pytest.mark.parametrize("path", [EXAMPLE, *SHAPES], ids=lambda path: path.stem)
def test_it_is_what_the_loader_reads(path: Path) -> None:
    platform = load(path).platform
    for environment in platform.environments:
        assert variant(platform, environment) == load(path, environment).platform


def test_one_without_an_overlay_is_the_file() -> None:
    platform = subject_of(SHOP).platform
    assert variant(platform, "production") is platform
    assert variant(platform, "") is platform


def test_a_small_cache_of_dev_costs_what_a_small_cache_costs() -> None:
    shop = subject_of(SHOP)
    bill = estimate(shop.platform, shop.facts, scale=Scale.MAX, environment="dev")
    assert [(line.sku, line.quantity) for line in bill.lines if line.component == "cache"] == [
        ("elasticache:cache.t3.micro:redis", 730)
    ]


@pytest.mark.parametrize(
    ("place", "is_billed"), [("edge", False), ("region", True), ("both", True)]
)
def test_a_firewall_at_the_edge_is_not_on_the_cloud_s_bill(place: str, is_billed: bool) -> None:
    shop = subject_of(f"{SHOP}waf: {{runs_at: {place}, rules: []}}\n")
    bill = estimate(shop.platform, shop.facts, scale=Scale.MAX)
    assert any("WAF" in line.component for line in bill.lines) is is_billed
