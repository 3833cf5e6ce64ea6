"""Servers that are built from backups: filled from a repository, compared with their source."""

import os
import shlex
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.ports.archive import Contents, Fault, Fetched, Point, Proof, Table
from groundplan.targets.local.backups import pgbackrest
from groundplan.targets.local.backups.archive import LocalArchive, Watch, unwatched
from groundplan.targets.local.backups.copy_server import CopyServer
from groundplan.targets.local.backups.differences import differences
from groundplan.targets.local.backups.repository import lsn_text
from groundplan.targets.local.machine import Account

BEGUN = "begun"  # stands in a copy's folder until it is filled


class LocalCopies:
    """Copies of the platform's database in folders of this machine."""

    def __init__(
        self, archive: LocalArchive, *, server: Postgres | None = None, watch: Watch = unwatched
    ) -> None:
        self._archive = archive
        self._machine = archive.machine
        self._model = server or archive.servers[0]
        self._watch = watch

    def fetch(self, point: Point, into: str, *, in_place: bool = False) -> Fetched:
        folder, began = Path(into), time.monotonic()
        begin_copy(folder, self._machine.account)
        config = self._machine.directory(self._model) / pgbackrest.CONF
        line = pgbackrest.command(
            self._archive.archiving,
            config,
            *self._words(point, folder / "data", in_place=in_place),
            "restore",
        )
        said = pgbackrest.run(line, account=self._machine.account, tell=self._tell)
        if said.code != 0 or not (folder / "data" / "global" / "pg_control").is_file():
            raise TargetError(
                part=f"backup {point.backup.name}",
                doing="restoring its files",
                why=said.error or said.out[-400:],
                try_="take the backup of another repository; "
                "`groundplan backup verify` names what is wrong with this one",
            )
        self._server(into).write_files()
        return Fetched(bytes=point.backup.bytes, seconds=time.monotonic() - began)

    def prove(self, into: str, wanted: Contents | None) -> Proof:
        server, began = self._server(into), time.monotonic()
        with server.running():
            recovered = time.monotonic()
            found = server.tables()
            faults = [*differences(wanted.tables if wanted else found, found)]
            faults += server.amcheck()
        faults += server.checksums()
        return _proof(found, faults, began, recovered)

    def finish(self, into: str) -> Proof:
        server, began = self._server(into), time.monotonic()
        with server.running():
            recovered = time.monotonic()
            found = server.tables()
        (Path(into) / BEGUN).unlink(missing_ok=True)
        return _proof(found, [], began, recovered)

    def free(self, into: str) -> int:
        folder = Path(into)
        while not folder.exists():
            folder = folder.parent
        return shutil.disk_usage(folder).free

    def is_empty(self, into: str) -> bool:
        folder = Path(into)
        return not folder.exists() or (folder / BEGUN).exists() or not any(folder.iterdir())

    def remove(self, into: str) -> None:
        shutil.rmtree(into, ignore_errors=True)

    def _server(self, into: str) -> CopyServer:
        return CopyServer(Path(into), self._model, self._machine)

    def _words(self, point: Point, data: Path, *, in_place: bool) -> Iterator[str]:
        yield f"--repo={self._archive.repositories.index(point.backup.repository) + 1}"
        yield f"--set={point.backup.label}"
        yield f"--pg1-path={data}"
        if not in_place:
            yield "--archive-mode=off"
        if not point.own_timeline:  # a proof is of one repository, else any may have the log
            yield f'--recovery-option=restore_command={self._get(data, in_place)} %f "%p"'
        yield "--log-level-console=detail"
        yield from recovery_words(point)

    def _get(self, data: Path, in_place: bool) -> str:
        """In place it is the server's own directory by the time it recovers."""
        config = self._machine.directory(self._model) / pgbackrest.CONF
        place = () if in_place else (f"--pg1-path={data}",)
        words = (*place, "archive-get")
        return shlex.join(pgbackrest.command(self._archive.archiving, config, *words))

    def _tell(self, line: str) -> None:
        share = pgbackrest.share_in(line)
        if share is not None:
            self._watch("restoring", share)


def begin_copy(folder: Path, account: Account | None) -> None:
    """An empty folder for a copy, with a mark; what a run that was killed left there goes.

    TargetError when somebody else's files are in it.
    """
    if folder.exists() and any(folder.iterdir()):
        if not (folder / BEGUN).exists():
            raise TargetError(
                part="copy",
                doing=f"restoring into {folder}",
                why="it is not empty",
                try_="name a folder that does not exist yet",
            )
        _clear(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / BEGUN).touch()
    for name in ("data", "run"):
        (folder / name).mkdir(mode=0o700)
    if account:
        for path in (folder, folder / "data", folder / "run"):
            os.chown(path, account.uid, account.gid)


def _clear(folder: Path) -> None:
    """Leaves the mark: one that is killed amid this, too, is known again."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != BEGUN:
            path.unlink()


def recovery_words(point: Point) -> Iterator[str]:
    """Where a recovery ends, in pgBackRest's words."""
    if point.lsn is not None:
        if point.own_timeline:
            yield "--target-timeline=current"
        # Before the first record from there on: exactly what was committed at that lsn.
        yield from ("--type=lsn", f"--target={lsn_text(point.lsn)}", "--target-exclusive")
    elif point.at is not None:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(point.at))
        yield from ("--type=time", f"--target={stamp}{point.at % 1:.6f}+00".replace("0.", ".", 1))
    elif point.is_latest:
        yield "--type=default"
        return
    else:
        yield "--type=immediate"
    yield "--target-action=promote"


def _proof(found: tuple[Table, ...], faults: list[Fault], began: float, recovered: float) -> Proof:
    return Proof(
        faults=tuple(faults),
        tables=len(found),
        rows=sum(table.rows for table in found),
        recover_seconds=recovered - began,
        check_seconds=time.monotonic() - recovered,
    )
