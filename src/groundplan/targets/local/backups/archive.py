"""The archive of the database on this machine: pgBackRest, asked by its machine-readable output."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg

from groundplan.design.parts import Postgres
from groundplan.errors import TargetError
from groundplan.ports.archive import Backup, Contents, Fault, Kind, LogEnd, What
from groundplan.targets.local.backups import pgbackrest, repository
from groundplan.targets.local.backups.contents import contents_now, switched
from groundplan.targets.local.backups.shipped import log_end
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts import postgres_server
from groundplan.targets.local.primacy import leader

SHIP_SECONDS = 60
LOCKED = "[050]"  # another pgBackRest works on the same stanza
LOCK_SECONDS = 15.0
LOCK_PAUSE_SECONDS = 0.5
Watch = Callable[[str, float], None]  # what is done, and which share of it


def unwatched(doing: str, share: float) -> None:
    """For whoever does not look at the progress."""


_SHIPPING = """
SELECT last_failed_time > coalesce(last_archived_time, '-infinity'), last_failed_wal,
    to_char(last_failed_time AT TIME ZONE 'UTC', 'HH24:MI:SS "UTC"'),
    (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready')
FROM pg_stat_archiver
"""


class LocalArchive:
    """The repositories of the platform's database."""

    def __init__(self, machine: Machine, *, watch: Watch = unwatched) -> None:
        self.machine = machine
        self.servers = tuple(
            part
            for part in machine.design.parts
            if isinstance(part, Postgres) and part.archiving is not None
        )
        assert self.servers, "a platform without backups has no archive"
        archiving = self.servers[0].archiving
        assert archiving is not None
        self.archiving = archiving
        self._watch = watch

    @property
    def repositories(self) -> tuple[str, ...]:
        return tuple(place.region for place in self.archiving.repositories)

    def backups(self, repository_: str) -> tuple[Backup, ...]:
        number, text = self._info(repository_)
        if fault := repository.why_unreadable(text, repository_, number):
            raise _refused(repository_, "reading its backups", str(fault))
        return repository.backups(text, repository_, number)

    def back_up(self, repository_: str, kind: Kind, mark: str) -> Backup:
        number, text = self._info(repository_)
        label = repository.marked(text, number, mark)
        if label is None:
            words = (
                f"--repo={number}",
                f"--type={'full' if kind is Kind.FULL else 'incr'}",
                f"--annotation={repository.MARK}={mark}",
                "--log-level-console=detail",
                "backup",
            )
            said = self._backed_up(words)
            number, text = self._info(repository_)
            label = repository.marked(text, number, mark)
            if label is None:
                raise _refused(repository_, "making a backup", said.error or said.out[-400:])
        made = next(b for b in self.backups(repository_) if b.label == label)
        return replace(made, faults=self._corrupt(number, made)) if made.faults else made

    def _backed_up(self, words: tuple[str, ...]) -> pgbackrest.Said:
        """Workers of one that was killed hold its lock until they notice: they are waited for."""
        until = time.monotonic() + LOCK_SECONDS
        while True:
            said = self._run(self.primary(), *words, tell=self._follow("backing up"))
            if LOCKED not in said.error or time.monotonic() > until:
                return said
            time.sleep(LOCK_PAUSE_SECONDS)

    def delete(self, repository_: str, labels: tuple[str, ...]) -> None:
        number = self._number(repository_)
        there = {backup.label for backup in self.backups(repository_)}
        for label in sorted(labels, reverse=True):  # an increment goes before what it needs
            if label in there:
                words = (f"--repo={number}", f"--set={label}", "expire")
                self._must(repository_, f"deleting {label}", *words)
        left = [b for b in self.backups(repository_) if b.kind is Kind.FULL]
        if left:  # it deletes no backup, only the log before the oldest
            keep = f"--repo{number}-retention-full={len(left)}"
            self._must(repository_, "deleting old log", f"--repo={number}", keep, "expire")

    def inspect(self, repository_: str) -> tuple[Fault, ...]:
        number, text = self._info(repository_)
        if fault := repository.why_unreadable(text, repository_, number):
            return (fault,)
        read = (f"--repo={number}", "--output=text", "--log-level-console=info", "verify")
        said = self._run(self.servers[0], *read)
        found = list(repository.faults(said.out, said.error, repository_))
        ls = (f"--repo={number}", "--recurse", "--output=json", "repo-ls", "archive")
        listed = json.loads(self._run(self.servers[0], *ls).out or "{}")
        for name in repository.missing_segments(listed, repository.first_segment(text, number)):
            found.append(Fault(what=What.MISSING_LOG, where=f"{repository_}: {name}"))
        return tuple(found)

    def contents(self) -> Contents:
        part = self.primary()
        try:
            found, segment = contents_now(self.sockets(part), part)
        except psycopg.Error as error:  # such as a page that cannot be read
            raise _unread(part, "recording what the database holds", error) from error
        self._wait_shipped(part, segment)
        return found

    def ship(self) -> int:
        part = self.primary()
        try:
            end, segment = switched(self.sockets(part), part)
        except psycopg.Error as error:
            raise _unread(part, "ending its log segment", error) from error
        self._wait_shipped(part, segment)
        return end

    def _wait_shipped(self, part: Postgres, segment: str) -> None:
        """Until a log segment is in every repository."""
        deadline = time.monotonic() + SHIP_SECONDS
        while (shipped := self._shipped(part)) < segment:
            if time.monotonic() > deadline:
                raise TargetError(
                    part=part.name,
                    doing="sending its log to the repositories",
                    why=f"{segment} was not sent within {SHIP_SECONDS} s; the last one that was "
                    f"is {shipped or 'none'}",
                    try_=f"groundplan logs {part.name}",
                    retry=True,
                )
            time.sleep(0.05)

    def log_end(self, repository_: str) -> LogEnd | None:
        """How far the log has come into a repository."""
        archiving = self.servers[0].archiving
        assert archiving is not None
        place = next(each for each in archiving.repositories if each.region == repository_)
        folder = self.machine.folder / place.directory / "archive" / archiving.stanza
        return log_end(folder, repository_)

    def why_not_shipping(self) -> str | None:
        """Why the log does not leave the primary; None: it does."""
        part = self.primary()
        with postgres_server.connect(self.sockets(part), part) as connection:
            row = connection.execute(_SHIPPING).fetchone()
        if row is None or not row[0]:
            return self._owed(part)
        return f"{part.name} could not send {row[1]} since {row[2]}; {row[3]} segments wait there"

    def _owed(self, part: Postgres) -> str | None:
        """What a repository that was away has still to get."""
        folder = self.machine.directory(part) / pgbackrest.OWED
        counts = {
            region: len(list((folder / str(number)).glob("*")))
            for number, region in enumerate(self.repositories, start=1)
        }
        told = [f"{count} to {region}" for region, count in counts.items() if count]
        return f"{part.name} owes log segments: {', '.join(told)}" if told else None

    def primary(self) -> Postgres:
        """The server that accepts writes now."""
        whys = []
        for part in self.servers:
            try:
                with postgres_server.connect(self.sockets(part), part) as connection:
                    row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
                if row == (False,):
                    return part
            except psycopg.Error as error:
                whys.append(f"{part.name}: {postgres_server.first_line(error)}")
        raise TargetError(
            part="database",
            doing="looking for its primary",
            why="; ".join(whys) or "every server follows another one",
            try_="groundplan status",
            retry=True,
        )

    def leader(self) -> Postgres:
        """The primary; when nobody accepts writes, who is to be it."""
        try:
            return self.primary()
        except TargetError:
            return leader(self.machine)

    def sockets(self, part: Postgres) -> Path:
        """Where a server's socket is."""
        return self.machine.directory(part) / "run"

    def _shipped(self, part: Postgres) -> str:
        with postgres_server.connect(self.sockets(part), part) as connection:
            row = connection.execute("SELECT last_archived_wal FROM pg_stat_archiver").fetchone()
        return str(row[0] or "") if row else ""

    def _number(self, repository_: str) -> int:
        return self.repositories.index(repository_) + 1

    def _info(self, repository_: str) -> tuple[int, str]:
        number = self._number(repository_)
        said = self._run(self.servers[0], f"--repo={number}", "--output=json", "info", seconds=60)
        if said.code != 0 or not said.out.startswith("["):
            raise _refused(repository_, "reading its backups", said.error or said.out[-400:])
        return number, said.out

    def _corrupt(self, number: int, backup: Backup) -> tuple[str, ...]:
        words = (f"--repo={number}", f"--set={backup.label}", "--output=json", "info")
        files = repository.corrupt_files(self._run(self.servers[0], *words).out)
        return tuple(f"corrupt page in {name}" for name in files) or backup.faults

    def _must(self, repository_: str, doing: str, *words: str) -> None:
        said = self._run(self.servers[0], *words)
        if said.code != 0:
            raise _refused(repository_, doing, said.error or said.out[-400:])

    def _run(
        self,
        part: Postgres,
        *words: str,
        seconds: float = pgbackrest.SECONDS,
        tell: Callable[[str], None] | None = None,
    ) -> pgbackrest.Said:
        config = self.machine.directory(part) / pgbackrest.CONF
        line = pgbackrest.command(self.archiving, config, *words)
        return pgbackrest.run(line, account=self.machine.account, seconds=seconds, tell=tell)

    def _follow(self, doing: str) -> Callable[[str], None]:
        def tell(line: str) -> None:
            share = pgbackrest.share_in(line)
            if share is not None:
                self._watch(doing, share)

        return tell


def _unread(part: Postgres, doing: str, error: psycopg.Error) -> TargetError:
    return TargetError(
        part=part.name,
        doing=doing,
        why=postgres_server.first_line(error),
        try_=f"groundplan logs {part.name}",
        retry=isinstance(error, psycopg.OperationalError),
    )


def _refused(repository_: str, doing: str, why: str) -> TargetError:
    return TargetError(
        part=f"repository {repository_}",
        doing=doing,
        why=why,
        try_="groundplan backup verify names what is wrong with it",
        retry=True,
    )
