"""Hands operations the real archive, copies and servers of a platform on this machine."""

from pathlib import Path

from groundplan.design.design import Design
from groundplan.errors import TargetError
from groundplan.operations.recovery.backup import BackUp, BackupPorts, back_up
from groundplan.operations.recovery.restore import Restore, RestorePorts, restore
from groundplan.operations.recovery.verify import Verify, VerifyPorts, verify
from groundplan.ports.archive import Record
from groundplan.ports.journal import Journal, Outcome
from groundplan.targets.local.archive import LocalArchive, Watch, unwatched
from groundplan.targets.local.copies import LocalCopies
from groundplan.targets.local.machine import Machine, account_for_root
from groundplan.targets.local.place import LocalPlace
from groundplan.targets.local.records import LocalRecords

PROOFS = "backups/proofs"


def perform_backup(
    folder: Path, design: Design, journal: Journal, arguments: BackUp, watch: Watch = unwatched
) -> Outcome:
    """Makes backups of the database."""
    database = design.backups.database
    archive = archive_of(folder, design, watch)
    assert database is not None
    ports = BackupPorts(archive=archive, records=LocalRecords(folder), schedule=database.schedule)
    return back_up(journal, ports, arguments)


def perform_verify(
    folder: Path, design: Design, journal: Journal, arguments: Verify, watch: Watch = unwatched
) -> Outcome:
    """Proves a backup of the database."""
    archive = archive_of(folder, design, watch)
    ports = VerifyPorts(
        archive=archive,
        copies=LocalCopies(archive, watch=watch),
        records=LocalRecords(folder),
        folder=str(folder / PROOFS),
    )
    return verify(journal, ports, arguments)


def perform_restore(
    folder: Path, design: Design, journal: Journal, arguments: Restore, watch: Watch = unwatched
) -> Outcome:
    """Brings the database back."""
    archive = archive_of(folder, design, watch)
    primary = archive.leader()
    ports = RestorePorts(
        archive=archive,
        copies=LocalCopies(archive, server=primary, watch=watch),
        place=LocalPlace(archive, primary),
        records=LocalRecords(folder),
    )
    return restore(journal, ports, arguments)


def archive_of(folder: Path, design: Design, watch: Watch = unwatched) -> LocalArchive:
    """The archive of a platform; TargetError when its file asks for none."""
    if design.backups.database is None:
        raise TargetError(
            part="backup",
            doing="looking for what is copied",
            why="the file asks for no backups of the database",
            try_="write backup.database with a frequency and a retention, then `groundplan up`",
        )
    machine = Machine(folder=folder, source=folder, design=design, account=account_for_root())
    return LocalArchive(machine, watch=watch)


def backups_of(folder: Path, design: Design) -> tuple[tuple[Record, ...], dict[str, str]]:
    """Every backup there is, oldest first, with what is known of it; and the repositories that
    cannot be read, each with the reason."""
    archive, troubles = archive_of(folder, design), dict[str, str]()
    known = {record.backup.name: record for record in LocalRecords(folder).all()}
    found: list[Record] = []
    for region in archive.repositories:
        try:
            there = archive.backups(region)
        except TargetError as error:
            troubles[region] = error.why
            continue
        found += [known.get(backup.name, Record(backup=backup)) for backup in there]
    return tuple(sorted(found, key=lambda record: record.backup.ended)), troubles
