"""Snapshots of the caches: taken from a replica, and read whole by redis-check-rdb before they
count. Redis itself refuses a damaged one only when it is needed."""

import os
from datetime import UTC, datetime
from pathlib import Path

import redis

from groundplan.design.backups import Copies
from groundplan.design.parts import Redis
from groundplan.errors import TargetError
from groundplan.ports.archive import Backup, Kind
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.redis import SECRET, client
from groundplan.targets.local.programs import REDIS_CHECK, REDIS_CLI, find

SECONDS = 1800.0
_SUFFIX = ".rdb"
_FORM = "%Y%m%dT%H%M%SZ"
_FINE = "RDB looks OK"


class CacheShelf:
    """One file for each snapshot: when it was taken, and the mark of who took it."""

    def __init__(self, machine: Machine, copies: Copies) -> None:
        self._machine = machine
        self._folders = {
            place.region: machine.folder / place.directory for place in copies.repositories
        }

    @property
    def repositories(self) -> tuple[str, ...]:
        return tuple(self._folders)

    def copies(self, repository: str) -> tuple[Backup, ...]:
        paths = sorted(self._folders[repository].glob(f"*{_SUFFIX}"))
        return tuple(_backup(path, repository) for path in paths)

    def copy(self, repository: str, mark: str) -> Backup:
        folder = self._folders[repository]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in folder.glob(f"*.{mark}{_SUFFIX}"):
            return _backup(path, repository)
        for left in folder.glob("*.part"):  # of one that was killed
            left.unlink()
        part, began = self._source(repository), datetime.now(UTC)
        path = folder / f"{began.strftime(_FORM)}.{mark}{_SUFFIX}"
        taken = path.with_suffix(".part")
        # Begun by us, so that nobody else can read it: redis-cli keeps the mode of what is there.
        taken.touch(mode=0o600)
        self._take(part, taken)
        self._check(part, taken)
        os.replace(taken, path)
        return _backup(path, repository)

    def delete(self, repository: str, labels: tuple[str, ...]) -> None:
        for label in labels:
            (self._folders[repository] / f"{label}{_SUFFIX}").unlink(missing_ok=True)

    def _source(self, region: str) -> Redis:
        """A replica that is in touch with its primary; without one, who is there."""
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
            elif info["master_link_status"] == "up":
                return part
            else:
                whys.append(f"{part.name} has no link to its primary")
        if primary is not None:
            return primary
        raise TargetError(
            part=f"{region}/redis",
            doing="looking for a server to copy",
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

    def _check(self, part: Redis, path: Path) -> None:
        """What it says counts, not its exit code alone."""
        words = (str(find(REDIS_CHECK)), str(path))
        said = self._machine.run(part.name, "checking a snapshot", words, seconds=SECONDS)
        if _FINE not in said:
            raise TargetError(
                part=part.name,
                doing="checking a snapshot",
                why=f"redis-check-rdb does not say that it is whole: {said.strip()[-200:]}",
                try_="the next one is taken in some minutes; groundplan logs agent",
                retry=True,
            )


def _backup(path: Path, repository: str) -> Backup:
    facts = path.stat()
    moment = datetime.strptime(path.name.partition(".")[0], _FORM).replace(tzinfo=UTC)
    return Backup(
        label=path.name.removesuffix(_SUFFIX),
        repository=repository,
        kind=Kind.FULL,
        began=moment.timestamp(),
        ended=max(moment.timestamp(), facts.st_mtime),
        stop_lsn=0,
        bytes=facts.st_size,
        stored_bytes=facts.st_size,
    )
