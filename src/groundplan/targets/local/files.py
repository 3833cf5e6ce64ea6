"""The files of a part: text made from the design, written atomically and only when it differs."""

import os
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Reading(StrEnum):
    """When a part reads a file; it decides what a change of the file costs."""

    START = "start"  # read once: a change means a restart (or the recipe's reload)
    LIVE = "live"  # watched by the part: writing it is enough
    ONCE = "once"  # only the first content is ours; the part rewrites it itself


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a part; `path` is relative to the part's folder."""

    path: str
    text: str
    mode: int = 0o644
    reading: Reading = Reading.START


def write_if_changed(path: Path, text: str, *, mode: int = 0o644, owner: int = -1) -> bool:
    """Replaces the file in one step when its content differs; tells whether it did."""
    try:
        if path.read_text() == text:
            return False
    except (FileNotFoundError, UnicodeDecodeError):
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, mode)
        if owner >= 0:
            os.chown(temporary, owner, -1)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    return True
