"""Snapshots of the caches: taken from a replica, read whole by redis-check-rdb before they count,
and kept by restic, encrypted. Redis itself refuses a damaged one only when it is needed.

In clear a snapshot stands only in a private folder while it is taken, proven or brought back.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from groundplan.design.backups import Copies
from groundplan.design.parts import Redis
from groundplan.errors import TargetError
from groundplan.ports.archive import Backup
from groundplan.ports.shelf import Brought
from groundplan.targets.local.backups import cache_keys
from groundplan.targets.local.backups.file_copies import copied, copy_of
from groundplan.targets.local.backups.restic import Restic, Share, unshared
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.redis import SECRET, client
from groundplan.targets.local.processes.programs import REDIS_CHECK, REDIS_CLI, find

SECONDS = 1800.0
CLEAR = "snapshots"  # the private folder
DUMP = "dump.rdb"
_FINE = "RDB looks OK"
_READ = re.compile(r"(\d+) keys read")
_EXPIRING = re.compile(r"(\d+) expires")


class CacheShelf:
    """One repository of restic for each region's cache."""

    def __init__(self, machine: Machine, copies: Copies, share: Share = unshared) -> None:
        self._machine = machine
        self._share = share
        self._restics = {
            place.region: Restic(machine.folder / place.directory, machine.folder, place.region)
            for place in copies.repositories
        }

    @property
    def repositories(self) -> tuple[str, ...]:
        return tuple(self._restics)

    def copies(self, repository: str) -> tuple[Backup, ...]:
        return tuple(copy_of(row, repository) for row in self._restics[repository].rows())

    def copy(self, repository: str, mark: str) -> Backup:
        part = self._server(repository, wants_primary=False)
        with self._private(f"{repository}-taken") as folder:
            taken = folder / DUMP
            # Begun by us, so that nobody else reads it: redis-cli keeps the mode of what is there.
            taken.touch(mode=0o600)
            self._take(part, taken)
            self._check(part.name, taken)
            return copied(self._restics[repository], (taken,), repository, mark)

    def delete(self, repository: str, labels: tuple[str, ...]) -> None:
        self._restics[repository].delete(labels)

    def inspect(self, repository: str) -> None:
        self._restics[repository].check("--read-data")

    def prove(self, copy: Backup) -> Brought:
        """A server of its own starts with it, and has the keys that the snapshot says it has."""
        with self._private(f"{copy.repository}-proof") as folder:
            dump = self._fetched(copy, folder)
            wanted = _keys_in(self._check(copy.name, dump))
            with cache_keys.served(dump) as server:
                keys = cache_keys.count(server)
            if keys < wanted:
                raise self._restics[copy.repository].refused(
                    "proving a snapshot", f"a server has {keys:,} of its {wanted:,} keys"
                )
            return Brought(items=keys, bytes=dump.stat().st_size, what="keys")

    def bring(self, copy: Backup, into: str) -> Brought:
        with self._private(f"{copy.repository}-brought") as folder:
            dump = self._fetched(copy, folder)
            target = Path(into)
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            size = dump.stat().st_size
            with cache_keys.served(dump) as server:
                keys = cache_keys.count(server)
            shutil.move(dump, target / DUMP)
        return Brought(items=keys, bytes=size, what="keys")

    def replace(self, copy: Backup, mark: str) -> Brought:
        """Through a server of its own, key by key: who is primary stays, replicas follow."""
        primary = self._server(copy.repository, wants_primary=True)
        with self._private(f"{copy.repository}-restored") as folder:
            dump = self._fetched(copy, folder)
            size = dump.stat().st_size
            with (
                cache_keys.served(dump) as source,
                cache_keys.raw(primary, self._machine.secret(SECRET)) as target,
            ):
                keys = cache_keys.moved(source, target, self._share)
        return Brought(items=keys, bytes=size, what="keys")

    @contextmanager
    def _private(self, name: str) -> Iterator[Path]:
        """A folder for the account that we are; what a killed one left there goes first."""
        folder = self._machine.folder / CLEAR / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        folder.parent.chmod(0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _fetched(self, copy: Backup, folder: Path) -> Path:
        restic = self._restics[copy.repository]
        restic.restore(copy.label, folder / "files", self._share)
        found = list((folder / "files").rglob(DUMP))
        if len(found) != 1:
            raise restic.refused("restoring a snapshot", f"it holds {len(found)} files {DUMP}")
        self._check(f"{copy.repository}/redis", found[0])
        return found[0]

    def _server(self, region: str, *, wants_primary: bool) -> Redis:
        """The primary; or to be copied a replica that is in touch with it, without one whoever is
        there."""
        whys, primary = [], None
        for part in self._machine.design.at(region):
            if not isinstance(part, Redis):
                continue
            try:
                with client(part.address, part.port, self._machine.secret(SECRET)) as server:
                    info = server.info("replication")
            except redis.RedisError as error:
                whys.append(f"{part.name}: {error}")
                continue
            assert isinstance(info, dict)
            if info["role"] == "master":
                primary = part
            elif info["master_link_status"] == "up" and not wants_primary:
                return part
            elif not wants_primary:
                whys.append(f"{part.name} has no link to its primary")
        if primary is not None:
            return primary
        raise TargetError(
            part=f"{region}/redis",
            doing="looking for a server",
            why="; ".join(whys) or f"no cache runs in {region}",
            try_="groundplan status",
            retry=True,
        )

    def _take(self, part: Redis, path: Path) -> None:
        words = (str(find(REDIS_CLI)), "-h", part.address, "-p", str(part.port))
        self._machine.run(
            part.name,
            "taking a snapshot",
            (*words, "--rdb", str(path)),
            environment=(("REDISCLI_AUTH", self._machine.secret(SECRET)),),
            seconds=SECONDS,
        )

    def _check(self, name: str, path: Path) -> str:
        """What it says counts, not its exit code alone."""
        words = (str(find(REDIS_CHECK)), str(path))
        said = self._machine.run(name, "checking a snapshot", words, seconds=SECONDS)
        if _FINE not in said:
            raise TargetError(
                part=name,
                doing="checking a snapshot",
                why=f"redis-check-rdb does not say that it is whole: {said.strip()[-200:]}",
                try_="groundplan backup run --what cache; groundplan logs agent",
                retry=True,
            )
        return said


def _keys_in(said: str) -> int:
    """How many keys redis-check-rdb has read, less those that may expire before a count."""
    read, expiring = _READ.search(said), _EXPIRING.search(said)
    return (int(read[1]) if read else 0) - (int(expiring[1]) if expiring else 0)
