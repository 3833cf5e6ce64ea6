"""What restores in place put aside on this machine: old data directories of PostgreSQL, and old
files of applications, each beside what replaced it."""

import glob
import shutil
from pathlib import Path

from groundplan.design.parts import Postgres
from groundplan.ports.aside import SafetyCopy
from groundplan.targets.local.machine import Machine

BEFORE = ".before."
PREFIX = f"data{BEFORE}"


class LocalAside:
    """Every `data.before.NAME` of every server (the primary moves, its old data does not), and each
    `PATH.before.NAME` of the files that are copied."""

    def __init__(self, machine: Machine) -> None:
        files = machine.design.backups.files
        self._kept = {
            part.name: machine.directory(part) / "data"
            for part in machine.design.parts
            if isinstance(part, Postgres)
        } | {path: machine.source / path for path in (files.paths if files else ())}

    def all(self) -> tuple[SafetyCopy, ...]:
        found = [
            SafetyCopy(
                name=path.name.removeprefix(f"{kept.name}{BEFORE}"),
                of=of,
                where=str(path),
                at=path.stat().st_ctime,  # a rename sets it, and nothing writes there afterwards
                bytes=_size(path),
            )
            for of, kept in self._kept.items()
            for path in kept.parent.glob(f"{glob.escape(kept.name)}{BEFORE}*")
        ]
        return tuple(sorted(found, key=lambda copy: copy.at))

    def forget(self, name: str) -> None:
        for copy in self.all():
            path = Path(copy.where)
            if copy.name == name and path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            elif copy.name == name:
                path.unlink(missing_ok=True)


def _size(folder: Path) -> int:
    """Of its files; those of a copy do not change while they are counted."""
    if not folder.is_dir():
        return folder.lstat().st_size
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
