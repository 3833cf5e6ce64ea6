"""What the platform was built from, kept in git: one commit for each `up` that changed it.

A repository in the platform's folder, readable for its owner alone. Secrets are not in it: neither
the design nor the platform file holds any.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from groundplan.errors import TargetError
from groundplan.targets.local.files import write_if_changed
from groundplan.targets.local.processes.programs import GIT, find

SECONDS = 60
_NAME = "groundplan"
_EMAIL = "groundplan@localhost"


class History:
    """The versions of one platform's configuration."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, files: Mapping[str, str], message: str) -> bool:
        """Commits the files as they are now, and no others; whether anything had changed."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self._folder / ".git" / "HEAD").exists():
            self._git("init", "--quiet", "--initial-branch=main")
        (self._folder / ".git" / "index.lock").unlink(missing_ok=True)  # of a killed one
        for path in self._folder.iterdir():
            if path.name != ".git" and path.name not in files:
                path.unlink()
        for name, text in files.items():
            write_if_changed(self._folder / name, text, mode=0o600)
        self._git("add", "--all", "--force", ".")
        if not self._git("status", "--porcelain"):
            return False
        self._git("commit", "--quiet", "--no-verify", f"--message={message}")
        return True

    def versions(self) -> tuple[str, ...]:
        """The message of each commit, the newest first."""
        return tuple(self._git("log", "--format=%s").splitlines())

    def commits(self) -> tuple[tuple[str, float, str], ...]:
        """Each version's name, when it was kept, and its message; the oldest first."""
        if not (self._folder / ".git" / "HEAD").exists():
            return ()
        lines = self._git("log", "--reverse", "--format=%h %ct %s").splitlines()
        rows = (line.split(" ", 2) for line in lines)
        return tuple((name, float(at), message) for name, at, message in rows)

    def check(self) -> None:
        """Reads every object; TargetError that says what is damaged."""
        self._git("fsck", "--full", "--strict")

    def files(self, version: str) -> dict[str, str]:
        """The files of one version."""
        names = self._git("ls-tree", "--name-only", version).splitlines()
        return {name: self._git("show", f"{version}:{name}") for name in names}

    def _git(self, *words: str) -> str:
        try:
            said = subprocess.run(
                (str(find(GIT)), "-c", "commit.gpgSign=false", *words),
                cwd=self._folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SECONDS,
                check=False,
            )
        except (subprocess.TimeoutExpired, OSError) as error:
            raise self._refused(str(error)) from error
        if said.returncode != 0:
            raise self._refused(said.stderr.strip()[-400:])
        return said.stdout

    def _refused(self, why: str) -> TargetError:
        return TargetError(
            part="backup",
            doing="keeping the configuration",
            why=why,
            try_=f"see that {self._folder} can be written, then `groundplan up` keeps it",
        )


def _environment() -> dict[str, str]:
    """Ours, without what would lead git elsewhere or make it ask somebody."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    names = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", _NAME), ("EMAIL", _EMAIL))
    }
    return own | names | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
