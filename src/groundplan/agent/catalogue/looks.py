"""What a rollout saw, kept in the platform's folder: a file for each, to be decided anew.

A rollout does not depend on it: what a full disk refuses is not kept, and the rollout goes on.
"""

import time
from pathlib import Path

from pydantic import ValidationError

from groundplan.errors import TargetError
from groundplan.operations.delivery.record import (
    Beginning,
    Difference,
    Record,
    Tick,
    difference,
    text_of,
)
from groundplan.operations.delivery.record import read as parsed
from groundplan.operations.delivery.replay import replayed
from groundplan.ports.folder import RELEASES
from groundplan.twin.recorded import Answer, Moment, RecordedReleases

LOOKS = "looks"
KEPT_FILES, KEPT_SECONDS = 100, 30 * 86_400.0


class Looks:
    """The file of one rollout. Another life of it goes on behind the last whole line."""

    def __init__(self, folder: Path, rollout: str) -> None:
        self.path = _path(folder, rollout)
        self._lines = 0
        self._is_whole = True
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lines = _mended(self.path)
        except OSError:
            self._is_whole = False

    def keep(self, number: int, line: Beginning | Tick) -> None:
        """Writes the line down, unless an earlier life did."""
        if not self._is_whole or number != self._lines:
            return
        try:
            with self.path.open("ab") as file:
                file.write(text_of(line) + b"\n")
        except OSError:
            self._is_whole = False
        self._lines += 1


def read(folder: Path, rollout: str) -> Record:
    """What is kept of a rollout; TargetError when it is nothing, or something else."""
    try:
        lines = _path(folder, rollout).read_bytes().split(b"\n")[:-1]
        return parsed(lines)
    except (OSError, ValidationError, ValueError) as error:
        is_gone = isinstance(error, FileNotFoundError)
        raise TargetError(
            part="release",
            doing=f"reading what {rollout} saw",
            why="nothing is kept of it" if is_gone else str(error).splitlines()[0],
            try_="groundplan rollout list: the newest ones are kept for 30 days",
        ) from error


def named(folder: Path, beginning: str | None) -> tuple[str, ...]:
    """The rollouts that are kept and begin so, the newest first; all of them without a name."""
    try:
        files = sorted(
            (folder / RELEASES / LOOKS).iterdir(), key=lambda each: -each.stat().st_mtime
        )
    except OSError:
        return ()
    return tuple(each.stem for each in files if each.stem.startswith(beginning or ""))


def anew(record: Record) -> Difference | None:
    """Decides the rollout anew on the twin; where that leads elsewhere first, if anywhere."""
    releases = RecordedReleases(
        moments=[
            Moment(
                now=tick.now,
                sight=tick.sight,
                answers=tuple(
                    Answer(work=done.work.value, failed=done.failed, by=done.by)
                    for done in tick.done
                ),
            )
            for tick in record.ticks
        ]
    )
    return difference(record, replayed(record, releases, releases.passed, hooks=releases))


def forget(folder: Path) -> None:
    """Drops the oldest ones, and those that are older than what is told of operations."""
    try:
        files = [(each.stat().st_mtime, each) for each in (folder / RELEASES / LOOKS).iterdir()]
        for _, path in sorted(files, reverse=True)[KEPT_FILES:]:
            path.unlink(missing_ok=True)
        for age, path in files:
            if age < time.time() - KEPT_SECONDS:
                path.unlink(missing_ok=True)
    except OSError:
        return


def _path(folder: Path, rollout: str) -> Path:
    return folder / RELEASES / LOOKS / f"{rollout}.jsonl"


def _mended(path: Path) -> int:
    """The number of whole lines; half a one, where a life ended, is cut off."""
    if not path.exists():
        return 0
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        with path.open("r+b") as file:
            file.truncate(len(whole))
    return whole.count(b"\n")
