"""Hands operations the real archive, copies and servers of a platform on this machine."""

from contextlib import AbstractContextManager
from pathlib import Path

from groundplan.agent.performing.kinds import Here, Share, unshared
from groundplan.design.design import Design
from groundplan.errors import TargetError
from groundplan.operations.recovery.backup import BackUp, BackupPorts, back_up
from groundplan.operations.recovery.restore import Restore, RestorePorts, restore
from groundplan.operations.recovery.safety import Forget, forget
from groundplan.operations.recovery.verify import Verify, VerifyPorts, verify
from groundplan.ports.archive import Record
from groundplan.ports.folder import SOURCE
from groundplan.ports.journal import Journal, Outcome
from groundplan.targets.local.backups.archive import LocalArchive
from groundplan.targets.local.backups.aside import LocalAside
from groundplan.targets.local.backups.copies import LocalCopies
from groundplan.targets.local.backups.records import LocalRecords, alone
from groundplan.targets.local.machine import Machine, account_for_root
from groundplan.targets.local.recovery.place import LocalPlace

PROOFS = "backups/proofs"


def perform_backup(journal: Journal, here: Here, arguments: BackUp) -> Outcome:
    """Makes backups of the database."""
    with _turn(here, "backup run"):
        database = here.design.backups.database
        archive = archive_of(here.folder, here.design, here.share)
        assert database is not None
        records = LocalRecords(here.folder)
        ports = BackupPorts(archive=archive, records=records, schedule=database.schedule)
        return back_up(journal, ports, arguments)


def perform_verify(journal: Journal, here: Here, arguments: Verify) -> Outcome:
    """Proves a backup of the database."""
    with _turn(here, "backup verify"):
        archive = archive_of(here.folder, here.design, here.share)
        ports = VerifyPorts(
            archive=archive,
            copies=LocalCopies(archive, watch=here.share),
            records=LocalRecords(here.folder),
            folder=str(here.folder / PROOFS),
        )
        return verify(journal, ports, arguments)


def perform_restore(journal: Journal, here: Here, arguments: Restore) -> Outcome:
    """Brings the database back."""
    with _turn(here, "restore"):
        return restore(journal, restore_ports(here.folder, here.design, here.share), arguments)


def _turn(here: Here, doing: str) -> AbstractContextManager[None]:
    """One at a time of all that works on the backups; who waits is seen waiting."""
    return alone(here.folder, doing, lambda: here.share("waits for another backup or proof", 0.0))


def restore_ports(folder: Path, design: Design, share: Share = unshared) -> RestorePorts:
    """What a restore acts through."""
    archive = archive_of(folder, design, share)
    primary = archive.leader()
    return RestorePorts(
        archive=archive,
        copies=LocalCopies(archive, server=primary, watch=share),
        place=LocalPlace(archive, primary),
        records=LocalRecords(folder),
        aside=LocalAside(archive.machine),
    )


def perform_forget(journal: Journal, here: Here, arguments: Forget) -> Outcome:
    """Deletes what restores put aside."""
    return forget(journal, aside_of(here.folder, here.design), arguments)


def aside_of(folder: Path, design: Design) -> LocalAside:
    """What restores in place left on a platform."""
    source = folder / SOURCE
    files = Path(source.read_text()) if source.exists() else folder
    return LocalAside(
        Machine(folder=folder, source=files, design=design, account=account_for_root())
    )


def archive_of(folder: Path, design: Design, watch: Share = unshared) -> LocalArchive:
    """The archive of a platform; TargetError when its file asks for none."""
    require_backups(design)
    machine = Machine(folder=folder, source=folder, design=design, account=account_for_root())
    return LocalArchive(machine, watch=watch)


def require_backups(design: Design) -> None:
    """TargetError when the file asks for no backups of the database."""
    if design.backups.database is None:
        raise TargetError(
            part="backup",
            doing="looking for what is copied",
            why="the file asks for no backups of the database",
            try_="write backup.database with a frequency and a retention, then `groundplan up`",
        )


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
