"""The reports of drills, as files in the platform's folder: one for programs, one for people."""

import json as json_text
import os
from pathlib import Path

from groundplan.errors import TargetError

FOLDER = "drills"


class FileReports:
    """`drills/<name>.json` and `.html`, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def write(self, name: str, *, json: bytes, html: str) -> str:
        """Writes both; returns the page's path."""
        page = self._folder / f"{name}.html"
        try:
            self._folder.mkdir(exist_ok=True)
            _replace(self._folder / f"{name}.json", json)
            _replace(page, html.encode())
        except OSError as error:
            raise TargetError(
                part="drill",
                doing="writing its report",
                why=str(error),
                try_=f"free some space, and allow writing to {self._folder}",
                retry=True,
            ) from error
        return str(page)

    def latest(self) -> tuple[bytes, ...]:
        """The newest report of each drill; files of somebody else are passed over."""
        newest: dict[str, tuple[float, bytes]] = {}
        for path in self._folder.glob("*.json") if self._folder.is_dir() else ():
            text = path.read_bytes()
            try:
                facts = json_text.loads(text)
                drill, at = str(facts["drill"]), float(facts["fault_at"])
            except (ValueError, KeyError, TypeError):
                continue
            if at > newest.get(drill, (0.0, b""))[0]:
                newest[drill] = (at, text)
        return tuple(text for _, text in newest.values())


def _replace(path: Path, text: bytes) -> None:
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
