"""What is applied in which order, with whose credentials, and what then goes into git."""

import subprocess
from pathlib import Path

import pytest
from targets.cloud.rendering import ATLAS, MVLBIM, rendered, sources

from groundplan.errors import TargetError
from groundplan.targets.cloud.apply.commit import commit, is_in_git
from groundplan.targets.cloud.apply.credentials import PLACES, lacking
from groundplan.targets.cloud.apply.roots import roots
from groundplan.targets.cloud.folder import write
from groundplan.targets.cloud.render import clusters


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rendered")
    write(made, rendered(MVLBIM))
    return made


def test_a_primary_comes_before_its_replicas_and_the_edge_behind_all(folder: Path) -> None:
    every = tuple(clusters(sources(MVLBIM), ATLAS))
    found = roots(folder, every)
    names = [root.name for root in found]
    assert names[:2] == ["state", "global"]
    assert names[-2:] == ["edge", "azure"]
    assert names.index("production/us-east-1") < names.index("production/ca-central-1")
    assert [root.provider for root in found[-3:]] == ["aws", "cloudflare", "azurerm"]
    assert len(names) == len(every) + 4


def test_for_one_environment_its_sites_alone(folder: Path) -> None:
    found = roots(folder, tuple(clusters(sources(MVLBIM), ATLAS)), "dev")
    assert [root.name for root in found] == ["dev/us-east-1", "dev/ca-central-1"]


@pytest.mark.parametrize("provider", PLACES)
def test_without_credentials_it_says_what_to_do(provider: str, tmp_path: Path) -> None:
    assert lacking(provider, {}, tmp_path) == PLACES[provider].try_
    for names in PLACES[provider].variables:
        assert lacking(provider, dict.fromkeys(names, "x"), tmp_path) is None
        if len(names) > 1:
            assert lacking(provider, {names[0]: "x"}, tmp_path) is not None


def test_a_file_of_credentials_counts(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").touch()
    assert lacking("aws", {}, tmp_path) is None


def test_our_files_are_committed_once_and_nothing_of_terraforms(tmp_path: Path) -> None:
    assert not is_in_git(tmp_path)

    def git(*words: str) -> str:
        told = subprocess.run(
            ["git", "-C", str(tmp_path), *words], capture_output=True, text=True, check=True
        )
        return told.stdout

    git("init", "--quiet")
    git("config", "user.email", "test@localhost")
    git("config", "user.name", "test")
    root = tmp_path / "terraform" / "live" / "global"
    (root / ".terraform").mkdir(parents=True)
    (root / ".terraform" / "program").touch()
    (root / "terraform.tfstate").touch()
    (root / "main.tf").touch()
    (tmp_path / "README").touch()  # the team's own, not ours to commit
    made = commit(tmp_path, "Render")
    assert made is not None
    shown = git("show", "--name-only", "--format=", made).split()
    assert shown == ["terraform/live/global/main.tf"]
    assert commit(tmp_path, "Render") is None


def test_what_git_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "gitops").mkdir()
    (tmp_path / "gitops" / "x").touch()
    with pytest.raises(TargetError, match="git add"):
        commit(tmp_path, "Render")
