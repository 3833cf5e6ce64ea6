"""`-m groundplan.agent.keepers.collector FOLDER`: collects the logs of the platform in FOLDER."""

import argparse
import json
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from groundplan.agent.voice import Voice
from groundplan.design.design import Design
from groundplan.design.parts import Collector as Part
from groundplan.design.parts import Service
from groundplan.errors import TargetError
from groundplan.operations.observe.logs.collect import Collector, evidence, hot_limit
from groundplan.operations.observe.logs.hot import Hot
from groundplan.operations.observe.logs.record import LogSource
from groundplan.parquet.store import Store
from groundplan.ports.folder import DESIGN, LEDGER
from groundplan.ports.records import COLLECTOR, OUTPUT, logs_of
from groundplan.promise.ledger import Ledger

EVERY_SECONDS = 1.0
TIDY_SECONDS = 600.0
REFUSED = 4


def main(arguments: list[str]) -> int:
    """Collects until it gets a TERM; the exit code."""
    parser = argparse.ArgumentParser(
        prog="-m groundplan.agent.keepers.collector", description=__doc__
    )
    parser.add_argument("folder", type=Path)
    given = parser.parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        run(given.folder, stop, Voice())
    except TargetError as error:
        print(error, file=sys.stderr)
        return REFUSED
    return 0


def run(folder: Path, stop: threading.Event, voice: Voice) -> None:
    """Round after round; a design with other classes needs a new process."""
    design = _design(folder)
    part = next(each for each in design.parts if isinstance(each, Part))
    place = logs_of(folder)
    with Store(place) as store:
        swept = store.sweep()
        if swept:
            voice.say(f"{swept} files were left half written by a kill; they are read again")
        hot = Hot(place)
        try:
            collector = Collector(folder / OUTPUT, store, part.classes, hot=hot)
            collector.catch_up(hot_limit(time.time(), part.hot_hours))
            _rounds(folder, collector, part, stop, voice)
        finally:
            hot.close()


def sources(design: Design) -> tuple[LogSource, ...]:
    """Every part whose output is collected: all but the collector, which would never be quiet."""
    return tuple(
        LogSource(
            part=part.name,
            site=part.site,
            kind=part.kind.value,
            service=part.service if isinstance(part, Service) else part.kind.value,
        )
        for part in design.parts
        if not isinstance(part, Part)
    )


def _rounds(
    folder: Path, collector: Collector, part: Part, stop: threading.Event, voice: Voice
) -> None:
    tidied = float("-inf")
    mark = (0, 0)
    while not stop.is_set():
        now = time.time()
        since = hot_limit(now, part.hot_hours)
        is_all = True
        try:
            mark = _follow(folder, collector, mark)
            is_all = collector.round(now, hot_since=since).is_all
            if now - tidied >= TIDY_SECONDS:
                _tidy(folder, collector, part, voice, now)
                tidied = now
            voice.trouble("store", None)
        except TargetError as error:
            voice.trouble("store", f"{error.doing} failed: {error.why}; try: {error.try_}")
        _tell(folder, voice)
        if is_all:
            stop.wait(EVERY_SECONDS)


def _tidy(folder: Path, collector: Collector, part: Part, voice: Voice, now: float) -> None:
    """Lets old records go, and writes down how the promises to keep them stand."""
    gone = collector.tidy(now, hot_since=hot_limit(now, part.hot_hours))
    for each in gone:
        voice.say(f"deleted {each.because}")
    seen = evidence(collector.store, part.classes, gone, datetime.fromtimestamp(now, UTC))
    with Ledger(folder / LEDGER) as ledger:
        ledger.write(*seen)


def _follow(folder: Path, collector: Collector, mark: tuple[int, int]) -> tuple[int, int]:
    """New parts are followed when the design was written anew."""
    facts = (folder / DESIGN).stat()
    now = (facts.st_mtime_ns, facts.st_ino)
    if now != mark:
        collector.follow(sources(_design(folder)))
    return now


def _design(folder: Path) -> Design:
    return Design.from_json((folder / DESIGN).read_bytes())


def _tell(folder: Path, voice: Voice) -> None:
    """The heartbeat that a probe reads."""
    path = folder / COLLECTOR
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"at": time.time(), "pid": os.getpid(), "troubles": voice.troubles}))
    part.replace(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
