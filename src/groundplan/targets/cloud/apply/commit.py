"""The rendered folder goes into git: what the clusters follow."""

import subprocess
from pathlib import Path

from groundplan.errors import TargetError
from groundplan.targets.cloud.folder import OURS
from groundplan.targets.cloud.manifest import NAME

SECONDS = 120
LEFTOVERS = (".terraform/**", "*.tfstate*", "groundplan.tfplan", "groundplan_first_override.tf")


def is_in_git(folder: Path) -> bool:
    """Whether there is a repository to commit to."""
    return _git(folder, "rev-parse", "--is-inside-work-tree").returncode == 0


def commit(folder: Path, message: str) -> str | None:
    """The new commit of our own files; None when git has them all. Nothing is pushed.

    TargetError when git refuses.
    """
    ours = [name for name in (*OURS, NAME) if (folder / name).exists()]
    # Leftovers of Terraform's own are never committed, whatever the repository ignores.
    left = [f":(exclude,glob)**/{name}" for name in LEFTOVERS]
    _must(folder, "add", "--all", "--", *ours, *left)
    if _git(folder, "diff", "--cached", "--quiet", "--", *ours).returncode == 0:
        return None
    _must(folder, "commit", "--quiet", "--message", message, "--", *ours, *left)
    return _must(folder, "rev-parse", "--short", "HEAD").strip()


def _must(folder: Path, *words: str) -> str:
    told = _git(folder, *words)
    if told.returncode:
        raise TargetError(
            part=str(folder),
            doing=f"git {words[0]}",
            why=told.stderr.strip() or f"exit code {told.returncode}",
            try_="mend it and apply again",
            retry=False,
        )
    return told.stdout


def _git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=SECONDS
    )
