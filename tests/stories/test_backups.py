"""Backups with the real pgBackRest: proven, and every kind of damage found and named."""

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from data_tier import PRIMARY, Tier, tier
from stories.harness import within

from groundplan.design.backups import DAY_SECONDS, Archiving, Repository, Schedule
from groundplan.design.parts import Postgres
from groundplan.operations.recovery.backup import BackUp, BackupPorts, back_up
from groundplan.operations.recovery.restore import Restore, RestorePorts, restore
from groundplan.operations.recovery.verify import Verify, VerifyPorts, verify
from groundplan.ports.archive import Kind
from groundplan.ports.journal import Outcome, State
from groundplan.targets.local.backups.archive import LocalArchive
from groundplan.targets.local.backups.aside import LocalAside
from groundplan.targets.local.backups.copies import LocalCopies
from groundplan.targets.local.backups.copy_server import CopyServer
from groundplan.targets.local.backups.records import LocalRecords
from groundplan.targets.local.recovery.place import LocalPlace
from groundplan.twin.clock import VirtualClock
from groundplan.twin.journal import TwinJournal

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

SCHEDULE = Schedule(every_seconds=DAY_SECONDS, full_seconds=DAY_SECONDS, keep_seconds=DAY_SECONDS)
ARCHIVING = Archiving(
    stanza="shop",
    repositories=(
        Repository(region="north", directory="backups/north/database"),
        Repository(region="south", directory="backups/south/database"),
    ),
    compression="zst",
    timeout_seconds=60,
)


@dataclass(slots=True)
class Shop:
    """A primary with a table, its archive, and the operations on it."""

    region: Tier
    told: list[str] = field(default_factory=list)

    @property
    def archive(self) -> LocalArchive:
        return LocalArchive(self.region.machine)

    @property
    def folder(self) -> Path:
        return self.region.machine.folder

    def journal(self) -> TwinJournal:
        return TwinJournal(clock=VirtualClock(now=time.time()), operation=f"op{time.time_ns()}")

    def back_up(self, kind: str = "full") -> Outcome:
        ports = BackupPorts(
            archive=self.archive, records=LocalRecords(self.folder), schedule=SCHEDULE
        )
        return back_up(self.journal(), ports, BackUp(kind=kind))

    def verify(self) -> Outcome:
        archive, journal = self.archive, self.journal()
        ports = VerifyPorts(
            archive=archive,
            copies=LocalCopies(archive),
            records=LocalRecords(self.folder),
            folder=str(self.folder / "proofs"),
        )
        outcome = verify(journal, ports, Verify())
        self.told += journal.record.told
        assert not list((self.folder / "proofs").glob("*")), "the copy is removed"
        return outcome

    def restore(self, to: str, into: str) -> Outcome:
        archive = self.archive
        ports = RestorePorts(
            archive=archive,
            copies=LocalCopies(archive),
            place=LocalPlace(archive, archive.leader()),
            records=LocalRecords(self.folder),
            aside=LocalAside(archive.machine),
        )
        return restore(self.journal(), ports, Restore(to=to, into=into))

    def stored(self, region: str, pattern: str) -> Path:
        root = self.folder / "backups" / region / "database"
        return next(path for path in sorted(root.glob(pattern)) if path.stat().st_size > 4000)

    def sql(self, query: str) -> list:
        return self.region.sql(PRIMARY, query)


@pytest.fixture
def shop() -> Iterator[Shop]:
    with tier() as region:
        parts = tuple(
            replace(part, archiving=ARCHIVING, synchronous=())
            if isinstance(part, Postgres)
            else part
            for part in region.machine.design.parts
        )
        design = replace(region.machine.design, parts=parts)
        region.machine = replace(region.machine, design=design)
        region.up(PRIMARY)
        shop = Shop(region=region)
        shop.sql("CREATE TABLE item AS SELECT n, md5(n::text) FROM generate_series(1, 50000) n")
        shop.sql("CREATE INDEX ON item (n)")
        yield shop


def flip(path: Path, at: int = 3000) -> None:
    bytes_ = bytearray(path.read_bytes())
    bytes_[at] ^= 1
    path.write_bytes(bytes_)


