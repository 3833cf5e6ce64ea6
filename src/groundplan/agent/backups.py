"""The agent and backups: it makes and proves them when they are due, and measures their promises.

A backup that a killed agent leaves half made is simply due again.
"""

import threading
import time
from pathlib import Path

from groundplan.agent.recovery import archive_of, perform_backup, perform_verify
from groundplan.agent.thread import Thread
from groundplan.agent.voice import Voice
from groundplan.design.backups import DatabaseBackups
from groundplan.design.design import Design
from groundplan.errors import TargetError
from groundplan.operations.recovery.backup import BackUp
from groundplan.operations.recovery.schedule import due, proof_is_due
from groundplan.operations.recovery.standing import Stored, evidence
from groundplan.operations.recovery.verify import Verify
from groundplan.ports.archive import Backup
from groundplan.ports.folder import DESIGN, LEDGER
from groundplan.ports.journal import Outcome, State
from groundplan.promise.ledger import Ledger
from groundplan.targets.local.archive import LocalArchive
from groundplan.targets.local.records import LocalRecords, alone

EVERY_SECONDS = 30.0
SUBJECT = "backups"


class Keeper:
    """Looks after the backups of one platform in a thread of its own."""

    def __init__(self, folder: Path, voice: Voice) -> None:
        self._folder = folder
        self._voice = voice

    def run(self, stop: threading.Event) -> None:
        """Look after look until told to stop; the first one leaves a new platform its peace."""
        while not stop.wait(EVERY_SECONDS):
            self.look(time.time())

    def look(self, now: float) -> None:
        """One look: what is stored, what that proves, what is due."""
        try:
            design = Design.from_json((self._folder / DESIGN).read_bytes())
            database = design.backups.database
            if database is None:
                return
            archive = archive_of(self._folder, design)
            stored = self._stored(archive)
            self._watch_log(archive)
            self._write(design, stored, database, now)
            self._act(design, stored, database, now)
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

    def _write(self, design: Design, stored: Stored, database: DatabaseBackups, now: float) -> None:
        with Ledger(self._folder / LEDGER) as ledger:
            ledger.write(*evidence(design.promises, stored, database.schedule, now))

    def _act(self, design: Design, stored: Stored, database: DatabaseBackups, now: float) -> None:
        wanted = [due(database.schedule, backups, now) for backups in stored.backups.values()]
        journal = Thread(self._voice.say, lambda name: None)
        if any(wanted):
            with alone(self._folder, "backup run"):
                self._tell(perform_backup(self._folder, design, journal, BackUp()))
        elif proof_is_due(stored.records, database.verify_seconds, now):
            with alone(self._folder, "backup verify"):
                self._tell(perform_verify(self._folder, design, journal, Verify()))

    def _tell(self, outcome: Outcome) -> None:
        self._voice.say(outcome.summary)
        is_well = outcome.state is State.DONE and not outcome.facts.get("faults")
        self._voice.trouble("last backup", None if is_well else outcome.summary)
