"""Copies of the caches and of files, with real redis-cli, redis-check-rdb and restic."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from data_tier import REDIS, SITE, Tier, tier
from stories.harness import within

from groundplan.design.backups import Copies, Repository, Schedule
from groundplan.errors import TargetError
from groundplan.operations.recovery.copy import Copy, CopyPorts, copy
from groundplan.ports.journal import Outcome, State
from groundplan.ports.shelf import Shelf
from groundplan.targets.local.backups.file_copies import FileShelf
from groundplan.targets.local.backups.snapshots import CacheShelf
from groundplan.targets.local.parts.redis import client
from groundplan.twin.clock import VirtualClock
from groundplan.twin.journal import TwinJournal

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]
HOUR = 3600.0
SCHEDULE = Schedule(every_seconds=HOUR, full_seconds=2 * HOUR, keep_seconds=2 * HOUR)


@pytest.fixture
def region() -> Iterator[Tier]:
    with tier() as region:
        yield region


def copies(of: str, *paths: str) -> Copies:
    place = Repository(region=SITE, directory=f"backups/{SITE}/{of}")
    return Copies(repositories=(place,), schedule=SCHEDULE, paths=paths)


def made(shelf: Shelf, mark: str, *, is_due: bool = False, later: float = 0) -> Outcome:
    journal = TwinJournal(clock=VirtualClock(time.time() + later), operation=mark)
    ports = CopyPorts(shelf=shelf, schedule=SCHEDULE)
    return copy(journal, ports, Copy(what="cache", is_due=is_due))


def test_a_snapshot_of_the_cache_is_checked_and_brings_its_keys_back(region: Tier) -> None:
    region.up(*REDIS[:2])
    password = region.machine.secret("redis")
    with client(region.part(REDIS[0]).address, 6379, password) as server:
        for number in range(1000):
            server.set(f"key-{number}", "x" * 100)
        within(60, "the replica, which is copied, has it", lambda: server.wait(1, 200) == 1)
    shelf = CacheShelf(region.machine, copies("cache"))
    assert made(shelf, "one", is_due=True).state is State.DONE
    assert made(shelf, "again", is_due=True).summary == "nothing was due"
    (backup,) = shelf.copies(SITE)
    folder = region.machine.folder / "backups" / SITE / "cache"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not holds(folder, b"key-7"), "a snapshot is never in clear in a repository"
    assert not list((region.machine.folder / "snapshots").glob("*/*")), "nor left beside it"
    shelf.inspect(SITE)
    assert shelf.prove(backup).items == 1000
    into = region.machine.folder / "brought"
    assert shelf.bring(backup, str(into)).items == 1000
    assert (into / "dump.rdb").stat().st_size > 10_000
    assert made(shelf, "one").facts["copies"] == [backup.name], "the same mark makes no second one"
    assert made(shelf, "two", later=3 * HOUR).facts["deleted"] == [backup.name]
    assert len(shelf.copies(SITE)) == 1, "the newest stays, however old it is"


def test_a_cache_goes_back_to_a_copy_while_it_serves(region: Tier) -> None:
    region.up(*REDIS[:2])
    password = region.machine.secret("redis")
    shelf = CacheShelf(region.machine, copies("cache"))
    with (
        client(region.part(REDIS[0]).address, 6379, password) as primary,
        client(region.part(REDIS[1]).address, 6379, password) as replica,
    ):
        primary.set("stays", "as it was")
        primary.set("short", "lived", ex=3600)
        primary.hset("basket", mapping={"milk": "2", "bread": "1"})
        within(60, "the replica, which is copied, has it", lambda: primary.wait(1, 200) == 1)
        backup = shelf.copy(SITE, "one")
        primary.set("stays", "changed")
        primary.delete("basket")
        primary.set("later", "than the copy")
        assert shelf.replace(backup, "mark").items == 3
        assert primary.get("stays") == "as it was"
        assert primary.hgetall("basket") == {"milk": "2", "bread": "1"}
        assert primary.get("later") is None
        assert 3000 < int(primary.ttl("short")) <= 3600
        within(60, "the replica has it", lambda: replica.get("stays") == "as it was")
        assert shelf.replace(backup, "mark").items == 3, "twice is harmless"


def holds(folder: Path, text: bytes) -> bool:
    return any(text in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_snapshot_that_is_damaged_does_not_count(region: Tier) -> None:
    region.up(REDIS[0])
    with client(region.part(REDIS[0]).address, 6379, region.machine.secret("redis")) as server:
        server.set("key", "x" * 1000)

    class Damaging(CacheShelf):
        def _check(self, name: str, path: Path) -> str:
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 0xFF
            path.write_bytes(data)
            return super()._check(name, path)

    shelf = Damaging(region.machine, copies("cache"))
    outcome = made(shelf, "one")
    assert outcome.state is State.FAILED
    assert "redis-check-rdb" in outcome.summary
    assert shelf.copies(SITE) == ()
    region.stop(REDIS[0])
    assert "does not answer" in made(shelf, "two").summary or "refused" in made(shelf, "3").summary


def test_files_are_copied_encrypted_once_and_damage_is_found(region: Tier) -> None:
    machine = replace(region.machine, source=region.machine.folder / "source")
    uploads = machine.source / "uploads"
    uploads.mkdir(parents=True)
    secret_text = "nobody reads this in the repository " * 40_000
    (uploads / "a.txt").write_text(secret_text)
    shelf = FileShelf(machine, copies("files", "uploads"))
    assert shelf.copies(SITE) == ()
    assert made(shelf, "one", is_due=True).state is State.DONE
    (uploads / "b.txt").write_text(secret_text + "and one line more")
    folder = machine.folder / "backups" / SITE / "files"
    before = size(folder)
    assert made(shelf, "two").state is State.DONE
    assert size(folder) - before < len(secret_text) / 4, "what is there already is not kept twice"
    assert b"nobody reads this" not in b"".join(
        p.read_bytes() for p in folder.rglob("*/*") if p.is_file()
    )
    assert len(shelf.copies(SITE)) == 2
    assert made(shelf, "two").summary.endswith(shelf.copies(SITE)[1].name), "no second one"
    assert restored(machine.folder, folder, shelf.copies(SITE)[0].label) == secret_text
    goes_back(shelf, uploads, secret_text)
    shelf.delete(SITE, (shelf.copies(SITE)[0].label, "12345678"))
    assert len(shelf.copies(SITE)) == 1
    for path in (folder / "data").rglob("*"):
        if path.is_file():
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 0xFF
            path.chmod(0o600)
            path.write_bytes(data)
    outcome = made(shelf, "three")
    assert outcome.state is State.FAILED, outcome.summary
    (machine.folder / "secrets" / "backup-files").write_text("another")
    another = FileShelf(machine, copies("files", "uploads"))
    with pytest.raises(TargetError, match="wrong password"):
        another.copies(SITE)
    (folder / "config").unlink()
    assert "config" in made(another, "four").summary, "what lost its config is not begun anew"


def goes_back(shelf: FileShelf, uploads: Path, text: str) -> None:
    """In place: what stood there is kept beside it, and a second time changes nothing more."""
    first = shelf.copies(SITE)[0]
    shelf.inspect(SITE)
    assert shelf.prove(first).items == 1
    (uploads / "a.txt").write_text("overwritten by mistake")
    for _ in range(2):
        brought = shelf.replace(first, "mark")
        assert (brought.items, brought.aside) == (1, f"{uploads}.before.mark")
        assert (uploads / "a.txt").read_text() == text
        assert not (uploads / "b.txt").exists(), "it was not there then"
    aside = uploads.with_name("uploads.before.mark")
    assert (aside / "a.txt").read_text() == "overwritten by mistake"
    assert [path.name for path in uploads.parent.iterdir()].count("uploads") == 1
    shutil.rmtree(uploads)
    aside.rename(uploads)
    (uploads / "a.txt").write_text(text)


def test_a_path_that_is_not_there_is_named(region: Tier) -> None:
    shelf = FileShelf(region.machine, copies("files", "nowhere"))
    assert "nowhere" in made(shelf, "one").summary


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def restored(home: Path, folder: Path, label: str) -> str:
    words = ("restic", "--no-cache", "-r", str(folder), "-p", str(home / "secrets/backup-files"))
    said = subprocess.run(
        (*words, "dump", label, str(home / "source/uploads/a.txt")), capture_output=True, check=True
    )
    return said.stdout.decode()
