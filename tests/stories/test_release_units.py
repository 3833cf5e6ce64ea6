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


def test_an_undo_brings_back_what_ran_and_up_keeps_it(bakery: Tills) -> None:
    """Code from git, code that `up` started from a directory, settings: whatever lies there now."""
    for cents in (110, 120, 130):
        commit(bakery, cents)
    (bakery.file.parent / "till.py").write_text("somebody works on it")
    with bakery.load() as load:
        assert release(bakery, "--ref", "v120") == ("v120", 120)
        assert release(bakery, "--undo") == ("1", 110)  # as `up` started it
        assert release(bakery, "--ref", "v130") == ("v130", 130)
        told = bakery.groundplan("release", "--ref", "v130")
        assert told.code != 0
        assert "runs just so" in told.err
        told = bakery.groundplan("up")
        assert "Nothing to do" in told.out, told.out
        assert "till: v130 stays, which release-" in told.err
        bakery.edit("drain: 2s", "drain: 3s")  # a setting alone is a release, too
        assert release(bakery) == ("v130", 130)
        bakery.edit('version: "1"', 'version: "v130"')  # the file has caught up
        told = bakery.groundplan("plan", "--detailed-exitcode")
        assert (told.code, "stays" in told.err) == (0, False), told.out
    assert not load.failed, load.failed[:3]


def release(platform: Tills, *words: str) -> tuple[str, int]:
    """What users get from it."""
    told = platform.groundplan("release", *words)
    assert told.code == 0, told.out + told.err
    return pretzel(platform)
