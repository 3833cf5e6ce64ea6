"""Rendered roots in folders, and what Terraform plans for them."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from targets.cloud.rendering import ROOT, tree

SCHEMAS = ROOT / "tests" / "data" / "terraform"
MODULES = ROOT / "src" / "groundplan" / "targets" / "cloud" / "terraform" / "modules"
Run = Callable[..., subprocess.CompletedProcess[str]]


def written(path: Path, folder: Path) -> Path:
    """The rendered Terraform of a platform in a folder; its state is there, too."""
    for name, text in tree(path).items():
        if name.startswith("terraform/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    return folder / "terraform"


def here(root: Path) -> Path:
    """A root whose state is in its own folder, not in S3."""
    (root / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    return root


def planned(terraform: Run, root: Path) -> dict[str, list[dict[str, Any]]]:
    """What would be made, by type."""
    assert terraform(here(root), "init").returncode == 0
    told = terraform(root, "plan", "-input=false", "-out=plan.bin")
    assert told.returncode == 0, told.stderr
    changes = json.loads(terraform(root, "show", "-json", "plan.bin").stdout)["resource_changes"]
    found: dict[str, list[dict[str, Any]]] = {}
    for change in changes:
        if change["mode"] == "managed":
            found.setdefault(change["type"], []).append(change["change"]["after"])
    return found
