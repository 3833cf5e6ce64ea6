"""Bad days of Terraform, each told in words; and that it is stopped, never killed.

The programs here are scripts that say what Terraform says then.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from groundplan.errors import TargetError
from groundplan.targets.cloud.apply import program, terraform
from groundplan.targets.cloud.apply.roots import Root

LOCKED = """
Error: Error acquiring the state lock

Error message: operation error S3: PutObject, https response error StatusCode: 412
Lock Info:
  ID:        1f2e3d4c-0000-1111-2222-333344445555
  Path:      mvlbim-terraform-state/infrastructure/global/terraform.tfstate
  Operation: OperationTypeApply
  Who:       ada@laptop
  Version:   1.11.4
  Created:   2026-11-26 03:14:15.926 +0000 UTC
"""


@pytest.fixture
def root(tmp_path: Path) -> Root:
    folder = tmp_path / "global"
    folder.mkdir()
    return Root(name="global", folder=folder)


@pytest.fixture
def says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Says":
    return Says(tmp_path, monkeypatch)


class Says:
    """Puts a script where Terraform would be."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "bin"
        self.folder.mkdir()
        monkeypatch.setenv("PATH", f"{self.folder}:/usr/bin:/bin")

    def __call__(self, script: str) -> None:
        path = self.folder / "terraform"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def error(self, text: str) -> None:
        (self.folder / "told").write_text(text)
        self(f'cat "{self.folder}/told" >&2; exit 1')


def test_without_terraform_it_says_what_to_install(says: Says, root: Root) -> None:
    with pytest.raises(TargetError, match="it is not on this machine") as refusal:
        program.require()
    assert refusal.value.try_ == "install Terraform 1.11 or newer"


@pytest.mark.parametrize(
    ("version", "fits"), [("1.5.7", False), ("1.10.5", False), ("1.11.0", True), ("2.0.0", True)]
)
def test_a_terraform_that_cannot_lock_in_s3_is_refused(
    says: Says, version: str, fits: bool
) -> None:
    says(f"""echo '{{"terraform_version": "{version}"}}'""")
    if fits:
        program.require()
        return
    with pytest.raises(TargetError, match=f"is {version}, and states are locked in S3"):
        program.require()


@pytest.mark.parametrize("script", ["echo Terraform v1.11", "echo []", "exit 3", "echo '{}'"])
def test_what_tells_no_version_is_no_terraform(says: Says, script: str) -> None:
    says(script)
    with pytest.raises(TargetError, match="does not tell its version"):
        program.require()


def test_a_lock_is_told_with_who_holds_it_and_how_it_is_broken(says: Says, root: Root) -> None:
    says.error(LOCKED)
    with pytest.raises(TargetError) as refusal:
        terraform.plan(root)
    told = refusal.value
    assert told.part == "global"
    assert "ada@laptop since 2026-11-26 03:14:15.926 +0000 UTC (OperationTypeApply)" in told.why
    assert told.try_.endswith("global force-unlock 1f2e3d4c-0000-1111-2222-333344445555")


def test_a_full_disk_is_told(says: Says, root: Root) -> None:
    says.error("Error: Failed to install provider\n\nwrite /x: no space left on device\n")
    with pytest.raises(TargetError, match="the disk is full") as refusal:
        terraform.plan(root)
    assert refusal.value.try_.startswith("make room, then apply again")


def test_a_state_that_could_not_be_saved_stands_in_the_way_until_it_is(
    says: Says, root: Root
) -> None:
    says.error("Error: Failed to save state\n\nError saving state: no space left on device\n")
    with pytest.raises(TargetError, match="is not whole either"):
        terraform.apply(root)
    (root.folder / program.UNSAVED).write_text("{}")
    says("exit 0")
    with pytest.raises(TargetError, match=r"state push errored\.tfstate"):
        terraform.plan(root)


def test_a_lock_that_could_not_be_written_is_a_full_disk(says: Says, root: Root) -> None:
    says.error("Error: Error acquiring the state lock\n\nwrite x: no space left on device\n")
    with pytest.raises(TargetError, match="the disk is full"):
        terraform.plan(root)


def test_a_plan_that_is_cut_off_is_not_shown(says: Says, root: Root) -> None:
    says(f"echo PK > {terraform.PLAN}")
    with pytest.raises(TargetError, match="the plan could not be kept whole"):
        terraform.plan(root)
    assert not (root.folder / terraform.PLAN).exists()


def test_without_room_for_a_state_nothing_is_begun(
    says: Says, root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    says("touch begun")
    monkeypatch.setattr(program, "ROOM_BYTES", 1 << 60)
    with pytest.raises(TargetError, match="too few for a state to be safe"):
        terraform.plan(root)
    assert not (root.folder / "begun").exists()


def test_no_plan_is_left_when_it_is_refused(says: Says, root: Root) -> None:
    (root.folder / terraform.PLAN).write_text("values")
    says.error("Error: no")
    with pytest.raises(TargetError, match="Error: no"):
        terraform.apply(root)
    assert not (root.folder / terraform.PLAN).exists()


def test_when_the_time_is_up_it_is_asked_to_stop(says: Says, root: Root) -> None:
    says("trap 'echo stopped > stopped; exit 1' INT; while :; do sleep 0.05; done")
    with pytest.raises(TargetError, match=r"longer than 0\.5 s, and was stopped"):
        program.run(root, "apply", seconds=0.5)
    assert (root.folder / "stopped").read_text() == "stopped\n"


def ours(root: Root) -> "subprocess.Popen[bytes]":
    """A process of groundplan's that runs it, and has begun to. Where the test interrupts it, the
    program sleeps first: while it is being started, nobody could wait for it yet."""
    code = (
        "from pathlib import Path\n"
        "from groundplan.targets.cloud.apply import program\n"
        "from groundplan.targets.cloud.apply.roots import Root\n"
        f"root = Root(name='global', folder=Path({str(root.folder)!r}))\n"
        "program.run(root, 'apply', seconds=50)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    within(lambda: (root.folder / "begun").exists())
    return process


def within(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


WORK = "touch begun; for n in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; echo $n; done; touch {}"


def test_killed_half_way_terraform_goes_on_and_saves_its_state(says: Says, root: Root) -> None:
    says(WORK.format("saved"))
    process = ours(root)
    process.kill()
    process.wait()
    within(lambda: (root.folder / "saved").exists())


def test_interrupted_it_waits_until_terraform_has_ended(says: Says, root: Root) -> None:
    loop = "while :; do sleep 0.05; done"
    says(f"trap 'sleep 0.5; touch saved; exit 1' INT; sleep 1; touch begun; {loop}")
    process = ours(root)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) != 0
    assert (root.folder / "saved").exists()
