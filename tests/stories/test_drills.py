"""Drills on the real platform: things are broken, the declared response happens, nothing is lost.

Nothing here judges how long it took: these machines are noisy, and the figures are the drills' own.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from stories.harness import PlatformUnderTest, within

pytestmark = [pytest.mark.stories, pytest.mark.faults, pytest.mark.timeout(900)]


def drilled(platform: PlatformUnderTest, name: str) -> dict[str, Any]:
    """The facts of a drill that was served again and lost nothing."""
    told = platform.groundplan("drill", name, "--yes", "-o", "json", seconds=300)
    assert told.code == 0, told.err
    facts: dict[str, Any] = json.loads(told.out)["operation"]["facts"]
    assert facts["verdict"] == "kept", facts
    assert facts["acknowledged"] > 0
    assert facts["lost"] == 0
    return facts


def is_well(platform: PlatformUnderTest) -> bool:
    return platform.groundplan("status").code == 0


def is_whole(platform: PlatformUnderTest) -> None:
    within(90, "all parts are healthy again", lambda: is_well(platform))


def test_the_edge_comes_back_by_itself(rehearsed: PlatformUnderTest) -> None:
    facts = drilled(rehearsed, "edge-loss")
    assert facts["rto_seconds"] > 0
    is_whole(rehearsed)


def test_a_lost_region_is_left_and_come_back_to(rehearsed: PlatformUnderTest) -> None:
    facts = drilled(rehearsed, "regional-outage")
    assert facts["rto_seconds"] > 2  # nobody leaves a region before the file says so
    is_whole(rehearsed)
    page = Path(facts["report"]).read_text(encoding="utf-8")
    assert "killed at once" in page
    assert "is the primary" in page


def test_flipped_bytes_are_restored_from_a_backup(rehearsed: PlatformUnderTest) -> None:
    made = rehearsed.groundplan("backup", "run", seconds=200)
    assert made.code == 0, made.err
    drilled(rehearsed, "database-corruption")
    is_whole(rehearsed)


def test_after_a_breach_old_credentials_open_nothing(rehearsed: PlatformUnderTest) -> None:
    folder = rehearsed.home / "mvlbim-production"
    names = ("postgres-app", "postgres-monitor", "postgres-replication", "redis")
    before = {name: (folder / "secrets" / name).read_text() for name in names}
    drilled(rehearsed, "security-breach")
    is_whole(rehearsed)
    for name, secret in before.items():
        assert (folder / "secrets" / name).read_text() != secret
    kept = sorted((folder / "evidence").glob("us-east-1-*/SHA256SUMS"))
    assert kept
    assert "logs/" in kept[0].read_text()


def test_the_worst_of_all_drills_is_what_was_measured(rehearsed: PlatformUnderTest) -> None:
    found = {row["id"]: row for row in rehearsed.json("promises")["promises"]}
    for promise in ("disaster_recovery.rto", "disaster_recovery.rpo"):
        assert found[promise]["measured"]["verdict"] == "kept"
        assert "regional-outage" in found[promise]["measured"]["how"]


def test_everything_stands_in_the_journal(rehearsed: PlatformUnderTest) -> None:
    told = rehearsed.groundplan("journal", "--verify")
    assert told.code == 0, told.err
    assert "drill" in rehearsed.groundplan("journal", "--limit", "200").out
