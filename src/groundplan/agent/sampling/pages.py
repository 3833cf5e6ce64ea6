"""How long a page takes in a real browser: loaded through the edge every ten minutes, a few times.

Without a Chromium on this machine the promise stays unknown, and says so.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from groundplan.agent.voice import Voice
from groundplan.design.design import Design
from groundplan.errors import TargetError
from groundplan.ports.folder import DESIGN, LEDGER
from groundplan.promise.ledger import Ledger
from groundplan.promise.promise import Evidence, EvidenceKind, Promise, Verdict
from groundplan.targets.local.browser import PACKAGE, browser, running

ID = "kpis.performance.page_load_time"
SUBJECT = "pages"  # of its troubles
FIRST_SECONDS = 30.0  # a new platform is left in peace
EVERY_SECONDS = 600.0
RUN_SECONDS = 60.0  # for all pages; what is not loaded by then has failed
LOADS = 5  # of each page in one run
KEPT = 20  # loads of a page that count
QUANTILE = 0.95


class Pages:
    """Loads the pages of one platform in a thread of its own."""

    def __init__(self, folder: Path, voice: Voice) -> None:
        self._folder = folder
        self._voice = voice
        self._times: dict[str, deque[float]] = {}

    def run(self, stop: threading.Event) -> None:
        """Run after run until told to stop."""
        wait = FIRST_SECONDS
        while not stop.wait(wait):
            wait = EVERY_SECONDS
            self.look(time.time())

    def look(self, now: float) -> None:
        """Loads each page and writes what that proves; nothing without the promise."""
        try:
            design = Design.from_json((self._folder / DESIGN).read_bytes())
            promise = next((each for each in design.promises if each.id == ID), None)
            if promise is None:
                return
            why = self._load(design)
            with Ledger(self._folder / LEDGER) as ledger:
                ledger.write(evidence(promise, self._times, why, at=now))
            self._voice.trouble(SUBJECT, None)
        except (OSError, ValidationError) as error:
            self._voice.trouble(SUBJECT, f"the design cannot be read: {error}")
        except TargetError as error:
            self._voice.trouble(SUBJECT, f"{error.doing} failed: {error.why}")

    def _load(self, design: Design) -> str:
        """Why not, or nothing."""
        pages = tuple(f"http://{design.entry}{path}" for path in design.pages)
        self._times = {page: self._times.get(page, deque(maxlen=KEPT)) for page in pages}
        program = browser()
        if not pages:
            return "no page is named: kpis.pages"
        if program is None:
            return f"there is no browser on this machine: apt-get install {PACKAGE}"
        ends = time.monotonic() + RUN_SECONDS
        try:
            with running(program) as found:
                for page in pages:
                    for _ in range(LOADS):
                        self._times[page].append(found.load(page, ends))
        except TargetError as error:
            return error.why
        return ""


def evidence(
    promise: Promise, times: Mapping[str, Sequence[float]], why: str, *, at: float
) -> Evidence:
    """What the last loads of each page prove; the slowest page counts. Pure.

    The p95 is that of the nearest rank: of fewer than 20 loads it is the slowest.
    """
    slowest = max((_rank(found) for found in times.values() if found), default=None)
    few = any(len(found) < LOADS for found in times.values()) or not times
    is_known = slowest is not None and not why and not few
    return Evidence(
        promise=promise.id,
        kind=EvidenceKind.MEASURED,
        verdict=promise.verdict(slowest) if is_known and slowest is not None else Verdict.UNKNOWN,
        value=slowest if is_known else None,
        at=at,
        how=f"p95 of the last {KEPT} loads in Chromium, through the edge, nothing cached",
        because=why or (f"{_counted(times)}" if is_known else "too few loads yet"),
        samples=sum(map(len, times.values())),
        lasts_seconds=2.5 * EVERY_SECONDS,
    )


def _rank(found: Sequence[float]) -> float:
    return sorted(found)[math.ceil(QUANTILE * len(found)) - 1]


def _counted(times: Mapping[str, Sequence[float]]) -> str:
    return "; ".join(f"{page}: {len(found)} loads" for page, found in times.items())
