"""What Terraform would change in a root, and doing exactly that.

The root of the states keeps its own state in the bucket that it makes. As long as there is no
bucket, an override lets the state be a file beside it; when the bucket stands, it moves there.
"""

import json
import zipfile
from collections import Counter
from dataclasses import dataclass

from groundplan.errors import TargetError
from groundplan.targets.cloud.apply.program import FULL, refuse_unsaved, refused, run
from groundplan.targets.cloud.apply.roots import STATE, Root

PLAN = "groundplan.tfplan"
BESIDE = "groundplan_first_override.tf"
BESIDE_TEXT = 'terraform {\n  backend "local" {}\n}\n'
MOVE = ("-migrate-state", "-force-copy")
LOCK = "-lock-timeout=30s"
INIT_SECONDS, PLAN_SECONDS, APPLY_SECONDS = 600, 1800, 10_800


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
    refuse_unsaved(root)
    _init(root)
    run(root, "plan", "-input=false", LOCK, f"-out={PLAN}", seconds=PLAN_SECONDS)
    if not zipfile.is_zipfile(root.folder / PLAN):  # Terraform does not look whether it is whole
        forget(root)
        raise refused(root, "plan", "the plan could not be kept whole", FULL[1])
    shown = json.loads(run(root, "show", "-json", PLAN, seconds=PLAN_SECONDS))
    count: Counter[str] = Counter()
    for each in shown.get("resource_changes", ()):
        count.update(each["change"]["actions"])
    found = Changes(add=count["create"], change=count["update"], destroy=count["delete"])
    if found.is_empty:
        forget(root)
        _settle(root)
    return found


def apply(root: Root) -> None:
    """Does what the kept plan says and nothing else: if the world has moved on, it refuses."""
    try:
        run(root, "apply", "-input=false", LOCK, PLAN, seconds=APPLY_SECONDS)
    finally:
        forget(root)
    _settle(root)


def forget(root: Root) -> None:
    """A plan may hold values that are nobody's business."""
    (root.folder / PLAN).unlink(missing_ok=True)


def _init(root: Root) -> None:
    beside = root.folder / BESIDE
    if root.name != STATE or beside.exists():
        run(root, "init", "-input=false", seconds=INIT_SECONDS)
        return
    try:
        run(root, "init", "-input=false", *MOVE, seconds=INIT_SECONDS)
    except TargetError as error:
        if not _has_no_bucket(error.why):
            raise
        beside.write_text(BESIDE_TEXT)
        run(root, "init", "-input=false", "-reconfigure", seconds=INIT_SECONDS)


def _settle(root: Root) -> None:
    """The bucket stands: the state moves into it. A move that was interrupted is made again by the
    next `init` of that root."""
    beside = root.folder / BESIDE
    if beside.exists():
        beside.unlink()
        run(root, "init", "-input=false", *MOVE, seconds=INIT_SECONDS)


def _has_no_bucket(why: str) -> bool:
    folded = " ".join(why.casefold().split())
    return "nosuchbucket" in folded or ("bucket" in folded and "does not exist" in folded)
