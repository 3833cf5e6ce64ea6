"""What the design document would cost, where that comes from, and what nobody knows."""

from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from groundplan.checks import facts
from groundplan.checks.cost import Estimate, Kind, Scale, estimate, estimates, main_environment
from groundplan.errors import Place
from groundplan.spec.load import load
from groundplan.spec.platform import Platform

DOCUMENT = Path(__file__).parents[3] / "examples" / "mvlbim" / "document.yaml"
PRIMARIES = ("us-east-1", "eu-west-1", "ap-southeast-2")
HOME = ("us-east-1",)


@cache
def document() -> Platform:
    return load(DOCUMENT).platform


def bill(scale: Scale, regions: tuple[str, ...] | None = None) -> Estimate:
    return estimate(document(), facts.load(), scale=scale, regions=regions)


def platform(**sections: object) -> Platform:
    everything = {
        "platform": "shop",
        "regions": {"here": {"primary": "us-east-1"}},
        "environments": {
            "production": {"instance_type": "c5.large", "min_capacity": 2, "max_capacity": 4}
        },
    }
    return Platform.model_validate({**everything, **sections})


@pytest.mark.parametrize(
    ("scale", "regions", "usd"),
    [
        (Scale.MIN, None, 7725),
        (Scale.NORMAL, None, 10353),
        (Scale.MAX, None, 17319),
        (Scale.MIN, PRIMARIES, 4450),
        (Scale.MAX, PRIMARIES, 9483),
        (Scale.MIN, HOME, 2135),
        (Scale.MAX, HOME, 3561),
    ],
)
def test_capacity_of_the_document(scale: Scale, regions: tuple[str, ...] | None, usd: int) -> None:
    assert bill(scale, regions).of(Kind.CAPACITY) == pytest.approx(Decimal(usd), abs=1)


def test_traffic_of_the_document_costs_more_than_its_budget_for_it() -> None:
    sums = bill(Scale.MAX).by_component
    assert round(sums["WAF requests"]) == 7884
    assert sums["traffic to the internet"] > 10_000
    assert "10 KB per response" in " ".join(bill(Scale.MAX).assumes)


def test_every_scale_costs_at_least_as_much_as_the_one_below() -> None:
    low, middle, high = (bill(scale).usd for scale in Scale)
    assert low < middle < high


def test_sums_by_component_and_region_are_the_whole() -> None:
    whole = bill(Scale.MAX)
    sums = (sum(whole.by_component.values()), sum(whole.by_region.values()), whole.of(*Kind))
    assert [round(usd, 9) for usd in sums] == [round(whole.usd, 9)] * 3


def test_replicas_stand_in_the_regions_that_the_file_names() -> None:
    replicas = [line for line in bill(Scale.MIN).lines if line.component == "database replica"]
    assert [line.region for line in replicas] == ["us-west-2", "eu-west-1"]
    assert replicas[0].usd == Decimal("164.250")


def test_every_environment_runs_in_every_region_that_its_overlay_leaves() -> None:
    dev, staging, production = estimates(document(), facts.load(), Scale.MAX)
    assert len(dev.regions) == len(staging.regions) == len(production.regions) == 6
    assert {line.region for line in dev.lines if line.component == "nodes, on demand"} == set(
        dev.regions
    )
    assert [line.region for line in dev.lines if line.component == "database replica"]
    assert dev.usd < staging.usd < production.usd


def test_only_the_environment_with_users_pays_for_a_way_out_in_each_zone() -> None:
    dev, _, production = estimates(document(), facts.load(), Scale.MAX)
    hours = [
        {line.quantity for line in bill.lines if line.component == "NAT gateways"}
        for bill in (dev, production)
    ]
    assert hours == [{730}, {3 * 730}]


def test_main_environment_is_known_by_name_or_by_size() -> None:
    sizes = {"instance_type": "t3.medium", "min_capacity": 1, "max_capacity": 1}
    larger = {**sizes, "max_capacity": 9}
    assert main_environment(document()) == "production"
    assert main_environment(platform(environments={"a": sizes, "b": larger})) == "b"
    assert main_environment(platform(environments={})) is None


