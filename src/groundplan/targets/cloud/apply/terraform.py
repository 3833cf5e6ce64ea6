"""Terraform, as a program: what it would change in a root, and doing exactly that."""

import json
import os
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass

from groundplan.errors import TargetError
from groundplan.targets.cloud.apply.roots import Root

PROGRAM = "terraform"
PLAN = "groundplan.tfplan"
INIT_SECONDS, PLAN_SECONDS, APPLY_SECONDS = 600, 1800, 10_800
ERROR_LINES_MAX = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How many resources a plan touches, and how. A replaced one is deleted and made."""

    add: int = 0
    change: int = 0
    destroy: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be done."""
        return not (self.add or self.change or self.destroy)

    def __str__(self) -> str:
        return f"{self.add} to add, {self.change} to change, {self.destroy} to destroy"


def plan(root: Root) -> Changes:
    """Prepares the root and keeps a plan in it, for `apply`. TargetError when Terraform refuses."""
    _run(root, "init", "-input=false", seconds=INIT_SECONDS)
    _run(root, "plan", "-input=false", f"-out={PLAN}", seconds=PLAN_SECONDS)
    shown = json.loads(_run(root, "show", "-json", PLAN, seconds=PLAN_SECONDS))
    count: Counter[str] = Counter()
    for each in shown.get("resource_changes", ()):
        count.update(each["change"]["actions"])
    return Changes(add=count["create"], change=count["update"], destroy=count["delete"])


def apply(root: Root) -> None:
    """Does what the kept plan says and nothing else: if the world has moved on, it refuses."""
    try:
        _run(root, "apply", "-input=false", PLAN, seconds=APPLY_SECONDS)
    finally:
        forget(root)


def forget(root: Root) -> None:
    """A plan may hold values that are nobody's business."""
    (root.folder / PLAN).unlink(missing_ok=True)


def _run(root: Root, verb: str, *words: str, seconds: float) -> str:
    """What it prints. It is not shown: Terraform hides what it knows to be secret, and no more."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise _refused(root, verb, "terraform is not on this machine", "install Terraform 1.11")
    try:
        told = subprocess.run(
            [program, verb, "-no-color", *words] if verb != "show" else [program, verb, *words],
            cwd=root.folder,
            env={**os.environ, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"},
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        why = f"it took longer than {seconds:g} s"
        raise _refused(root, verb, why, "look at it by hand, then apply again") from error
    if told.returncode:
        lines = [line for line in told.stderr.splitlines() if line.strip()]
        why = "\n".join(lines[-ERROR_LINES_MAX:]) or f"exit code {told.returncode}"
        raise _refused(root, verb, why, "mend it and apply again: what is done is passed over")
    return told.stdout


def _refused(root: Root, verb: str, why: str, try_: str) -> TargetError:
    return TargetError(part=root.name, doing=f"terraform {verb}", why=why, try_=try_, retry=False)
