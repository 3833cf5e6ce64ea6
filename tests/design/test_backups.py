"""What the file says of backups becomes places, times and sizes."""

from pathlib import Path

import pytest

from groundplan.design.backups import Backups, Repository
from groundplan.design.build import build
from groundplan.design.design import Design
from groundplan.design.parts import Postgres
from groundplan.spec.load import load

FILE = """\
platform: shop
regions:
  europe: { primary: north, secondary: south }
  asia: { primary: east }
primary_database:
  engine: postgresql
  version: "15.3"
  backup:
    retention_days: 30
    backup_window: "03:00-04:00"
    maintenance_window: "sun:04:00-sun:05:00"
"""
COPIES = """\
backup:
  database:
    frequency: daily
    retention: "30 days"
"""


def built(tmp_path: Path, text: str) -> Design:
    path = tmp_path / "platform.yaml"
    path.write_text(FILE + text)
    return build(load(path))


def test_without_backups_nothing_is_archived(tmp_path: Path) -> None:
    design = built(tmp_path, "")
    assert design.backups == Backups()
    assert all(part.archiving is None for part in design.parts if isinstance(part, Postgres))


def test_windows_and_times_are_taken_from_the_file(tmp_path: Path) -> None:
    design = built(tmp_path, COPIES + "    log_shipping: 1 minute\n    compression: lz4\n")
    database = design.backups.database
    assert database is not None
    assert (database.schedule.window, database.schedule.maintenance) == ((180, 240), (8880, 8940))
    assert (database.schedule.keep_seconds, database.schedule.full_seconds) == (30 * 86400, 604800)
    assert (database.archiving.timeout_seconds, database.archiving.compression) == (48, "lz4")
    assert database.archiving.repositories == (
        Repository(region="north", directory="backups/north/database"),
    )
    assert Design.from_json(design.to_json()) == design


@pytest.mark.parametrize(
    ("written", "second"),
    [("", "south"), ("    regions: [east]\n", "east"), ("    regions: [mars]\n", "south")],
)
def test_a_second_repository_stands_in_another_region(
    tmp_path: Path, written: str, second: str
) -> None:
    design = built(tmp_path, COPIES + "    cross_region: true\n" + written)
    database = design.backups.database
    assert database is not None
    assert [place.region for place in database.archiving.repositories] == ["north", second]
    servers = [part for part in design.parts if isinstance(part, Postgres)]
    assert all(part.archiving == database.archiving for part in servers)


def test_what_has_no_meaning_here_is_noted(tmp_path: Path) -> None:
    design = built(tmp_path, COPIES + "    kms_key: alias/shop\n")
    assert any(note.startswith("backup.database.kms_key") for note in design.notes)
