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


REST = """\
cache_layer:
  engine: redis
  version: "7.0"
  backup: { snapshot_retention_limit: 7, snapshot_window: "03:00-05:00" }
backup:
  application_data:
    frequency: every 30m
    retention: 7 days
  configuration: { frequency: on_change, storage: git }
"""


def test_each_region_that_runs_keeps_its_snapshots_and_files_go_to_the_primary(
    tmp_path: Path,
) -> None:
    design = built(
        tmp_path, REST.replace("frequency: every", "paths: [up, x]\n    frequency: every")
    )
    cache, files = design.backups.cache, design.backups.files
    assert cache is not None
    assert files is not None
    assert [each.region for each in cache.repositories] == [each.name for each in design.regions]
    assert (cache.schedule.window, cache.schedule.keep_seconds) == ((180, 300), 7 * 86400)
    assert files.repositories == (Repository(region="north", directory="backups/north/files"),)
    assert (files.paths, files.schedule.every_seconds) == (("up", "x"), 1800)
    assert design.backups.configuration == "backups/configuration"
    assert Design.from_json(design.to_json()) == design


@pytest.mark.parametrize(
    ("written", "places"),
    [
        ("regions: [east, mars]", ["east"]),
        ("regions: [south, north]", ["north", "south"]),
        ("cross_region: true", ["north", "south"]),
        ("regions: [mars]", ["north"]),
    ],
)
def test_files_go_where_the_file_says(tmp_path: Path, written: str, places: list[str]) -> None:
    text = f"paths: [up]\n    {written}\n    frequency: every"
    files = built(tmp_path, REST.replace("frequency: every", text)).backups.files
    assert files is not None
    assert [each.region for each in files.repositories] == places


def test_without_paths_no_files_are_copied_and_a_note_says_so(tmp_path: Path) -> None:
    design = built(tmp_path, REST)
    assert design.backups.files is None
    assert any("it names no paths" in note for note in design.notes)


def test_to_keep_snapshots_for_no_day_is_to_make_none(tmp_path: Path) -> None:
    assert built(tmp_path, REST.replace("limit: 7", "limit: 0")).backups.cache is None
