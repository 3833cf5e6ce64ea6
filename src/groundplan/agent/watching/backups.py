"""The agent and backups: it makes and proves them when they are due, and measures their promises.

A backup that a killed agent leaves half made is simply due again.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from groundplan.agent.catalogue.copies import CopyKeeper
from groundplan.agent.catalogue.recovery import archive_of
from groundplan.agent.performing.performer import Performer
from groundplan.agent.voice import Voice
from groundplan.design.backups import DatabaseBackups
from groundplan.design.design import Design
from groundplan.errors import TargetError
from groundplan.operations.recovery import shipping
from groundplan.operations.recovery.schedule import due, proof_is_due
from groundplan.operations.recovery.standing import Stored, evidence
from groundplan.ports.archive import Backup, LogEnd
from groundplan.ports.folder import DESIGN, LEDGER
from groundplan.ports.journal import State
from groundplan.promise.ledger import Ledger
from groundplan.promise.promise import Evidence
from groundplan.targets.local.backups.archive import LocalArchive
from groundplan.targets.local.backups.records import LocalRecords

EVERY_SECONDS = 30.0
SUBJECT = "backups"
KINDS = ("backup", "verify", "restore")  # of which one at a time


class Keeper:
    """Looks after the backups of one platform in a thread of its own."""

    def __init__(self, folder: Path, voice: Voice, performer: Callable[[], Performer]) -> None:
        """`performer` says who performs; a TargetError as long as nobody can."""
        self._folder = folder
        self._voice = voice
        self._performer = performer
        self._started = ""  # the operation that this one began last
        self._copies = CopyKeeper(folder, voice, performer)

    def run(self, stop: threading.Event) -> None:
        """Look after look until told to stop; the first one leaves a new platform its peace."""
        while not stop.wait(EVERY_SECONDS):
            self.look(time.time())

    def look(self, now: float) -> None:
        """One look: what is stored, what that proves, what is due."""
        try:
            design = Design.from_json((self._folder / DESIGN).read_bytes())
            self._copies.look(design, now)
            database = design.backups.database
            if database is None:
                return
            archive = archive_of(self._folder, design)
            stored = self._stored(archive)
            self._watch_log(archive)
            self._write(design, stored, archive, now)
            self._hear()
            self._act(stored, database, now)
        except (TargetError, OSError, ValueError) as error:
            self._voice.trouble(SUBJECT, str(error).splitlines()[0])
        else:
            self._voice.trouble(SUBJECT, None)

    def _stored(self, archive: LocalArchive) -> Stored:
        backups: dict[str, tuple[Backup, ...]] = {}
        unreadable: dict[str, str] = {}
        for region in archive.repositories:
            try:
                backups[region] = archive.backups(region)
            except TargetError as error:
                unreadable[region] = error.why
            self._voice.trouble(f"repository {region}", unreadable.get(region))
        records = LocalRecords(self._folder).all()
        return Stored(backups=backups, unreadable=unreadable, records=records)

    def _watch_log(self, archive: LocalArchive) -> None:
        """A log that does not leave is said: it waits on the server's disk, and is not dropped."""
        try:
            why = archive.why_not_shipping()
        except TargetError as error:
            why = f"nobody knows: {error.why}"
        self._voice.trouble("shipping the log", why)

    def _write(self, design: Design, stored: Stored, archive: LocalArchive, now: float) -> None:
        database = design.backups.database
        assert database is not None
        with Ledger(self._folder / LEDGER) as ledger:
            ledger.write(*evidence(design.promises, stored, database.schedule, now))
            ledger.write(*self._log(design, archive, now))

    def _log(self, design: Design, archive: LocalArchive, now: float) -> tuple[Evidence, ...]:
        """How far behind the log in each repository is."""
        ends: dict[str, LogEnd | None] = {}
        unreadable: dict[str, str] = {}
        for region in archive.repositories:
            try:
                ends[region] = archive.log_end(region)
            except TargetError as error:
                unreadable[region] = error.why
        return shipping.evidence(design.promises, ends, unreadable, now)

    def _act(self, stored: Stored, database: DatabaseBackups, now: float) -> None:
        """Begins what is due, unless something is being done with the backups already."""
        wanted = [due(database.schedule, backups, now) for backups in stored.backups.values()]
        if not any(wanted) and not proof_is_due(stored.records, database.verify_seconds, now):
            return
        performer = self._performer()
        if any(each.kind in KINDS and each.ended is None for each in performer.newest(1)):
            return
        kind = "backup" if any(wanted) else "verify"
        self._started = performer.start(kind, {}, why="the schedule")

    def _hear(self) -> None:
        """What came of the operation that was begun last."""
        outcome = self._performer().outcome(self._started) if self._started else None
        if outcome is not None:
            is_well = outcome.state is State.DONE and not outcome.facts.get("faults")
            self._voice.trouble("last backup", None if is_well else outcome.summary)
            self._started = ""
