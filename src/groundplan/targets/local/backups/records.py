"""What is known of each backup besides itself, as one JSON file each in the platform's folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from groundplan.errors import TargetError
from groundplan.ports.archive import Record
from groundplan.targets.local.files import write_if_changed

_ADAPTER = TypeAdapter(Record)


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
def alone(folder: Path, doing: str) -> Iterator[None]:
    """Nothing else is done with the backups of a platform meanwhile; TargetError when it is."""
    place = folder / "backups"
    place.mkdir(exist_ok=True)
    with (place / "turn").open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TargetError(
                part="backup",
                doing=f"beginning `{doing}`",
                why="another backup, proof or restore is being made",
                try_="wait until it is done; `groundplan logs agent -f` shows what the agent does",
                retry=True,
            ) from error
        yield


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