def test_a_price_that_nobody_knows_is_unknown_and_never_nothing() -> None:
    moon = platform(regions={"moon": {"primary": "moon-1"}})
    whole = estimate(moon, facts.load(), scale=Scale.MIN)
    assert {line.component for line in whole.unknown} >= {"nodes, on demand", "load balancer"}
    assert all(line.usd is None for line in whole.unknown)
    assert "unknown" in str(whole)
    assert "no price for ec2:c5.large" in "\n".join(map(str, whole.unknown))


def test_machines_that_the_file_does_not_name_are_unknown() -> None:
    whole = estimate(platform(environments={}), facts.load(), scale=Scale.MAX)
    assert [line.sku for line in whole.unknown] == ["ec2:(type not named):linux:ondemand"]


def test_spot_without_a_price_counts_as_on_demand() -> None:
    odd = platform(
        spot_instances={"percentage": 50},
        environments={
            "production": {"instance_type": "m5.large", "min_capacity": 4, "max_capacity": 4}
        },
    )
    lines = estimate(odd, facts.load(), scale=Scale.MAX).lines
    (spot,) = [line for line in lines if line.component == "nodes, spot"]
    assert spot.usd == 2 * 730 * Decimal("0.096")
    assert "counted as if on demand" in spot.note


def test_a_base_of_on_demand_nodes_is_never_spot() -> None:
    spot = {"percentage": 100, "on_demand_base": 3}
    lines = estimate(platform(spot_instances=spot), facts.load(), scale=Scale.MAX).lines
    nodes = {line.component: line.quantity / 730 for line in lines if "nodes," in line.component}
    assert nodes == {"nodes, on demand": 3, "nodes, spot": 1}


def test_standby_doubles_the_database_and_its_disk() -> None:
    wanted = {
        "engine": "postgres",
        "version": "17",
        "instance_class": "db.r6g.large",
        "storage": {"type": "gp3", "size": "500GB", "iops": 13000},
    }
    one = estimate(platform(primary_database=wanted), facts.load(), scale=Scale.MIN)
    two = estimate(
        platform(primary_database={**wanted, "multi_az": True}), facts.load(), scale=Scale.MIN
    )
    single, double = (
        {line.component.partition(",")[0]: line.usd for line in whole.lines} for whole in (one, two)
    )
    assert single["database"] == Decimal("164.250")
    for part in ("database", "database storage", "database IOPS"):
        first = single[part]
        assert first is not None
        assert double[part] == 2 * first
    assert single["database IOPS"] == 20


def test_lake_moves_to_cheaper_classes_and_ends() -> None:
    def kept(scale: Scale) -> dict[str, int]:
        lines = bill(scale, HOME).lines
        return {line.sku: round(line.quantity) for line in lines if line.component == "data lake"}

    daily = 24e9 / 2**30
    assert kept(Scale.MIN) == {"s3:standard": round(30 * daily)}
    assert kept(Scale.MAX) == {
        "s3:standard": round(30 * daily),
        "s3:standard-ia": round(60 * daily),
        "s3:glacier-flexible": round(2465 * daily),
    }


def test_derivation_names_key_and_price_of_every_line() -> None:
    whole = bill(Scale.MIN, HOME)
    told = whole.derivation(lambda path: Place("document.yaml", 1, 1))
    assert "primary_database.instance_class" in told.paths
    assert told.facts == whole.facts
    assert told.result == str(whole)
    assert any("spot" in str(line) for line in told.lines)


@pytest.mark.parametrize("count", [1, 3, 10**15])
def test_replicas_are_dealt_out_to_their_regions(count: int) -> None:
    """By number and not one by one: a file may say any."""
    database = {
        "engine": "postgres",
        "version": "17.12",
        "instance_class": "db.r6g.large",
        "read_replicas": {"count": count, "regions": ["us-east-1", "eu-west-1"]},
    }
    made = estimate(platform(primary_database=database), facts.load(), scale=Scale.MIN)
    lines = [line for line in made.lines if line.component == "database replica"]
    assert [line.region for line in lines] == ["us-east-1", "eu-west-1"][:count]
    hours = sum(line.quantity for line in lines)
    assert hours == count * lines[-1].quantity / (count // 2 or 1)
