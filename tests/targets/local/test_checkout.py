"""A service's directory as it was at some ref."""

import subprocess
from pathlib import Path

import pytest

from groundplan.errors import TargetError
from groundplan.targets.local.delivery.checkout import checkout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits of api/run; the first is tagged v1. What lies there now is in none."""
    root = tmp_path / "repository"
    (root / "api").mkdir(parents=True)
    git(root, "init", "--quiet", "--initial-branch=main")
    for text in ("one", "two"):
        (root / "api" / "run").write_text(text)
        git(root, "add", ".")
        git(root, "commit", "--quiet", "--message", text)
    git(root, "tag", "v1", "HEAD~1")
    (root / "api" / "run").write_text("in work")
    return root


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgSign=false")
    subprocess.run(("git", *who, *words), cwd=root, check=True, capture_output=True)


def test_a_ref_is_laid_out_under_its_content(repository: Path, tmp_path: Path) -> None:
    found = checkout(repository / "api", "v1", tmp_path / "trees")
    assert (found.path / "run").read_text() == "one"
    assert found.name == "v1"
    newest = checkout(repository / "api", "main", tmp_path / "trees")
    assert (newest.path / "run").read_text() == "two"
    assert newest.name.startswith("v1-1-g")
    assert checkout(repository / "api", newest.commit, tmp_path / "trees").path == newest.path
    assert {each.name for each in (tmp_path / "trees").iterdir()} == {
        found.path.name,
        newest.path.name,
    }


def test_the_root_of_a_repository_is_a_directory_too(repository: Path, tmp_path: Path) -> None:
    found = checkout(repository, "v1", tmp_path / "trees")
    assert (found.path / "api" / "run").read_text() == "one"


@pytest.mark.parametrize(
    ("where", "ref", "why"),
    [
        ("api", "v9", "there is no v9"),
        ("web", "v1", "v1 does not have web"),
        ("api", "--all", "no"),
    ],
)
def test_what_is_not_there_is_named(
    repository: Path, tmp_path: Path, where: str, ref: str, why: str
) -> None:
    (repository / where).mkdir(exist_ok=True)
    with pytest.raises(TargetError, match=why):
        checkout(repository / where, ref, tmp_path / "trees")
    assert not (tmp_path / "trees").exists()


def test_a_folder_without_a_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="not a git repository"):
        checkout(tmp_path, "main", tmp_path / "trees")
