"""What a release is made of: code from git, settings; an undo brings back what ran."""

import subprocess
from collections.abc import Iterator

import pytest
from stories.tills import QUICK, Tills, tills

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

QUICKER = QUICK.replace("initial_traffic: 20", "initial_traffic: 50")


@pytest.fixture
def bakery() -> Iterator[Tills]:
    with tills(QUICKER, port=18104, network="127.62.0.0") as platform:
        git(platform, "init", "--quiet", "--initial-branch=main")
        yield platform


def git(platform: Tills, *words: str) -> None:
    who = ("-c", "user.name=ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgSign=false")
    subprocess.run(("git", *who, *words), cwd=platform.file.parent, check=True, capture_output=True)


def commit(platform: Tills, cents: int) -> None:
    """A version with another price for pretzels, tagged with it."""
    till = platform.file.parent / "till.py"
    till.write_text(till.read_text().replace('"pretzel": 110', f'"pretzel": {cents}'))
    git(platform, "add", "till.py")
    git(platform, "commit", "--quiet", "--allow-empty", "--message", f"{cents} cents")
    git(platform, "tag", f"v{cents}")
    git(platform, "checkout", "--quiet", "v110") if cents != 110 else None


def pretzel(platform: Tills) -> tuple[str, int]:
    with platform.client() as client:
        answer = client.get("/menu")
        return answer.headers["x-version"], int(answer.json()["cents"]["pretzel"])


def test_an_undo_brings_back_what_git_had(bakery: Tills) -> None:
    for cents in (110, 120, 130):
        commit(bakery, cents)
    (bakery.file.parent / "till.py").write_text("somebody works on it")
    with bakery.load() as load:
        for ref in ("v120", "v130"):
            told = bakery.groundplan("release", "--ref", ref)
            assert told.code == 0, told.out + told.err
            assert pretzel(bakery) == (ref, int(ref[1:]))
        told = bakery.groundplan("release", "--undo")
        assert told.code == 0, told.out + told.err
        assert pretzel(bakery) == ("v120", 120)
        told = bakery.groundplan("release", "--ref", "v120")
        assert told.code != 0
        assert "runs just so" in told.err
        bakery.edit("drain: 2s", "drain: 3s")  # a setting alone is a release, too
        told = bakery.groundplan("release", "--ref", "v120")
        assert told.code == 0, told.out + told.err
        assert pretzel(bakery) == ("v120", 120)
    assert not load.failed, load.failed[:3]
