"""The agent and copies of what is not the database: the caches, and the files of applications."""

from collections.abc import Callable, Iterator
from pathlib import Path

from groundplan.agent.performing.kinds import Here, Share, unshared
from groundplan.agent.performing.performer import Performer
from groundplan.agent.voice import Voice
from groundplan.design.backups import Copies
from groundplan.design.design import Design
from groundplan.errors import TargetError
from groundplan.operations.recovery.bringing import BringBack, Prove, bring_back, prove
from groundplan.operations.recovery.copy import Copy, CopyPorts, What, copy, is_due
from groundplan.operations.recovery.standing import Stored, copy_evidence
from groundplan.ports.archive import Backup
from groundplan.ports.folder import LEDGER, SOURCE
from groundplan.ports.journal import Journal, Outcome, State
from groundplan.ports.shelf import Shelf
from groundplan.promise.ledger import Ledger
from groundplan.targets.local.backups.configuration import ConfigurationShelf
from groundplan.targets.local.backups.file_copies import FileShelf
from groundplan.targets.local.backups.snapshots import CacheShelf
from groundplan.targets.local.machine import Machine, account_for_root

KIND = "copy"
AGAIN_SECONDS = 300.0  # so long after one began another is begun at the earliest


def perform_copy(journal: Journal, here: Here, arguments: Copy) -> Outcome:
    """Copies the caches, the files or the configuration."""
    ports = ports_of(here.folder, here.design, arguments.what, here.share)
    return copy(journal, ports, arguments) if ports else not_asked_for(arguments.what)


def perform_prove(journal: Journal, here: Here, arguments: Prove) -> Outcome:
    """Proves a copy in each repository."""
    ports = ports_of(here.folder, here.design, arguments.what, here.share)
    return prove(journal, ports, arguments) if ports else not_asked_for(arguments.what)


def perform_bring_back(journal: Journal, here: Here, arguments: BringBack) -> Outcome:
    """Brings a copy back."""
    ports = ports_of(here.folder, here.design, arguments.what, here.share)
    return bring_back(journal, ports, arguments) if ports else not_asked_for(arguments.what)


def ports_of(folder: Path, design: Design, what: What, share: Share = unshared) -> CopyPorts | None:
    """Where copies of it are kept; None: the file asks for none."""
    return next((p for name, p in every(folder, design, share) if name == what), None)


def copied(folder: Path, design: Design) -> Iterator[tuple[What, CopyPorts]]:
    """What of it the file asks for to be copied again and again, and where it is kept."""
    return ((what, ports) for what, ports in every(folder, design) if ports.schedule)


def every(
    folder: Path, design: Design, share: Share = unshared
) -> Iterator[tuple[What, CopyPorts]]:
    """All that the file asks for."""

    def ports(shelf: Callable[[Machine, Copies, Share], Shelf], copies: Copies) -> CopyPorts:
        source = Path((folder / SOURCE).read_text())
        account = account_for_root()
        machine = Machine(folder=folder, source=source, design=design, account=account)
        return CopyPorts(
            shelf=shelf(machine, copies, share),
            schedule=copies.schedule,
            promises=design.promises,
        )

    if design.backups.cache:
        yield "cache", ports(CacheShelf, design.backups.cache)
    if design.backups.files:
        yield "files", ports(FileShelf, design.backups.files)
    if design.backups.configuration:
        shelf = ConfigurationShelf(folder, design.backups.configuration)
        yield "configuration", CopyPorts(shelf=shelf, schedule=None, promises=design.promises)


def not_asked_for(what: What) -> Outcome:
    """What is said when there is nothing to copy."""
    where = {
        "cache": "cache_layer.backup",
        "files": "backup.application_data with its paths",
        "configuration": "backup.configuration",
    }
    return Outcome(
        state=State.REFUSED,
        summary=f"the file asks for no copies of the {what}",
        facts={"try": f"write {where[what]}, then `groundplan up`"},
    )


def stored(shelf: Shelf) -> Stored:
    """What there is, and which repositories cannot be read."""
    found: dict[str, tuple[Backup, ...]] = {}
    unreadable: dict[str, str] = {}
    for region in shelf.repositories:
        try:
            found[region] = shelf.copies(region)
        except TargetError as error:
            unreadable[region] = error.why
    return Stored(backups=found, unreadable=unreadable, records=())


class CopyKeeper:
    """Begins what is due, and measures the promises about it."""

    def __init__(self, folder: Path, voice: Voice, performer: Callable[[], Performer]) -> None:
        self._folder = folder
        self._voice = voice
        self._performer = performer
        self._design: Design | None = None
        self._copied: tuple[tuple[What, CopyPorts], ...] = ()
        self._began: dict[What, tuple[str, float]] = {}

    def look(self, design: Design, now: float) -> None:
        """One look. A trouble with one kind of copies keeps nobody from the others."""
        if design != self._design:
            self._copied = tuple(copied(self._folder, design))
            self._design = design
        for what, ports in self._copied:
            try:
                self._look(what, ports, design, now)
            except (TargetError, OSError, ValueError) as error:
                self._voice.trouble(f"copies of the {what}", str(error).splitlines()[0])

    def _look(self, what: What, ports: CopyPorts, design: Design, now: float) -> None:
        found = stored(ports.shelf)
        assert ports.schedule is not None, what
        told = copy_evidence(design.promises, found, now, what=what, schedule=ports.schedule)
        with Ledger(self._folder / LEDGER) as ledger:
            ledger.write(*told)
        operation, began = self._began.get(what, ("", 0.0))
        performer = self._performer()
        outcome = performer.outcome(operation) if operation else None
        if any(each.kind == KIND and each.ended is None for each in performer.newest(1)):
            return
        troubles = list(found.unreadable.values())
        if outcome is not None and outcome.facts.get("faults"):
            troubles.append(outcome.summary)
        self._voice.trouble(f"copies of the {what}", "; ".join(troubles) or None)
        wanted = any(is_due(ports, region, now) for region in found.backups)
        if wanted and now - began >= AGAIN_SECONDS:
            id_ = performer.start(KIND, {"what": what}, why="the schedule")
            self._began[what] = (id_, now)
