"""The edge: clients get the nearest region that answers, and what the file refuses is refused."""

import pytest
from targets.cloud.rendering import ATLAS, MVLBIM, PLATFORMS, sources, tree

from groundplan.spec.load import load
from groundplan.spec.waf import WafRule
from groundplan.targets.cloud.design.edge import NEAR, hosts, managed, ordered, place_of, rules
from groundplan.targets.cloud.design.sites import sites
from groundplan.targets.cloud.render import clusters


def test_the_nearest_geography_comes_first_and_its_standby_second() -> None:
    six = tuple(sites(load(MVLBIM, "production"), 0, ATLAS))
    assert ordered(six, NEAR["EEU"])[:3] == ("eu-west-1", "eu-central-1", "us-east-1")
    assert ordered(six, NEAR["OC"])[:3] == ("ap-southeast-2", "ap-northeast-1", "us-east-1")
    assert ordered(six, ()) == tuple(site.region for site in six)


@pytest.mark.parametrize("part", NEAR)
def test_every_part_of_the_world_has_every_region(part: str) -> None:
    four = tuple(sites(load(PLATFORMS / "arcade.yaml"), 0, ATLAS))
    assert sorted(ordered(four, NEAR[part])) == sorted(site.region for site in four)


def test_every_public_name_is_led_to_the_regions_of_its_environment() -> None:
    found = {host.name: host for host in hosts(tuple(clusters(sources(MVLBIM), ATLAS)))}
    assert {name: len(host.order) for name, host in found.items()} == {
        "api.dev.mvlbim.example": 2,
        "api.staging.mvlbim.example": 3,
        "api.mvlbim.example": 6,
    }
    # Probed from where the file has its probes: nobody in a region that fails can tell.
    assert found["api.mvlbim.example"].probed_from == ("ENAM", "WEU")


def test_a_region_lies_in_a_part_of_the_world() -> None:
    found = [place_of(name) for name in ("us-west-2", "ap-southeast-2", "ap-northeast-1", "xx-1")]
    assert found == ["WNAM", "OC", "NEAS", None]


def test_a_session_is_told_by_the_visitor_and_all_else_by_the_address() -> None:
    rate = {"name": "r", "type": "rate_limit", "action": "block", "threshold": "2000 requests/5min"}
    told = [
        next(rules((WafRule.model_validate(rate | {"aggregate_by": by}),)))
        for by in ("session", "forwarded_address")
    ]
    assert [(rule["limit"], rule["seconds"], rule["per"]) for rule in told] == [
        (2000, 300, "visitor"),
        (2000, 300, "address"),
    ]


def test_sets_of_rules_are_known_by_a_word() -> None:
    assert managed("OWASP Core Ruleset") is not None
    assert managed("our own") is None


def test_without_cloudflare_there_is_no_root_of_an_edge() -> None:
    assert any(name.startswith("terraform/live/edge/") for name in tree(MVLBIM))
    assert not any("edge" in name for name in tree(PLATFORMS / "clinic.yaml"))
