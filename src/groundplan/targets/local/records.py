"""What is known of each backup besides itself, as one JSON file each in the platform's folder."""

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
