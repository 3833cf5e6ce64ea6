"""Lookups: what the package's tables know, and that they say when they do not."""

from datetime import date
from decimal import Decimal

import pytest

from groundplan.checks import facts
from groundplan.checks.facts import Confidence

KNOWN = facts.load()
TODAY = date(2026, 11, 24)
DOCUMENT_SIZES = (
    ("t3.medium", 2, "4"),
    ("t3.large", 2, "8"),
    ("c5.large", 2, "4"),
    ("c5.xlarge", 4, "8"),
    ("m5.large", 2, "8"),
    ("db.r6g.xlarge", 4, "32"),
    ("db.r6g.large", 2, "16"),
    ("cache.r6g.large", 2, "13.07"),
    ("m6g.large.elasticsearch", 2, "8"),
    ("m6g.large.search", 2, "8"),
)


@pytest.mark.parametrize(("name", "vcpu", "memory"), DOCUMENT_SIZES)
def test_sizes_of_the_document_are_known(name: str, vcpu: int, memory: str) -> None:
    size = KNOWN.instance(name)
    assert size is not None
    assert (size.vcpu, size.memory_gib) == (vcpu, Decimal(memory))


def test_what_no_table_knows_is_none() -> None:
    assert KNOWN.instance("c99.mega") is None
    assert KNOWN.price("ec2:c99.mega:linux:ondemand", "us-east-1") is None
    assert KNOWN.region("moon-1") is None
    assert KNOWN.sla("mail", "multi-az") is None
    assert KNOWN.engine("postgres", "99.1") is None
    assert KNOWN.engine("postgres", "new") is None
    assert KNOWN.storage("rds-postgres", "tape", 500) is None
    assert KNOWN.limit("nobody.knows") is None
    assert KNOWN.deprecation("kubernetes-api", "apps/v1") is None


def test_price_of_a_region_is_its_own() -> None:
    price = KNOWN.price("ec2:c5.xlarge:linux:ondemand", "ap-southeast-2")
    assert price is not None
    assert (price.usd, price.unit) == (Decimal("0.222"), "hour")
    assert price.fact.confidence is Confidence.FACT


def test_price_without_a_row_in_the_region_is_scaled_and_says_so() -> None:
    price = KNOWN.price("elasticache:cache.r6g.large:redis", "eu-west-1")
    assert price is not None
    assert (price.region, price.usd) == ("eu-west-1", Decimal("0.232659"))
    assert price.fact.confidence is Confidence.INFERRED
    assert "us-east-1 x 1.129" in price.fact.note


def test_price_that_is_scaled_from_memory_is_no_better_than_memory() -> None:
    price = KNOWN.price("elasticache:cache.r6g.large:redis", "sa-east-1")
    assert price is not None
    assert price.fact.confidence is Confidence.MEMORY


@pytest.mark.parametrize(
    "sku", ["egress:internet:first10TB", "ec2:c5.large:linux:spot", "discount:ec2:x"]
)
def test_prices_that_go_their_own_way_are_not_scaled(sku: str) -> None:
    assert KNOWN.price(sku, "af-south-1") is None


def test_price_that_is_the_same_everywhere() -> None:
    price = KNOWN.price("eks:control-plane", "ap-northeast-1")
    assert price is not None
    assert price.usd == Decimal("0.1")


def test_azure_has_regions_and_no_prices() -> None:
    assert KNOWN.region("westeurope") is not None
    assert KNOWN.price("ec2:c5.large:linux:ondemand", "westeurope") is None


@pytest.mark.parametrize(
    ("region", "letters"), [("ca-central-1", "abd"), ("ap-northeast-1", "acd")]
)
def test_zones_have_their_own_letters(region: str, letters: str) -> None:
    known = KNOWN.region(region)
    assert known is not None
    assert known.zones == tuple(f"{region}{letter}" for letter in letters)


def test_clocks_of_a_region_change_twice_a_year_or_never() -> None:
    sydney, tokyo = KNOWN.region("ap-southeast-2"), KNOWN.region("ap-northeast-1")
    assert sydney is not None
    assert tokyo is not None
    assert sydney.utc_offsets == (660, 600)
    assert tokyo.utc_offsets == (540,)


def test_contract_falls_back_to_the_one_for_any_redundancy() -> None:
    assert KNOWN.sla("eks", "multi-az") == KNOWN.sla("eks")
    single, double = KNOWN.sla("rds", "single-az"), KNOWN.sla("rds", "multi-az")
    assert single is not None
    assert double is not None
    assert single.ratio < double.ratio == Decimal("0.9995")


def test_version_belongs_to_the_line_that_fits_best() -> None:
    postgres, redis = KNOWN.engine("postgresql", "15.3"), KNOWN.engine("redis", "7.0")
    assert postgres is not None
    assert redis is not None
    assert (postgres.line, redis.line) == ("15", "7.0")
    assert postgres.is_behind("15.3")
    assert not postgres.is_behind("15")
    assert not postgres.is_over(TODAY)
    assert redis.is_over(TODAY)
    assert not redis.is_behind("7.0")
    assert [row.line for row in KNOWN.engines("nodejs")][:2] == ["14", "16"]


def test_line_is_over_on_its_last_day() -> None:
    node = KNOWN.engine("node", "18")
    assert node is not None
    assert node.end_of_life is not None
    assert node.is_over(node.end_of_life)
    assert not node.is_over(date(2025, 4, 29))


def test_storage_rule_depends_on_the_size() -> None:
    small, large = (
        KNOWN.storage("rds-postgres", "gp3", 399),
        KNOWN.storage("rds-postgres", "gp3", 400),
    )
    assert small is not None
    assert large is not None
    assert (small.iops_baseline, small.is_settable) == (3000, False)
    assert (large.iops_baseline, large.is_settable) == (12_000, True)


def test_family_is_the_name_without_service_and_size() -> None:
    sizes = (KNOWN.instance(name) for name in ("db.r6g.large", "cache.t3.micro", "c5.large"))
    assert [size.family for size in sizes if size] == ["r6g", "t3", "c5"]
