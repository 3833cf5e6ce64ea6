"""How far the log has come into a repository: its newest segment, and when that arrived."""

import re
from collections.abc import Iterator
from pathlib import Path

from groundplan.errors import TargetError
from groundplan.ports.archive import LogEnd

_SEGMENT = re.compile(r"([0-9A-F]{24})-[0-9a-f]{40}")
FOLDERS = 2  # of 256 segments each: a timeline begins a new one


def log_end(folder: Path, region: str) -> LogEnd | None:
    """Of the files of one stanza's archive; None: no segment was ever sent there."""
    try:
        newest = max(_segments(folder), default=None)
    except OSError as error:
        raise TargetError(
            part=f"repository {region}",
            doing="looking for its newest log",
            why=str(error),
            try_=f"see that {folder} can be read",
            retry=True,
        ) from error
    if newest is None:
        return None
    return LogEnd(repository=region, segment=newest[1], at=newest[0])


def _segments(folder: Path) -> Iterator[tuple[float, str]]:
    """Of the folders that were written to last: there may be tens of thousands."""
    if not folder.is_dir():
        raise FileNotFoundError(2, "there is no such folder", str(folder))
    folders = sorted(folder.glob("*/*/"), key=lambda path: path.stat().st_mtime)
    for path in (each for last in folders[-FOLDERS:] for each in last.iterdir()):
        if found := _SEGMENT.match(path.name):
            yield path.stat().st_mtime, found[1]