def test_a_backup_is_proven_while_others_write(shop: Shop) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            shop.sql("INSERT INTO item SELECT 1, 'x' FROM generate_series(1, 10)")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert shop.back_up().state is State.DONE
    finally:
        stop.set()
        writer.join(timeout=10)
    for _ in ARCHIVING.repositories:
        outcome = shop.verify()
        assert outcome.state is State.DONE, outcome.summary
        assert outcome.facts["faults"] == []
        assert int(str(outcome.facts["rows"])) > 50000
    assert len([r for r in LocalRecords(shop.folder).all() if r.proven_at]) == 2
    found = subprocess.run(
        ("grep", "-rlF", shop.region.machine.secret("backup-database"), str(shop.folder)),
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    assert {Path(path).name for path in found} == {
        "backup-database",
        "pgbackrest.conf",
        "pgbackrest.1.conf",
        "pgbackrest.2.conf",
    }


@pytest.mark.faults
def test_a_flipped_bit_in_the_repository_is_named_and_the_other_takes_over(shop: Shop) -> None:
    shop.back_up()
    damaged = shop.stored("north", "backup/shop/*F/pg_data/base/*/*.zst")
    flip(damaged)
    outcome = shop.verify()
    assert outcome.state is State.DONE
    assert "south:" in outcome.summary
    told = str(damaged).rpartition("/backup/shop/")[2]
    assert f"damaged file in the repository: north: {told} (invalid checksum)" in outcome.summary
    assert "is not proven" in "\n".join(shop.told)


@pytest.mark.faults
def test_a_missing_log_segment_is_named(shop: Shop) -> None:
    shop.back_up()
    shop.sql("INSERT INTO item VALUES (0, 'x')")
    shop.archive.ship()
    first = shop.archive.backups("north")[0]
    segments = sorted((shop.folder / "backups/north/database/archive").rglob("0*-*.zst"))
    lost = next(path for path in segments if first.stop_lsn <= int(path.name[16:24], 16) * 2**24)
    lost.unlink()
    outcome = shop.verify()
    assert f"missing log segment: north: {lost.name[:24]}" in outcome.summary
    assert outcome.state is State.DONE, "the other repository has it"


@pytest.mark.faults
def test_a_wrong_pass_phrase_is_named_and_the_right_one_works_again(shop: Shop) -> None:
    shop.back_up()
    conf = shop.region.machine.directory(shop.region.part(PRIMARY)) / "pgbackrest.conf"
    right = conf.read_text()
    conf.write_text(right.replace("secret-of-", "guess-of-"))
    outcome = shop.verify()
    assert outcome.state is State.FAILED
    assert "wrong pass phrase: north" in outcome.summary
    assert "wrong pass phrase: south" in outcome.summary
    assert shop.back_up().state is State.FAILED
    conf.write_text(right)
    assert shop.verify().state is State.DONE


@pytest.mark.faults
def test_a_corrupt_page_of_the_source_is_named(shop: Shop) -> None:
    part = shop.region.part(PRIMARY)
    path = shop.sql("SELECT pg_relation_filepath('item')")[0][0]
    shop.region.stop(PRIMARY)
    flip(shop.region.machine.directory(part) / "data" / path, at=8192 * 3 + 4000)
    shop.region.up(PRIMARY)
    outcome = shop.back_up()
    assert outcome.state is State.FAILED
    assert f"corrupt page in {path}" in outcome.summary
    assert shop.verify().state is State.REFUSED, "there is no good backup to prove"


@pytest.mark.faults
def test_a_backup_that_is_killed_can_be_made_again(shop: Shop) -> None:
    shop.sql("INSERT INTO item SELECT n, repeat(md5(n::text), 20) FROM generate_series(1, 90000) n")
    failed: list[str] = []

    def make() -> None:
        try:
            shop.archive.back_up("north", Kind.FULL, "killed")
        except Exception as error:
            failed.append(str(error))

    maker = threading.Thread(target=make)
    maker.start()
    here = str(shop.folder)

    def kill() -> bool:
        listed = subprocess.run(
            ("pgrep", "-f", f"pgbackrest .*{here}.*--annotation.* backup$"),
            capture_output=True,
            text=True,
            check=False,
        ).stdout.split()
        began = list((shop.folder / "backups/north/database/backup/shop").glob("*F/pg_data"))
        if listed and began:
            subprocess.run(("kill", "-KILL", listed[0]), check=False)
        return bool(listed and began)

    within(60, "the backup runs and is killed", kill)
    maker.join(timeout=60)
    assert failed
    assert not shop.archive.backups("north")
    made = shop.archive.back_up("north", Kind.FULL, "killed")
    assert not made.faults
    assert shop.archive.back_up("north", Kind.FULL, "killed") == made, "the mark makes it one"


@pytest.mark.faults
def test_a_full_repository_disk_is_told_and_loses_no_log(shop: Shop) -> None:
    root = shop.folder / "backups" / "south" / "database"
    shutil.rmtree(root)
    root.mkdir()
    mounted = subprocess.run(
        ("mount", "-t", "tmpfs", "-o", "size=3m", "none", str(root)),
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        account = shop.region.machine.account
        if account:
            subprocess.run(("chown", account.name, str(root)), check=True)
        outcome = shop.back_up()
        assert "south:" in outcome.summary
        assert "north:" in str(outcome.facts["backups"]), "the other repository takes over"
        shop.sql("INSERT INTO item SELECT n, repeat('x', 99) FROM generate_series(1, 300000) n")
        shop.archive.ship()
        assert "owes log segments" in (shop.archive.why_not_shipping() or "")
    finally:
        subprocess.run(("umount", "-l", str(root)), check=True)
    shop.region.recipe(PRIMARY).prepare(shop.region.part(PRIMARY), shop.region.machine)
    shop.region.recipe(PRIMARY).settle(shop.region.part(PRIMARY), shop.region.machine)
    shop.archive.ship()
    assert shop.archive.why_not_shipping() is None, "what was owed is sent"
    assert shop.back_up().state is State.DONE
    assert shop.archive.backups("south")


def test_a_restore_into_a_folder_serves_the_rows_of_that_moment(shop: Shop) -> None:
    shop.back_up()
    lsn = shop.sql("SELECT pg_current_wal_insert_lsn()::text")[0][0]
    shop.sql("DELETE FROM item WHERE n > 100")
    into = shop.folder / "copy"
    outcome = shop.restore(lsn, str(into))
    assert outcome.state is State.DONE, outcome.summary
    assert outcome.facts["rows"] == 50000
    assert shop.restore("latest", str(into)).state is State.REFUSED
    part = shop.archive.servers[0]
    with CopyServer(into, part, shop.region.machine).running():
        asked = ("psql", "-h", str(into / "run"), "-U", "postgres", "-Atc", "SHOW archive_mode")
        said = subprocess.run(asked, capture_output=True, text=True, check=False)
        assert said.stdout.strip() == "off", said.stderr
    latest = shop.restore("latest", str(shop.folder / "copy2"))
    assert latest.facts["rows"] == 100
