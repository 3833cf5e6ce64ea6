"""The watch over the databases: looks twice a second and starts what has to be done.

Whoever holds the platform (`up`, `down`, another operation) is left in peace: what the watch wants
is refused then, and what it remembers begins anew.
"""

import threading
import time
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from groundplan.agent.catalogue.databases import asked, ports_of
from groundplan.agent.sampling.memory import remember
from groundplan.agent.sampling.postgres import SECRET
from groundplan.agent.voice import Voice
from groundplan.agent.watching.tries import SUBJECT, Ask, Start, Tries
from groundplan.design.design import Design
from groundplan.errors import TargetError
from groundplan.operations.recovery.moving import Ports
from groundplan.operations.recovery.pulse import Pulse
from groundplan.operations.recovery.watch import Look, Watched, is_lost, watch
from groundplan.ports.databases import Claim
from groundplan.ports.folder import DESIGN, SECRETS

EVERY_SECONDS = 0.5


class Watch:
    """One thread runs it."""

    def __init__(self, folder: Path, voice: Voice, start: Start, ask: Ask) -> None:
        self._folder = folder
        self._voice = voice
        self._tries = Tries(voice, start, ask)
        self._read: tuple[int, ...] | None = None
        self._watched = _afresh()

    def run(self, stop: threading.Event) -> None:
        """Looks until told to stop."""
        while not stop.is_set():
            design = self._new_design()
            if design is not None:
                self._watch(design, stop)
            stop.wait(EVERY_SECONDS)

    def _watch(self, design: Design, stop: threading.Event) -> None:
        """With one design, as long as it stays."""
        try:
            with ports_of(self._folder, design) as ports:
                self._watched = _afresh()
                while not stop.is_set() and self.mark() == self._read:
                    began = time.monotonic()
                    if ports.databases.names():
                        self._turn(ports, design)
                    stop.wait(max(0.0, EVERY_SECONDS - (time.monotonic() - began)))
        except (TargetError, OSError) as error:
            self._voice.trouble(SUBJECT, str(error).replace("\n", "; "))
            self._read = None

    def _turn(self, ports: Ports, design: Design) -> None:
        try:
            claim = ports.databases.claim()
            look = Look(at=time.time(), claim=claim, sights=ports.databases.look())
            if is_lost(self._watched, look, design.recovery):
                region = ports.databases.region_of(claim.name)
                look = replace(look, vantages=ports.databases.reach(region))
        except (TargetError, KeyError) as error:
            self._voice.trouble(SUBJECT, str(error).replace("\n", "; "))
            return
        self._watched, action = watch(self._watched, look, design.recovery)
        self._remember()
        self._voice.trouble(SUBJECT, self._watched.pulse.because or None)
        self._tries.hear(self._watched.pulse.condition, at=look.at)
        if action is not None and self._tries.may(action, look):
            kind, arguments = asked(action, self._watched, design.recovery)
            self._tries.begin(action, look, kind, arguments)
            self._watched = Watched(pulse=_kept(self._watched.pulse))

    def _remember(self) -> None:
        """A disk that is full keeps nobody from a failover."""
        try:
            remember(self._folder, self._watched.pulse)
        except OSError as error:
            self._voice.trouble(f"{SUBJECT}: last seen", str(error))
        else:
            self._voice.trouble(f"{SUBJECT}: last seen", None)

    def _new_design(self) -> Design | None:
        """The design, when it is another than the one that was read last."""
        mark = self.mark()
        if mark is None or mark == self._read:
            return None
        try:
            design = Design.from_json((self._folder / DESIGN).read_bytes())
        except (OSError, ValidationError):
            return None  # the sampler tells
        self._read = mark
        return design

    def mark(self) -> tuple[int, ...] | None:
        """Which design it is, and which password looks are made with: both may be replaced."""
        try:
            facts = (self._folder / DESIGN).stat()
            secret = self._folder / SECRETS / SECRET
            renewed = secret.stat().st_ino if secret.exists() else 0
        except OSError:
            return None
        return facts.st_mtime_ns, facts.st_ino, renewed


def _afresh() -> Watched:
    return Watched(pulse=Pulse(claim=Claim(name="", term=-1)))


def _kept(pulse: Pulse) -> Pulse:
    """Without the misses, but with what was seen of it."""
    return Pulse(
        claim=pulse.claim,
        written=pulse.written,
        alive_at=pulse.alive_at,
        synchronous=pulse.synchronous,
    )
