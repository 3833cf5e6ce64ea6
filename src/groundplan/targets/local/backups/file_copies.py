"""Copies of the files of applications, kept by restic.

A copy counts when restic's own check finds the repository whole after it. In place, what stands
there is put aside first.
"""

import os
import shutil
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from groundplan.design.backups import Copies
from groundplan.errors import TargetError
from groundplan.ports.archive import Backup, Kind
from groundplan.ports.shelf import Brought
from groundplan.targets.local.backups.aside import BEFORE
from groundplan.targets.local.backups.restic import INCOMPLETE, Restic, Share, unshared
from groundplan.targets.local.machine import Machine

READ = "10%"  # of the data is read again after each copy; the structure wholly
TAKEN = ".groundplan-restored"  # beside the files: what came out of a repository, before it counts


class FileShelf:
    """One repository of restic in each region; each holds the same files."""

    def __init__(self, machine: Machine, copies: Copies, share: Share = unshared) -> None:
        self._machine = machine
        self._paths = tuple(machine.source / path for path in copies.paths)
        self._share = share
        self._restics = {
            place.region: Restic(machine.folder / place.directory, machine.folder, place.region)
            for place in copies.repositories
        }

    @property
    def repositories(self) -> tuple[str, ...]:
        return tuple(self._restics)

    def copies(self, repository: str) -> tuple[Backup, ...]:
        return tuple(copy_of(row, repository) for row in self._restics[repository].rows())

    def copy(self, repository: str, mark: str) -> Backup:
        self._look_for_paths(repository)
        return copied(self._restics[repository], self._paths, repository, mark)

    def delete(self, repository: str, labels: tuple[str, ...]) -> None:
        self._restics[repository].delete(labels)

    def inspect(self, repository: str) -> None:
        self._restics[repository].check("--read-data")

    def prove(self, copy: Backup) -> Brought:
        with tempfile.TemporaryDirectory(prefix="proof-", dir=self._machine.folder) as folder:
            return self.bring(copy, folder)

    def bring(self, copy: Backup, into: str) -> Brought:
        size = self._restics[copy.repository].restore(copy.label, Path(into), self._share)
        there = sum(1 for _ in Path(into).rglob("*"))
        if there < size.nodes:
            raise self._restics[copy.repository].refused(
                "restoring a copy",
                f"{there} files and folders are there, and the copy has {size.nodes}",
            )
        return Brought(items=_files_in(Path(into)), bytes=size.bytes, what="files")

    def replace(self, copy: Backup, mark: str) -> Brought:
        """Fetched beside it first, on the same disk; then each path is exchanged by renames."""
        taken = self._machine.source / f"{TAKEN}.{mark}"
        is_done = not taken.exists() and all(_aside(path, mark).exists() for path in self._paths)
        if not is_done and not (taken / "whole").exists():
            shutil.rmtree(taken, ignore_errors=True)
            taken.mkdir(mode=0o700)
            self.bring(copy, str(taken / "files"))
            (taken / "whole").touch()
        for path in self._paths:
            _exchange(path, taken / "files" / path.relative_to("/"), mark)
        shutil.rmtree(taken, ignore_errors=True)
        size = self._restics[copy.repository].size(copy.label)
        aside = ", ".join(str(_aside(path, mark)) for path in self._paths)
        items = sum(map(_files_in, self._paths))
        return Brought(items=items, bytes=size.bytes, what="files", aside=aside)

    def _look_for_paths(self, repository: str) -> None:
        gone = [str(path) for path in self._paths if not path.exists()]
        if gone:
            raise TargetError(
                part=f"repository {repository}",
                doing="copying files",
                why=f"backup.application_data.paths names what is not there: {', '.join(gone)}",
                try_="create it, or take it out of the file and run `groundplan up`",
            )


def copied(restic: Restic, paths: tuple[Path, ...], repository: str, mark: str) -> Backup:
    """Makes a copy and checks it; the one with this mark, when there is one already."""
    restic.begin()
    size, new = (0, 0) if restic.marked(mark) else restic.back_up(paths, mark)
    restic.check(f"--read-data-subset={READ}")
    found = restic.marked(mark)
    if not found:
        raise restic.refused("copying files", "restic lists no copy of this run")
    return replace(copy_of(found[-1], repository), bytes=size, stored_bytes=new)


def copy_of(row: dict[str, Any], repository: str) -> Backup:
    """What restic lists, as a copy."""
    at = datetime.fromisoformat(_to_seconds(str(row["time"]))).timestamp()
    is_whole = INCOMPLETE not in (row.get("tags") or ())
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


def _files_in(path: Path) -> int:
    """Whatever is no folder; a path may be a file itself."""
    if not path.is_dir():
        return int(path.exists())
    return sum(1 for each in path.rglob("*") if each.is_symlink() or not each.is_dir())


def _aside(path: Path, mark: str) -> Path:
    return path.with_name(f"{path.name}{BEFORE}{mark}")


def _exchange(path: Path, fetched: Path, mark: str) -> None:
    """Looks at what is there first, so that it can be done again after a crash."""
    if not fetched.exists():
        return  # it is in place already, or was no part of this copy
    if path.exists() and not _aside(path, mark).exists():
        path.rename(_aside(path, mark))
    if path.is_dir():  # a crash came between the two, and something was made anew there
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    os.replace(fetched, path)


def _to_seconds(text: str) -> str:
    """restic writes nanoseconds, which Python before 3.12 cannot read: they are cut."""
    moment, _, rest = text.partition(".")
    return moment + rest.lstrip("0123456789").replace("Z", "+00:00")
