"""`-m groundplan.agent.keepers.collector FOLDER`: collects the logs of the platform in FOLDER."""

import argparse
import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from groundplan.agent.keepers.service_events import name_logs, service_spool
from groundplan.agent.keepers.sinks import Sinks
from groundplan.agent.voice import Voice
from groundplan.design.design import Design
from groundplan.design.parts import Collector as Part
from groundplan.design.parts import Lake, Service
from groundplan.errors import TargetError
from groundplan.operations.observe.logs.collect import Collector, evidence, hot_limit
from groundplan.operations.observe.logs.hot import Hot
from groundplan.operations.observe.logs.record import LogSource
from groundplan.operations.observe.logs.spool import Spool
from groundplan.operations.observe.sinks.standing import SinkStanding, as_json
from groundplan.parquet.store import Store
from groundplan.ports.folder import DESIGN, LEDGER
from groundplan.ports.records import COLLECTOR, OUTPUT, SPOOL, logs_of
from groundplan.promise.ledger import Ledger

EVERY_SECONDS = 1.0
TIDY_SECONDS = 600.0
SINKS_SECONDS = 5.0  # between looks at the secrets of sinks
STORE = "store"  # the subject of its own troubles
REFUSED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """The design that is followed, and what else of it counts."""

    mark: tuple[int, int] = (0, 0)
    has_lake: bool = False


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
        name_logs(store.manifest)
        hot = Hot(place)
        try:
            collector = Collector(folder / OUTPUT, store, part.classes, hot=hot)
            collector.catch_up(hot_limit(time.time(), part.hot_hours))
            sinks = Sinks(folder, part.sinks, voice)
            try:
                _rounds(folder, (collector, sinks), part, stop, voice)
            finally:
                sinks.close()
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
    folder: Path,
    running: tuple[Collector, Sinks],
    part: Part,
    stop: threading.Event,
    voice: Voice,
) -> None:
    collector, sinks = running
    tidied = looked = float("-inf")
    standings: tuple[SinkStanding, ...] = ()
    followed = Followed()
    while not stop.is_set():
        now = time.time()
        since = hot_limit(now, part.hot_hours)
        is_all = True
        try:
            followed = _follow(folder, collector, followed)
            if now - looked >= SINKS_SECONDS:
                _take_aside(folder, running, has_lake=followed.has_lake)
                standings = sinks.standings(collector.store.manifest)
                looked = now
            is_all = collector.round(now, hot_since=since).is_all
            for name, lost in collector.feed().items():
                if lost:
                    voice.say(f"{lost} records for {name} were dropped: it takes too few of them")
            if now - tidied >= TIDY_SECONDS:
                _tidy(folder, collector, part, voice, now)
                tidied = now
            voice.trouble(STORE, None)
        except TargetError as error:
            voice.trouble(STORE, f"{error.doing} failed: {error.why}; try: {error.try_}")
        _tell(folder, voice, standings)
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


def _follow(folder: Path, collector: Collector, before: Followed) -> Followed:
    """New parts are followed when the design was written anew."""
    facts = (folder / DESIGN).stat()
    mark = (facts.st_mtime_ns, facts.st_ino)
    if mark == before.mark:
        return before
    design = _design(folder)
    collector.follow(sources(design))
    return Followed(mark=mark, has_lake=any(isinstance(each, Lake) for each in design.parts))


def _design(folder: Path) -> Design:
    return Design.from_json((folder / DESIGN).read_bytes())


def _take_aside(folder: Path, running: tuple[Collector, Sinks], *, has_lake: bool) -> None:
    """Who takes logs now: the lake from the beginning, a sink from when it was named."""
    collector, sinks = running
    newest = collector.store.manifest.newest()
    lake = [(service_spool(folder), 0)] if has_lake else []
    wanted = [*lake, *((spool, newest) for spool in sinks.refresh())]
    known = {spool.name for spool, _ in wanted}
    for path in (folder / SPOOL).glob("*"):
        if path.name not in known:
            Spool(path, ()).forget(collector.store.manifest)
            shutil.rmtree(path, ignore_errors=True)
    collector.spool_for(wanted)


def _tell(folder: Path, voice: Voice, standings: Sequence[SinkStanding]) -> None:
    """The heartbeat that a probe reads. A sink that is away is no trouble of the collector's."""
    path = folder / COLLECTOR
    part = path.with_suffix(".part")
    said = {
        "at": time.time(),
        "pid": os.getpid(),
        "troubles": {name: why for name, why in voice.troubles.items() if name == STORE},
        "sinks": as_json(standings),
    }
    part.write_text(json.dumps(said))
    part.replace(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
