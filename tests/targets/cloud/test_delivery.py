"""For which platforms there are pipelines, and what they know of them."""

from dataclasses import replace

import pytest
from targets.cloud.rendering import ATLAS, MVLBIM, PLATFORMS, sources

from groundplan.targets.cloud.design.delivery import delivery, github_repository
from groundplan.targets.cloud.render import clusters


@pytest.mark.parametrize(
    ("address", "repository"),
    [
        ("https://github.com/a/b.git", "a/b"),
        ("ssh://git@github.com/a/b", "a/b"),
        ("https://github.com.evil.example/a/b", None),
        ("https://git.example/github.com/a/b", None),
    ],
)
def test_a_repository_on_github_is_told(address: str, repository: str | None) -> None:
    assert github_repository(address) == repository


def test_all_environments_but_the_last_get_every_version() -> None:
    found = delivery(tuple(clusters(sources(MVLBIM), ATLAS)))
    assert found is not None
    assert (found.environments, found.first) == (
        ("dev", "staging", "production"),
        ("dev", "staging"),
    )
    assert found.role("push") == "arn:aws:iam::123456789012:role/mvlbim-push"
    assert len(found.roots) == 13
    assert (found.database_version, found.cache_version) == ("15", "7")
    assert [(i.service, i.language, i.directory) for i in found.images] == [
        ("mvlbim-api", "python", "api")
    ]


def test_a_folder_that_github_does_not_read_has_none() -> None:
    every = tuple(clusters(sources(MVLBIM), ATLAS))
    below = replace(every[0], git=replace(every[0].git, path="deploy/"))
    assert delivery((below, *every[1:])) is None
    assert delivery(tuple(clusters(sources(PLATFORMS / "arcade.yaml"), ATLAS))) is None
