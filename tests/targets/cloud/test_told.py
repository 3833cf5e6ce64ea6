"""What a cloud would have, in words."""

from targets.cloud.rendering import ATLAS, MVLBIM, PLATFORMS, sources

from groundplan.targets.cloud.render import clusters
from groundplan.targets.cloud.told import beyond, site


def test_the_region_that_writes_has_the_primary_and_the_lake() -> None:
    home, partner, *_ = clusters(sources(MVLBIM)[-1:], ATLAS)
    assert any("the primary: db.m6g.xlarge" in line for line in site(home))
    assert "a data lake of 4 buckets" in site(home)
    assert any("a replica of us-east-1" in line for line in site(partner))
    assert not any("lake" in line for line in site(partner))


def test_what_is_of_no_site_is_told_once() -> None:
    assert [name for name, _ in beyond(tuple(clusters(sources(MVLBIM), ATLAS)))] == [
        "edge",
        "standby",
    ]


def test_a_small_platform_has_a_cluster_and_its_service() -> None:
    (only,) = clusters(sources(PLATFORMS / "bakery.yaml"), ATLAS)
    assert site(only) == (
        "a cluster of 3 to 6 machines (m6i.large)",
        "till: 2 replicas, released by Rolling",
    )
    assert list(beyond((only,))) == []
