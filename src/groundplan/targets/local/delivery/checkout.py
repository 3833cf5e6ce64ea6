"""A directory as it is in git at some ref, laid out in the platform's folder under its content.

What runs from there does not change when somebody works on, and an undo finds what ran before.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from groundplan.errors import TargetError
from groundplan.targets.local.processes.programs import GIT, find

SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """`name` is what git calls the ref: a tag, or how far it is from one, or the commit."""

    path: Path
    commit: str
    name: str
    committed: float  # seconds since 1970


def checkout(directory: Path, ref: str, into: Path) -> Checkout:
    """Lays the directory out as it is at the ref; TargetError when git cannot."""
    commit = _git(
        directory, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
    )
    if not commit:
        raise _refused(directory, f"there is no {ref} in this repository", "git log --oneline")
    prefix = _git(directory, "rev-parse", "--show-prefix").rstrip("/")
    tree = _git(directory, "rev-parse", "--verify", "--quiet", f"{commit}:{prefix}")
    if not tree:
        why = f"{ref} does not have {prefix}"
        raise _refused(directory, why, "name a ref in which the service is there")
    path = into / tree
    if not path.is_dir():
        _lay_out(directory, tree, path)
    name = _git(directory, "describe", "--tags", "--always", commit)
    at = float(_git(directory, "show", "--no-patch", "--format=%ct", commit))
    return Checkout(path=path, commit=commit, name=name, committed=at)


def _lay_out(directory: Path, tree: str, path: Path) -> None:
    """All of it or nothing: a folder that is there is complete. Git's own index is not touched."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(prefix=".half-", dir=path.parent))
    index = {"GIT_INDEX_FILE": str(half / "index")}
    top = Path(_git(directory, "rev-parse", "--show-toplevel"))
    try:
        _run(top, "read-tree", tree, environment=index)
        (half / "tree").mkdir(mode=0o755)
        _run(top, "checkout-index", "--all", f"--prefix={half}/tree/", environment=index)
        (half / "tree").rename(path)
    except OSError as error:
        raise _refused(path, str(error), "look for free space and permissions") from error
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _git(directory: Path, *words: str) -> str:
    """What git says; nothing when `--quiet` made it say no."""
    return _run(directory, *words).decode(errors="replace").strip()


def _run(directory: Path, *words: str, environment: Mapping[str, str] | None = None) -> bytes:
    own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        said = subprocess.run(
            (str(find(GIT)), *words),
            cwd=directory,
            env={**own, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        raise _refused(directory, str(error), "groundplan release --directory DIR") from error
    if said.returncode != 0 and said.stderr:
        why = said.stderr.decode(errors="replace").strip()[-400:]
        raise _refused(directory, why, "groundplan release --directory DIR")
    return said.stdout if said.returncode == 0 else b""


def _refused(directory: Path, why: str, try_: str) -> TargetError:
    return TargetError(part="release", doing=f"reading {directory} from git", why=why, try_=try_)
