"""Old data directories of PostgreSQL on this machine, beside those that replaced them."""

import shutil
from pathlib import Path

from groundplan.design.parts import Postgres
from groundplan.ports.aside import SafetyCopy
from groundplan.targets.local.machine import Machine

PREFIX = "data.before."


class LocalAside:
    """Every `data.before.NAME` of every server: the primary moves, its old data does not."""

    def __init__(self, machine: Machine) -> None:
        self._folders = {
            part.name: machine.directory(part)
            for part in machine.design.parts
            if isinstance(part, Postgres)
        }

    def all(self) -> tuple[SafetyCopy, ...]:
        found = [
            SafetyCopy(
                name=path.name.removeprefix(PREFIX),
                of=part,
                where=str(path),
                at=path.stat().st_ctime,  # a rename sets it, and nothing writes there afterwards
                bytes=_size(path),
            )
            for part, folder in self._folders.items()
            for path in folder.glob(f"{PREFIX}*")
        ]
        return tuple(sorted(found, key=lambda copy: copy.at))

    def forget(self, name: str) -> None:
        for folder in self._folders.values():
            for path in folder.glob(f"{PREFIX}*"):
                if path.name == f"{PREFIX}{name}":
                    shutil.rmtree(path, ignore_errors=True)


def _size(folder: Path) -> int:
    """Of its files; those of a copy do not change while they are counted."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
