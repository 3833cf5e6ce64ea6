"""restic, told what to copy and asked what there is: one repository of it.

What it keeps is encrypted with a password that stands in a file, never on a command line, and what
did not change is stored once. Its own check says whether a repository is whole.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundplan.errors import TargetError
from groundplan.targets.local.processes.programs import RESTIC, SETPRIV, find

SECRET = "backup-files"
SECONDS = 6 * 3600.0
LIST_SECONDS = 60.0
POLL_SECONDS = 0.5
INCOMPLETE = "incomplete"  # the tag of a copy that lacks files which could not be read
_UNREAD = 3  # restic made a copy, and could not read every file
Share = Callable[[str, float], None]  # what is being done, and which share of it, from 0 to 1


def unshared(doing: str, share: float) -> None:
    """Nobody follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What a copy brings back; restic counts files and folders together."""

    nodes: int
    bytes: int


class Restic:
    """One repository in a folder; `home`: the platform's, with its secrets."""

    def __init__(self, folder: Path, home: Path, region: str) -> None:
        self.folder = folder
        self._home = home
        self._region = region
        self._listed: tuple[frozenset[str], list[dict[str, Any]]] | None = None

    @property
    def is_new(self) -> bool:
        """Not one that lost its `config`: beginning that one anew would hide what is lost."""
        return not (self.folder / "config").exists() and not any(
            (self.folder / "snapshots").glob("*")
        )

    def begin(self) -> None:
        """Makes the repository of a new platform; drops the locks of processes that are gone."""
        if self.is_new:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._run("making the repository", "init")
        self._run("dropping old locks", "unlock")

    def rows(self) -> list[dict[str, Any]]:
        """Its copies as restic tells them, oldest first."""
        if self.is_new:
            return []
        # The name of each file there is the hash of its content; to open a repository takes restic
        # most of a second of a processor.
        there = frozenset(path.name for path in (self.folder / "snapshots").glob("*"))
        if self._listed is None or self._listed[0] != there:
            words = ("snapshots", "--json", "--no-lock")
            text = self._run("listing its copies", *words, seconds=LIST_SECONDS)
            rows = sorted(json.loads(text) or [], key=lambda row: str(row["time"]))
            self._listed = (there, rows)
        return self._listed[1]

    def marked(self, mark: str) -> list[dict[str, Any]]:
        """The copies that an operation made: one, or none yet."""
        return [row for row in self.rows() if mark in (row.get("tags") or ())]

    def back_up(self, paths: tuple[Path, ...], mark: str) -> tuple[int, int]:
        """How many bytes were copied, and how many of them were new."""
        names = map(str, paths)
        words = ("backup", "--json", "--tag", mark, "--host", "groundplan", "--", *names)
        code, out, error = self._said(words)
        if code not in (0, _UNREAD):
            raise self.refused("copying files", error or out[-400:])
        if code == _UNREAD:
            self._run("marking a copy", "tag", "--tag", mark, "--add", INCOMPLETE)
        summary = json.loads(out.splitlines()[-1])
        return int(summary["total_bytes_processed"]), int(summary["data_added"])

    def check(self, *how: str) -> None:
        """Its structure wholly, and as much of the data as is asked for; TargetError: damaged."""
        self._run("checking its copies", "check", *how)

    def size(self, label: str) -> Size:
        """What a copy brings back."""
        words = ("stats", "--json", "--no-lock", "--mode", "restore-size", label)
        told = json.loads(self._run("measuring a copy", *words))
        return Size(nodes=int(told["total_file_count"]), bytes=int(told["total_size"]))

    def restore(self, label: str, into: Path, share: Share = unshared) -> Size:
        """Into a folder, every block compared with its hash; tells how much is done."""
        size = self.size(label)
        words = ("restore", label, "--target", str(into), "--verify", "--no-lock")
        with self._started(words) as process:
            deadline = time.monotonic() + SECONDS
            while process.poll() is None and time.monotonic() < deadline:
                share(f"restores {label}", min(1.0, _bytes_in(into) / max(1, size.bytes)))
                try:
                    process.wait(POLL_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
            process.kill()
            out, error = process.communicate()
        if process.returncode != 0:
            raise self.refused("restoring a copy", _line(error) or out[-400:])
        return size

    def delete(self, labels: tuple[str, ...]) -> None:
        """Deletes copies and the blocks that no other needs; who is gone already is none."""
        there = {str(row["short_id"]) for row in self.rows()}
        old = [label for label in labels if label in there]
        if old:
            self._run("deleting old copies", "forget", "--prune", *old)

    def refused(self, doing: str, why: str) -> TargetError:
        """What restic says against it."""
        return TargetError(
            part=f"repository {self._region}",
            doing=doing,
            why=why,
            try_=f"the message is restic's own; its repository is {self.folder}",
            retry=True,
        )

    def _run(self, doing: str, *words: str, seconds: float = SECONDS) -> str:
        code, out, error = self._said(words, seconds)
        if code != 0:
            raise self.refused(doing, error or out[-400:])
        return out

    def _said(self, words: tuple[str, ...], seconds: float = SECONDS) -> tuple[int, str, str]:
        try:
            with self._started(words) as process:
                try:
                    out, error = process.communicate(timeout=seconds)
                finally:
                    process.kill()
        except (subprocess.TimeoutExpired, OSError) as problem:
            raise self.refused(f"running restic {words[0]}", str(problem)) from problem
        return process.returncode, out, _line(error)

    def _started(self, words: tuple[str, ...]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            (str(find(SETPRIV)), "--pdeathsig", "KILL", "--", str(find(RESTIC)), *_quick(words)),
            cwd=self._home,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )

    def _environment(self) -> dict[str, str]:
        own = {key: value for key, value in os.environ.items() if not key.startswith("RESTIC_")}
        secret = self._home / "secrets" / SECRET
        return own | {"RESTIC_REPOSITORY": str(self.folder), "RESTIC_PASSWORD_FILE": str(secret)}


def _quick(words: tuple[str, ...]) -> tuple[str, ...]:
    return ("--no-cache", *words)


def _line(error: str) -> str:
    return " ".join(error.split())[-400:]


def _bytes_in(folder: Path) -> int:
    found = 0
    for path in folder.rglob("*"):
        try:
            found += path.lstat().st_size if path.is_file() else 0
        except OSError:
            continue
    return found
