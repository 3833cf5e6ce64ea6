"""What is known of each backup besides itself, as one JSON file each in the platform's folder."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from pydantic import TypeAdapter, ValidationError

from groundplan.errors import TargetError
from groundplan.ports.archive import Record
from groundplan.targets.local.files import write_if_changed

_ADAPTER = TypeAdapter(Record)
TURN_SECONDS = 900.0  # how long one waits for another: a proof of a large backup takes its time
RETRY_SECONDS = 0.25


class LocalRecords:
    """The records of one platform."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "backups" / "records"

    def all(self) -> tuple[Record, ...]:
        found = [_read(path) for path in sorted(self._folder.glob("*.json"))]
        return tuple(sorted(found, key=lambda record: record.backup.ended))

    def save(self, record: Record) -> None:
        text = _ADAPTER.dump_json(record, indent=1).decode()
        path = self._folder / f"{record.backup.repository}.{record.backup.label}.json"
        write_if_changed(path, text + "\n", mode=0o600)


@contextmanager
def alone(
    folder: Path, doing: str, waits: Callable[[], None], *, seconds: float = TURN_SECONDS
) -> Iterator[None]:
    """Nothing else is done with the backups of a platform meanwhile: it waits for its turn.

    `waits` is called when it has to. TargetError when the other takes too long.
    """
    place = folder / "backups"
    place.mkdir(exist_ok=True)
    with (place / "turn").open("a") as stream:
        if not _taken(stream):
            waits()
            deadline = time.monotonic() + seconds
            while not _taken(stream):
                if time.monotonic() > deadline:
                    raise _stays(doing, seconds)
                time.sleep(RETRY_SECONDS)
        yield


def _taken(stream: TextIO) -> bool:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stays(doing: str, seconds: float) -> TargetError:
    return TargetError(
        part="backup",
        doing=f"beginning `{doing}`",
        why=f"another backup, proof or restore is being made for more than {seconds:g} s",
        try_="wait until it is done; `groundplan operations` shows how far it is",
        retry=True,
    )


def _read(path: Path) -> Record:
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise TargetError(
            part="backup",
            doing="reading its records",
            why=f"{path}: {str(error).splitlines()[0]}",
            try_=f"mv {path} {path}.bad: that backup can then not be proven, the others can",
        ) from error
