"""The agent's round: look, measure, write. It goes on whatever the platform or the disk does."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from groundplan.agent.sampling.capacity import CAPACITIES, records
from groundplan.agent.sampling.lag import walked
from groundplan.agent.sampling.measure import samples
from groundplan.agent.sampling.postgres import SECRET
from groundplan.agent.sampling.probes import SERIES
from groundplan.agent.sampling.prometheus import name_of
from groundplan.agent.sampling.queries import LATELY_SECONDS, PERIOD_SECONDS
from groundplan.agent.sampling.seen import Away, RegionMetrics, Seen, Server, Share, Trail
from groundplan.agent.sampling.sources import Looked, Sources
from groundplan.agent.voice import Voice
from groundplan.design.design import Design
from groundplan.errors import TargetError
from groundplan.ports.folder import DESIGN, LEDGER, SECRETS
from groundplan.promise.ledger import Ledger
from groundplan.promise.promise import EvidenceKind, Promise

EVERY_SECONDS = 5.0
PRUNE_SECONDS = 3600.0
RAW_SECONDS = 86_400.0  # samples are thinned when they are older


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The last round: when it ended and how long it took."""

    at: float
    seconds: float


class Sampler:
    """Owns the sources and the ledger. One thread runs it; others may read its attributes."""

    def __init__(self, folder: Path, voice: Voice, *, every: float = EVERY_SECONDS) -> None:
        self.folder = folder
        self.design: Design | None = None
        self.last: Round | None = None
        self._voice = voice
        self._every = every
        self._sources: Sources | None = None
        self._design_read: tuple[int, int, tuple[int, int] | None] | None = None
        self._ledger: Ledger | None = None
        self._ledger_opened: tuple[int, int] | None = None
        self._trail = Trail()
        self._pruned = 0.0

    def run(self, stop: threading.Event) -> None:
        """Round after round until told to stop."""
        while not stop.is_set():
            began = time.monotonic()
            self.round(time.time())
            took = time.monotonic() - began
            self.last = Round(at=time.time(), seconds=took)
            stop.wait(max(self._every - took, self._every / 2))  # a long round is not chased
        self.close()

    def round(self, now: float) -> None:
        """One look at everything, and what it proves."""
        self._read_design()
        if self._sources is None:
            return
        looked = self._sources.look(now)
        self._tell(looked)
        try:
            self._record(self._sources.design.promises, looked, now)
        except TargetError as error:
            self._close_ledger()
            self._voice.trouble("ledger", f"{error.doing} failed: {error.why}; try: {error.try_}")
        else:
            self._voice.trouble("ledger", None)

    def close(self) -> None:
        """Lets go of the ledger and of all connections."""
        self._close_ledger()
        if self._sources is not None:
            self._sources.close()
            self._sources = None

    def _read_design(self) -> None:
        path = self.folder / DESIGN
        try:
            facts = path.stat()
            mark = (facts.st_mtime_ns, facts.st_ino, _mark(self.folder / SECRETS / SECRET))
            if mark == self._design_read:
                return
            design = Design.from_json(path.read_bytes())
            sources = Sources(design, self.folder)
        except FileNotFoundError as error:
            self._voice.trouble("design", f"there is no {error.filename} yet")
        except (OSError, ValidationError) as error:
            self._voice.trouble("design", f"cannot be read: {str(error).splitlines()[0]}")
        else:
            if self._sources is not None:
                self._sources.close()
            self._sources, self.design, self._design_read = sources, design, mark
            self._voice.trouble("design", None)
            self._voice.say(f"design: {len(design.parts)} parts, {len(design.promises)} promises")

    def _tell(self, looked: Looked) -> None:
        regions, _, servers = looked
        for found in (*regions, *servers):
            match found:
                case Away():
                    self._voice.trouble(found.name, found.why)
                case Server():
                    self._voice.trouble(found.name, None)
                case RegionMetrics():
                    self._voice.trouble(name_of(found.region), None)

    def _record(self, promises: tuple[Promise, ...], looked: Looked, now: float) -> None:
        regions, probes, servers = looked
        self._trail = walked(self._trail, servers, at=now)
        ledger = self._open_ledger()
        if probes.total:
            ledger.count(SERIES, at=now, good=probes.good, total=probes.total)
        good, total = ledger.counted(SERIES, since=now - PERIOD_SECONDS)
        seen = Seen(
            at=now,
            regions=regions,
            probes=Share(good=good, total=total),
            probes_lately=ledger.counted(SERIES, since=now - LATELY_SECONDS)[1],
            servers=servers,
            trail=self._trail,
        )
        newest = ((id_, ledger.latest(id_, EvidenceKind.MEASURED)) for id_ in CAPACITIES)
        best = {id_: evidence for id_, evidence in newest if evidence is not None}
        ledger.write(*samples(promises, seen), *records(promises, seen, best))
        if now - self._pruned >= PRUNE_SECONDS:
            ledger.prune(evidence_before=now - RAW_SECONDS, tallies_before=now - PERIOD_SECONDS)
            self._pruned = now

    def _open_ledger(self) -> Ledger:
        """The ledger, opened again when somebody moved its file away."""
        path = self.folder / LEDGER
        if self._ledger is not None and _mark(path) != self._ledger_opened:
            self._close_ledger()
        if self._ledger is None:
            self._ledger = Ledger(path)
            self._ledger_opened = _mark(path)
        return self._ledger

    def _close_ledger(self) -> None:
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None


def _mark(path: Path) -> tuple[int, int] | None:
    """Which file it is: another one after it was replaced."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino
