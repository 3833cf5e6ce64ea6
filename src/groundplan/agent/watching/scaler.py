"""The agent and scaling: looks at what replicas use, and has their number changed.

A change is an operation: it is written down who scaled what and why, `up` and a failover never meet
it half done, and a rollout lends it the platform and takes both of its versions along.
"""

import threading
import time
from pathlib import Path

from groundplan.agent.catalogue.scaling import SCALE
from groundplan.agent.voice import Voice
from groundplan.agent.watching.tries import Start
from groundplan.design.design import Design
from groundplan.design.growth import bounds
from groundplan.errors import TargetError
from groundplan.operations.scaling.follow import EVERY_SECONDS, Needed, Past, follow
from groundplan.ports.fleets import Fleets
from groundplan.ports.folder import DESIGN
from groundplan.ports.journal import Json
from groundplan.targets.local import primacy
from groundplan.targets.local.delivery.fleets import LocalFleets

SUBJECT = "scaling"  # of its troubles
REFUSALS = 2  # in a row, before anybody is told: a build of a rollout takes some seconds


class Scaler:
    """One thread runs it."""

    def __init__(
        self, folder: Path, voice: Voice, start: Start, fleets: Fleets | None = None
    ) -> None:
        self._folder = folder
        self._voice = voice
        self._start = start
        self._fleets = fleets or LocalFleets(folder)
        self._past = Past()
        self._refused = 0

    def run(self, stop: threading.Event) -> None:
        """Looks until told to stop."""
        while not stop.wait(EVERY_SECONDS):
            self.turn(time.time())

    def turn(self, now: float) -> None:
        """One look, and what follows."""
        try:
            design = Design.from_json((self._folder / DESIGN).read_bytes())
            found = self._needed(design, now) if design.scaling else {}
        except (TargetError, OSError, ValueError) as error:
            self._voice.trouble(SUBJECT, str(error).splitlines()[0])
            return
        self._tell(found)
        changes = {place: each for place, each in found.items() if each.number != each.before}
        if changes:
            self._begin(changes)
        else:
            self._hear(None)

    def _needed(self, design: Design, now: float) -> dict[str, Needed]:
        found, self._past = follow(
            bounds(design, primacy.home(self._folder)),
            self._fleets.look(),
            self._fleets.room(),
            self._past,
            now,
        )
        return found

    def _tell(self, found: dict[str, Needed]) -> None:
        """What the machine cannot carry."""
        short = ", ".join(
            f"{place} {each.lacking}" for place, each in found.items() if each.lacking
        )
        self._voice.trouble(
            f"{SUBJECT}: no room",
            f"replicas that the load asks for and this machine cannot carry: {short}"
            if short
            else None,
        )

    def _begin(self, changes: dict[str, Needed]) -> None:
        wanted: dict[str, Json] = {place: each.number for place, each in changes.items()}
        because: dict[str, Json] = {place: each.because for place, each in changes.items()}
        why = "; ".join(f"{place} {each.because}" for place, each in changes.items())
        try:
            self._start(SCALE, {"wanted": wanted, "because": because}, why)
        except TargetError as error:
            self._hear(error)
        else:
            self._hear(None)

    def _hear(self, refusal: TargetError | None) -> None:
        """Whoever holds the platform lets go of it; one who holds it for long is named."""
        self._refused = self._refused + 1 if refusal else 0
        is_long = refusal is not None and self._refused >= REFUSALS
        self._voice.trouble(SUBJECT, refusal.why if refusal and is_long else None)
