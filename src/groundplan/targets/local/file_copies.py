"""Copies of the files of applications: restic, told what to copy and asked what there is.

They are encrypted with a password that stands in a file, never on a command line, and what did not
change is stored once. A copy counts when restic's own check finds the repository whole after it.
"""

import json
import os
import subprocess
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from groundplan.design.backups import Copies
from groundplan.errors import TargetError
from groundplan.ports.archive import Backup, Kind
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.programs import RESTIC, SETPRIV, find

SECRET = "backup-files"
SECONDS = 6 * 3600.0
LIST_SECONDS = 60.0
READ = "10%"  # of the data is read again after each copy; the structure wholly
INCOMPLETE = "incomplete"  # the tag of a copy that lacks files which could not be read
_UNREAD = 3  # restic made a copy, and could not read every file


class FileShelf:
    """One repository of restic in each region."""

    def __init__(self, machine: Machine, copies: Copies) -> None:
        self._machine = machine
        self._paths = tuple(machine.source / path for path in copies.paths)
        self._folders = {
            place.region: machine.folder / place.directory for place in copies.repositories
        }

        self._listed: dict[str, tuple[frozenset[str], list[dict[str, Any]]]] = {}

    @property
    def repositories(self) -> tuple[str, ...]:
        return tuple(self._folders)

    def copies(self, repository: str) -> tuple[Backup, ...]:
        return tuple(_backup(row, repository) for row in self._rows(repository))

    def copy(self, repository: str, mark: str) -> Backup:
        self._look_for_paths(repository)
        self._begin(repository)
        size, new = (0, 0) if self._marked(repository, mark) else self._make(repository, mark)
        self._run(repository, "checking its copies", "check", f"--read-data-subset={READ}")
        found = self._marked(repository, mark)
        if not found:
            raise self._refused(repository, "copying files", "restic lists no copy of this run")
        return replace(_backup(found[-1], repository), bytes=size, stored_bytes=new)

    def delete(self, repository: str, labels: tuple[str, ...]) -> None:
        there = {str(row["short_id"]) for row in self._rows(repository)}
        old = [label for label in labels if label in there]
        if old:
            self._run(repository, "deleting old copies", "forget", "--prune", *old)

    def _make(self, repository: str, mark: str) -> tuple[int, int]:
        """How many bytes were copied, and how many of them were new."""
        paths = map(str, self._paths)
        words = ("backup", "--json", "--tag", mark, "--host", "groundplan", "--", *paths)
        code, out, error = self._said(repository, words)
        if code not in (0, _UNREAD):
            raise self._refused(repository, "copying files", error or out[-400:])
        if code == _UNREAD:
            self._run(repository, "marking a copy", "tag", "--tag", mark, "--add", INCOMPLETE)
        summary = json.loads(out.splitlines()[-1])
        return int(summary["total_bytes_processed"]), int(summary["data_added"])

    def _look_for_paths(self, repository: str) -> None:
        gone = [str(path) for path in self._paths if not path.exists()]
        if gone:
            raise TargetError(
                part=f"repository {repository}",
                doing="copying files",
                why=f"backup.application_data.paths names what is not there: {', '.join(gone)}",
                try_="create it, or take it out of the file and run `groundplan up`",
            )

    def _begin(self, repository: str) -> None:
        """Makes the repository of a new platform; drops the locks of processes that are gone."""
        folder = self._folders[repository]
        if self._is_new(repository):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._run(repository, "making the repository", "init")
        self._run(repository, "dropping old locks", "unlock")

    def _is_new(self, repository: str) -> bool:
        """Not one that lost its `config`: beginning that one anew would hide what is lost."""
        folder = self._folders[repository]
        return not (folder / "config").exists() and not any((folder / "snapshots").glob("*"))

    def _marked(self, repository: str, mark: str) -> list[dict[str, Any]]:
        return [row for row in self._rows(repository) if mark in row.get("tags", ())]

    def _rows(self, repository: str) -> list[dict[str, Any]]:
        if self._is_new(repository):
            return []
        # The name of each file there is the hash of its content; to open a repository takes restic
        # most of a second of a processor.
        there = frozenset(p.name for p in (self._folders[repository] / "snapshots").glob("*"))
        known, rows = self._listed.get(repository, (None, []))
        if known != there:
            words = ("snapshots", "--json", "--no-lock")
            text = self._run(repository, "listing its copies", *words, seconds=LIST_SECONDS)
            rows = sorted(json.loads(text) or [], key=lambda row: str(row["time"]))
            self._listed[repository] = (there, rows)
        return rows

    def _run(self, repository: str, doing: str, *words: str, seconds: float = SECONDS) -> str:
        code, out, error = self._said(repository, words, seconds)
        if code != 0:
            raise self._refused(repository, doing, error or out[-400:])
        return out

    def _said(
        self, repository: str, words: tuple[str, ...], seconds: float = SECONDS
    ) -> tuple[int, str, str]:
        ends_with_us = (str(find(SETPRIV)), "--pdeathsig", "KILL", "--")
        try:
            said = subprocess.run(
                (*ends_with_us, str(find(RESTIC)), "--no-cache", *words),
                cwd=self._machine.folder,
                env=self._environment(self._folders[repository]),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except (subprocess.TimeoutExpired, OSError) as error:
            raise self._refused(repository, f"running restic {words[0]}", str(error)) from error
        return said.returncode, said.stdout, " ".join(said.stderr.split())[-400:]

    def _environment(self, folder: Path) -> dict[str, str]:
        own = {key: value for key, value in os.environ.items() if not key.startswith("RESTIC_")}
        secret = self._machine.folder / "secrets" / SECRET
        return own | {"RESTIC_REPOSITORY": str(folder), "RESTIC_PASSWORD_FILE": str(secret)}

    def _refused(self, repository: str, doing: str, why: str) -> TargetError:
        return TargetError(
            part=f"repository {repository}",
            doing=doing,
            why=why,
            try_=f"the message is restic's own; its repository is {self._folders[repository]}",
            retry=True,
        )


def _backup(row: dict[str, Any], repository: str) -> Backup:
    at = datetime.fromisoformat(_to_seconds(str(row["time"]))).timestamp()
    is_whole = INCOMPLETE not in row.get("tags", ())
    return Backup(
        label=str(row["short_id"]),
        repository=repository,
        kind=Kind.FULL,
        began=at,
        ended=at,
        stop_lsn=0,
        bytes=0,
        stored_bytes=0,
        faults=() if is_whole else ("some files could not be read",),
    )


def _to_seconds(text: str) -> str:
    """restic writes nanoseconds, which Python before 3.12 cannot read: they are cut."""
    moment, _, rest = text.partition(".")
    return moment + rest.lstrip("0123456789").replace("Z", "+00:00")
