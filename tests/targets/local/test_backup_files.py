"""What pgBackRest says and is told, without running it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from data_tier import PRIMARY, data_tier, machine_in

from groundplan.design.backups import Archiving, Repository
from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.ports.archive import Backup, Kind, Point, Record, Table, What
from groundplan.targets.local.backups import pgbackrest, repository
from groundplan.targets.local.backups.copies import recovery_words
from groundplan.targets.local.backups.differences import differences
from groundplan.targets.local.backups.records import LocalRecords
from groundplan.targets.local.parts.postgres import PostgresRecipe

ARCHIVING = Archiving(
    stanza="shop",
    repositories=(
        Repository(region="north", directory="backups/north/database"),
        Repository(region="south", directory="backups/south/database"),
    ),
    compression="zst",
    timeout_seconds=240,
)
FULL = "20261125-210012F"


def info(*, error: bool = False, status: tuple[int, str] = (0, "ok")) -> str:
    row: dict[str, Any] = {
        "annotation": {"operation": "one"},
        "archive": {"start": "000000010000000000000003", "stop": "000000010000000000000003"},
        "database": {"id": 1, "repo-key": 1},
        "error": error,
        "info": {"size": 44166001, "repository": {"delta": 8968192, "size": 8968192}},
        "label": FULL,
        "lsn": {"start": "0/3000028", "stop": "1/3000100"},
        "reference": None,
        "timestamp": {"start": 1795640412, "stop": 1795640414},
        "type": "full",
    }
    increment = {
        **row,
        "annotation": {},
        "label": f"{FULL}_20261125-210018I",
        "reference": [FULL],
        "type": "incr",
    }
    other = {**row, "database": {"id": 1, "repo-key": 2}}
    repositories = [
        {"key": 1, "status": {"code": status[0], "message": status[1]}},
        {"key": 2, "status": {"code": 0, "message": "ok"}},
    ]
    return json.dumps([{"backup": [row, other, increment], "repo": repositories}])


def test_backups_are_read_for_one_repository() -> None:
    full, increment = repository.backups(info(), "north", 1)
    assert (full.label, full.kind, full.repository) == (FULL, Kind.FULL, "north")
    assert (full.stop_lsn, full.bytes, full.stored_bytes) == (0x1_0300_0100, 44166001, 8968192)
    assert (increment.kind, increment.needs) == (Kind.INCREMENTAL, (FULL,))
    assert repository.marked(info(), 1, "one") == FULL
    assert repository.marked(info(), 1, "two") is None
    assert repository.backups(info(error=True), "north", 1)[0].faults


@pytest.mark.parametrize(
    ("status", "what"),
    [
        ((0, "ok"), None),
        ((2, "no valid backups"), None),
        ((1, "missing stanza path"), What.MISSING),
        ((99, "[CryptoError] cipher header invalid"), What.WRONG_KEY),
        ((99, "FormatError: key/value found outside of section at line 1: \0x"), What.WRONG_KEY),
        ((99, "[ChecksumError] invalid checksum"), What.DAMAGED),
        ((99, "[FileOpenError] permission denied"), What.UNREADABLE),
    ],
)
def test_why_a_repository_cannot_be_read(status: tuple[int, str], what: What | None) -> None:
    fault = repository.why_unreadable(info(status=status), "north", 1)
    assert (fault.what if fault else None) is what


def test_missing_segments_are_found_between_those_that_are_there() -> None:
    digest = "a" * 40
    there = ("0000000100000000000000FE", "000000010000000100000000", "000000010000000100000001")
    paths = [f"shop/15-1/0000000100000000/{name}-{digest}.zst" for name in there]
    paths.append("shop/15-1/0000000100000000/000000010000000000000003.00000028.backup")
    assert repository.missing_segments(paths, "0000000100000000000000FE") == (
        "0000000100000000000000FF",
    )
    assert len(repository.missing_segments(paths, "0000000100000000000000FC")) == 3


def test_an_lsn_is_written_as_it_is_read() -> None:
    assert repository.lsn_text(repository.lsn_of("1A/3000100")) == "1A/3000100"


def test_a_file_that_differs_is_named() -> None:
    said = "P01   INFO: invalid checksum 'backup/shop/x/base/5/2654.zst'\nstatus: error"
    found = list(repository.faults(said, "", "north"))
    assert [str(fault) for fault in found] == [
        "damaged file in the repository: north: backup/shop/x/base/5/2654.zst (invalid checksum)"
    ]
    assert not list(repository.faults("", "", "north"))
    assert list(repository.faults("stanza: shop\nstatus: error\nmissing: 1", "", "north"))


def test_the_configuration_of_a_server_holds_the_pass_phrase_for_its_account_alone(
    tmp_path: Path,
) -> None:
    machine = machine_in(tmp_path, data_tier())
    part = machine.design.part(PRIMARY)
    assert isinstance(part, Postgres)
    files = {f.path: f for f in PostgresRecipe().files(replace(part, archiving=ARCHIVING), machine)}
    conf = files["pgbackrest.conf"]
    assert conf.mode == 0o600
    assert f"repo2-path={tmp_path}/backups/south/database\n" in conf.text
    assert conf.text.count("cipher-pass=secret-of-backup-database") == 2
    assert "compress-type=zst" in conf.text
    assert files["pgbackrest.2.conf"].mode == 0o600
    assert "repo1" not in files["pgbackrest.2.conf"].text
    others = [file for file in files.values() if not file.path.startswith("pgbackrest.")]
    assert not [file.path for file in others if "secret-of-backup" in file.text]
    assert "archive_mode = on" in files["postgresql.conf"].text
    assert "archive_timeout = 240s" in files["postgresql.conf"].text


def test_progress_is_read_from_a_line() -> None:
    line = "P01 DETAIL: backup file /data/base/1/2604 (8KB, 43.21%) checksum abc"
    assert pgbackrest.share_in(line) == pytest.approx(0.4321)
    assert pgbackrest.share_in("P00   INFO: backup command begin") is None


def backup() -> Backup:
    return repository.backups(info(), "north", 1)[0]


@pytest.mark.parametrize(
    ("point", "words"),
    [
        (
            {"lsn": 0x3000100},
            "--type=lsn --target=0/3000100 --target-exclusive --target-action=promote",
        ),
        (
            {"lsn": 1, "own_timeline": True},
            "--target-timeline=current --type=lsn --target=0/1 --target-exclusive "
            "--target-action=promote",
        ),
        (
            {"at": 1_767_225_600.25},
            "--type=time --target=2026-01-01 00:00:00.250000+00 --target-action=promote",
        ),
        ({"is_latest": True}, "--type=default"),
        ({}, "--type=immediate --target-action=promote"),
    ],
)
def test_where_a_recovery_ends(point: dict[str, Any], words: str) -> None:
    assert " ".join(recovery_words(Point(backup=backup(), **point))) == words


def test_every_difference_is_told() -> None:
    wanted = tuple(Table(name=name, rows=3, digest="7") for name in ("a", "b", "c"))
    found = (
        Table(name="a", rows=2, digest="7"),
        Table(name="b", rows=3, digest="8"),
        Table(name="d", rows=0, digest="0"),
    )
    assert [fault.where for fault in differences(wanted, found)] == ["a", "b", "c", "d"]
    assert not list(differences(wanted, wanted))


def test_records_outlive_their_writer_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    record = Record(backup=backup(), proven_at=3.5, because="")
    LocalRecords(tmp_path).save(record)
    assert LocalRecords(tmp_path).all() == (record,)
    path = next((tmp_path / "backups" / "records").iterdir())
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("{")
    with pytest.raises(TargetError, match="reading its records"):
        LocalRecords(tmp_path).all()
