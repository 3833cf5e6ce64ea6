"""A full disk, an approval that never comes, a wrong pass phrase: clear words, nothing is lost, and
the next try works."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from stories.harness import REPOSITORY, PlatformUnderTest, within

from groundplan.agent.door import asking
from groundplan.agent.performing.operation import Operation

pytestmark = [pytest.mark.stories, pytest.mark.faults, pytest.mark.timeout(900)]

FILE = """\
platform: depot
regions:
  americas: {primary: us-east-1, secondary: ca-central-1}
services:
  web:
    port: 8000
    version: "1"
    command: "python3 tiny_service.py {address} {port} web"
    health: {live: /healthz}
    drain: 1s
primary_database:
  engine: postgres
  version: "15"
  read_replicas: {count: 1, regions: [ca-central-1]}
backup:
  database: {frequency: daily, retention: 30 days, cross_region: true}
  application_data: {frequency: hourly, retention: 7 days, paths: [uploads]}
disaster_recovery:
  rto: 4 hours
  rpo: 1 hour
  scenarios:
    - name: Database Corruption
      trigger: Data corruption detected
      action: Restore from backup
      automation: manual
      approval_timeout: 3 s
local: {entry: "127.0.0.1:18105", network: "127.70.0.0"}
"""


@pytest.fixture(scope="module")
def depot() -> Iterator[PlatformUnderTest]:
    root = Path(tempfile.mkdtemp(prefix="gp-", dir="/tmp"))
    root.chmod(0o755)
    (root / "platform.yaml").write_text(FILE)
    (root / "uploads").mkdir()
    (root / "uploads" / "a.txt").write_text("a delivery note")
    shutil.copy(REPOSITORY / "tests" / "tiny_service.py", root)
    depot = PlatformUnderTest(
        file=root / "platform.yaml", home=root / "home", entry="127.0.0.1:18105"
    )
    told = depot.groundplan("up")
    try:
        assert told.code == 0, told.err
        made = depot.groundplan("backup", "run", seconds=200)
        assert made.code == 0, made.err
        yield depot
    finally:
        told = depot.groundplan("down", "--purge", "--yes")
        shutil.rmtree(root, ignore_errors=True)
        assert told.code == 0, told.err


def folder_of(depot: PlatformUnderTest) -> Path:
    return depot.home / "depot-production"


def test_a_full_repository_disk_is_said_and_the_next_backup_works(depot: PlatformUnderTest) -> None:
    told = depot.groundplan("drill", "disk-full", "--yes", "-o", "json", seconds=280)
    if told.code == 4 and "filling the disk" in told.out:
        pytest.skip(f"a small disk cannot be mounted here: {told.out[-400:]}")
    assert told.code == 0, told.err + told.out
    assert "the disk of the repository in us-east-1 is full" in told.err
    during, after = (line for line in told.err.splitlines() if " backup: " in line)
    assert "us-east-1: " in during.partition("; but ")[2], "which repository, and why"
    assert "; but " not in after
    assert '"lost": 0' in told.out
    assert depot.groundplan("backup", "verify", seconds=200).code == 0


def drilled(depot: PlatformUnderTest, *, is_approved: bool) -> Operation:
    """Without anybody at a terminal."""
    folder = folder_of(depot)
    arguments = {"name": "database-corruption", "region": "", "is_approved": is_approved}
    name = asking.start(folder, "drill", arguments, who="story")
    within(240, "the drill ends", lambda: ended(folder, name).ended is not None)
    return ended(folder, name)


def ended(folder: Path, name: str) -> Operation:
    return asking.progress(folder, name).operation


def test_an_approval_that_never_comes_changes_nothing_and_one_that_does_restores(
    depot: PlatformUnderTest,
) -> None:
    waited = drilled(depot, is_approved=False)
    lines = [str(line) for line in asking.progress(folder_of(depot), waited.id).lines]
    assert any("nobody approved it until" in line for line in lines), lines
    assert waited.facts["verdict"] == "broken", "and that is no success"
    assert waited.facts["lost"] == 0
    assert "restore" not in {each.kind for each in asking.newest(folder_of(depot))}
    approved = drilled(depot, is_approved=True)
    assert (approved.facts["verdict"], approved.facts["lost"]) == ("kept", 0), approved.summary
    within(90, "all parts are healthy", lambda: depot.groundplan("status").code == 0)


def test_a_wrong_pass_phrase_is_named_and_the_right_one_works_again(
    depot: PlatformUnderTest,
) -> None:
    made = depot.groundplan("backup", "run", "--what", "files", seconds=200)
    assert made.code == 0, made.err
    secret = folder_of(depot) / "secrets" / "backup-files"
    right = secret.read_text()
    secret.write_text("another")
    try:
        told = depot.groundplan("backup", "verify", "--what", "files", seconds=200)
        assert told.code == 4
        assert "wrong password" in told.out + told.err
        told = depot.groundplan("restore", "--what", "files", "--to", "latest", "--dry-run")
        assert told.code != 0
    finally:
        secret.write_text(right)
    told = depot.groundplan("backup", "verify", "--what", "files", seconds=200)
    assert told.code == 0, told.err
    assert "(1 files)" in told.out
