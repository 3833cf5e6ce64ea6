"""The list of our own files in a rendered folder: what tells ours from foreign and stale ones."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

NAME = ".groundplan.json"
FORMAT = "1.0"


@dataclass(frozen=True, slots=True)
class Mark:
    """A file as it was rendered, and the environment it is for."""

    digest: str
    environment: str | None


@dataclass(slots=True)
class Manifest:
    """Every file that was rendered. `is_whole` is false while a run is writing, or died in it."""

    marks: dict[str, Mark] = field(default_factory=dict)
    is_whole: bool = True

    def to_text(self) -> str:
        """As it stands in the folder."""
        files = {
            path: {"sha256": mark.digest, "environment": mark.environment}
            for path, mark in sorted(self.marks.items())
        }
        data = {"format_version": FORMAT, "is_whole": self.is_whole, "files": files}
        return json.dumps(data, indent=1) + "\n"


def read(folder: Path) -> Manifest | None:
    """The manifest of a folder; None when there is none, or none that can be read."""
    try:
        data = json.loads((folder / NAME).read_text(encoding="utf-8"))
        marks = {
            path: Mark(digest=entry["sha256"], environment=entry["environment"])
            for path, entry in data["files"].items()
            if ".." not in path.split("/") and not path.startswith("/")  # nothing outside
        }
        return Manifest(marks=marks, is_whole=data["is_whole"])
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError, AttributeError):
        return None


def digest(text: str) -> str:
    """What a file's content is told by."""
    return sha256(text.encode()).hexdigest()
