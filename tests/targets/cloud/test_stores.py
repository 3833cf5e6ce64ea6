"""Stores as AWS sells them: sizes, seats, names of secrets and images."""

import pytest
from targets.cloud.rendering import ATLAS, MVLBIM, PLATFORMS

from groundplan.spec.load import load
from groundplan.targets.cloud.design.sites import sites
from groundplan.targets.cloud.design.stores import (
    access_lists,
    days,
    gib,
    image_names,
    postgres,
    secret_names,
)
from groundplan.units import Bytes


@pytest.mark.parametrize(
    ("written", "sold"), [("500GB", 500), ("1TB", 1000), ("20Gi", 20), ("1B", 1)]
)
def test_sizes_are_those_that_aws_sells(written: str, sold: int) -> None:
    assert gib(Bytes.parse(written)) == sold


def test_days_are_never_fewer_than_promised() -> None:
    assert [days(0), days(86_400), days(86_401)] == [1, 1, 2]


def test_each_region_has_its_seat() -> None:
    source = load(MVLBIM)
    servers = {s.region: postgres(source.platform, s, "us-east-1") for s in sites(source, 0, ATLAS)}
    assert [name for name, server in servers.items() if server and not server.replicates] == [
        "us-east-1"
    ]
    assert sum(server is not None for server in servers.values()) == 6


def test_a_small_disk_has_no_operations_to_set() -> None:
    platform = load(MVLBIM, "staging").platform
    site = next(sites(load(MVLBIM, "staging"), 0, ATLAS))
    server = postgres(platform, site, site.region)
    assert server is not None
    assert (server.storage_gib, server.iops) == (100, None)


def test_access_lists_move_with_their_site() -> None:
    source = load(PLATFORMS / "clinic.yaml", "live")
    second = list(sites(source, 1, ATLAS))[1]
    (inside, outside) = access_lists(source.platform, second)["private"]
    assert (inside["cidr"], inside["ports"]) == ("10.81.0.0/20", "9000-9001")
    assert (outside["cidr"], outside["egress"], "ports" in outside) == ("0.0.0.0/0", True, False)


def test_names_of_secrets_and_images() -> None:
    assert secret_names(load(MVLBIM).platform) == (
        "mvlbim-secrets",
        "stores",
        "grafana-admin",
        "alertmanager-pager",
    )
    assert list(image_names(load(MVLBIM).platform)) == ["mvlbim/api"]
    assert secret_names(load(PLATFORMS / "bakery.yaml").platform) == ("grafana-admin",)
    assert list(image_names(load(PLATFORMS / "bakery.yaml").platform)) == []
