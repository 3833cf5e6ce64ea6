"""Sites, machines and releases: what the file means in a cloud, and what does not fit there."""

import ipaddress
from itertools import combinations
from pathlib import Path

import pytest
from targets.cloud.rendering import ATLAS, MVLBIM, PLATFORMS, sources

from groundplan.errors import SpecError
from groundplan.spec.load import load
from groundplan.targets.cloud.design.cluster import cron, machines
from groundplan.targets.cloud.design.release import BlueGreen, Canary, Rolling, release_of
from groundplan.targets.cloud.design.sites import moved, sites
from groundplan.targets.cloud.render import clusters

SMALL = """\
platform: {platform}
regions: {{home: {{primary: {region}}}}}
services: {{web: {{port: 80, image: {image}}}}}
cloud: {{repository: https://git.example/x.git, network: {network}}}
{more}
"""


def rules(tmp_path: Path, more: str = "", **changes: str) -> list[str]:
    """The findings of a small platform, as rule and path."""
    values = {"platform": "shop", "region": "eu-west-1", "image": "a/b", "network": "10.0.0.0/16"}
    path = tmp_path / "platform.yaml"
    path.write_text(SMALL.format(**{**values, **changes}, more=more))
    try:
        assert list(clusters(sources(path), ATLAS))
    except SpecError as error:
        return [f"{finding.rule} {finding.path}" for finding in error.findings]
    return []


def test_a_small_platform_fits(tmp_path: Path) -> None:
    assert rules(tmp_path) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"region": "eu-west-9"}, ["RND005 regions.home.primary"]),
        ({"region": "us-west-1"}, ["RND004 regions.home.primary"]),
        ({"platform": "a" * 63}, ["RND002 platform"]),
        ({"network": "192.168.0.0/16"}, ["RND003 cloud.network"]),
        ({"more": "providers: {primary: Azure}"}, ["RND009 providers.primary"]),
        (
            {"more": "vpc_security: {origin_check: tunnel}",
             "network": "10.0.0.0/16, domain: x.de"},
            ["RND011 vpc_security.origin_check"],
        ),
        (
            {"more": "vpc_security: {origin_check: client_certificate}\nwaf: {}",
             "network": "10.0.0.0/16, domain: x.de"},
            ["RND011 vpc_security.origin_check"],
        ),
        ({"more": "waf: {managed_rules: [our own]}"}, ["RND010 waf.managed_rules[0]"]),
        (
            {"more": "environments: {a: {instance_type: c5.xlrge, min_capacity: 1, "
             "max_capacity: 2}}"},
            ["RND006 environments.a.instance_type"],
        ),
        (
            {"more": "spot_instances: {percentage: 1, diversification: {instance_types: [x.y]}}"},
            ["RND006 spot_instances.diversification.instance_types[0]"],
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_found(
    tmp_path: Path, changes: dict[str, str], found: list[str]
) -> None:
    assert rules(tmp_path, **changes) == found


def test_a_service_without_an_image_and_a_file_without_a_repository() -> None:
    bakery = MVLBIM.parents[1] / "bakery" / "platform.yaml"
    with pytest.raises(SpecError) as refused:
        clusters(sources(bakery), ATLAS)
    assert [finding.rule for finding in refused.value.findings] == ["RND008", "RND007"]


def test_a_region_with_two_zones_is_too_small(tmp_path: Path) -> None:
    class Flat:
        def zones(self, region: str) -> tuple[str, ...]:
            return (f"{region}a", f"{region}b")

        def processors(self, machine: str) -> int:
            return 2

        def is_offered(self, machine: str, region: str) -> bool:
            return False

    with pytest.raises(SpecError) as refused:
        clusters(sources(PLATFORMS / "arcade.yaml"), Flat())
    assert {finding.rule for finding in refused.value.findings} == {"RND004", "RND006"}


def test_no_two_sites_share_an_address() -> None:
    found = [cluster.site for cluster in clusters(sources(MVLBIM), ATLAS)]
    blocks = [ipaddress.ip_network(site.network) for site in found]
    assert len(blocks) == 11
    assert not any(a.overlaps(b) for a, b in combinations(blocks, 2))
    for site in found:
        block = ipaddress.IPv4Network(site.network)
        nets = [ipaddress.IPv4Network(n) for z in site.zones for n in (z.public, z.private)]
        assert len(nets) == 6
        assert all(net.subnet_of(block) for net in nets)
        assert not any(a.overlaps(b) for a, b in combinations(nets, 2))


def test_a_region_keeps_its_block_when_another_comes() -> None:
    source = load(PLATFORMS / "arcade.yaml")
    found = {site.region: site.network for site in sites(source, 0, ATLAS)}
    assert found == {
        "us-west-2": "10.0.0.0/16",
        "us-east-2": "10.1.0.0/16",
        "sa-east-1": "10.2.0.0/16",
        "ap-south-1": "10.3.0.0/16",
    }


@pytest.mark.parametrize(
    ("written", "here"),
    [
        ("10.0.0.0/20", "10.7.0.0/20"),
        ("10.0.128.0/17", "10.7.128.0/17"),
        ("10.0.0.0/16", "10.7.0.0/16"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("192.168.1.0/24", "192.168.1.0/24"),
        ("::/0", "::/0"),
    ],
)
def test_ranges_move_with_their_block(written: str, here: str) -> None:
    assert moved(written, "10.0.0.0/16", "10.7.0.0/16") == here


def test_the_canary_grows_as_the_file_says() -> None:
    release = release_of(load(MVLBIM).platform, "mvlbim-api")
    assert isinstance(release, Canary)
    assert release.weights == (5, 15, 25, 35, 45, 55)
    assert [(g.metric, g.keeps, g.breaks) for g in release.gates] == [
        ("error_rate", 0.01, 0.01),
        ("response_time", 0.2, 0.2),
    ]


def test_the_documents_own_canary_never_has_more_than_its_most() -> None:
    platform = load(MVLBIM.parent / "document.yaml").platform
    release = release_of(platform.model_copy(update={"deployment_strategy": None}), "mvlbim-api")
    assert isinstance(release, Canary)
    assert release.weights == (5, 15, 25, 35, 45, 50)
    assert next((g.metric, g.keeps, round(g.breaks, 3)) for g in release.gates) == (
        "error_rate",
        0.01,
        0.05,
    )


def test_blue_and_green_share_as_the_words_say() -> None:
    clinic = load(PLATFORMS / "clinic.yaml").platform
    release = release_of(clinic, "records")
    assert isinstance(release, BlueGreen)
    assert (release.weights, release.monitor_seconds) == ((20, 60, 100), 900)
    assert isinstance(release_of(clinic, "letters"), Canary)
    assert isinstance(release_of(load(PLATFORMS / "bakery.yaml").platform, "till"), Rolling)


def test_spot_is_a_share_of_equal_pieces() -> None:
    source = load(PLATFORMS / "arcade.yaml")
    found = machines(source, next(sites(source, 0, ATLAS)), ATLAS)
    assert (found.spot, found.pieces, found.drain_seconds) == (3, 4, 60)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (300, "*/5 * * * *"),
        (420, "*/6 * * * *"),
        (1800, "*/30 * * * *"),
        (3600, "7 */1 * * *"),
        (7 * 3600, "7 */6 * * *"),
        (86_400, "7 2 * * *"),
        (604_800, "7 1 * * 0"),
        (2_629_800, "7 1 1 * *"),
    ],
)
def test_an_interval_in_the_words_of_cron(seconds: float, words: str) -> None:
    assert cron(seconds) == words
