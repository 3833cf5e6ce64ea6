"""Keeps the lake of a platform: inputs, the services' events, merging, ageing, evidence.

The store is open only as long as something is done, so that `groundplan lake` finds it free.
"""

import json
import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from groundplan.agent.keepers.service_events import events, named, service_spool
from groundplan.agent.voice import Voice
from groundplan.design.parts import Lake
from groundplan.errors import TargetError
from groundplan.operations.lake.lake import (
    Input,
    Taken,
    ingest,
    retained,
    take_lines,
    tidy,
)
from groundplan.operations.lake.measure import PROMISE, throughput
from groundplan.operations.lake.place import files_of
from groundplan.operations.lake.tiers import ages
from groundplan.parquet.store import Store
from groundplan.ports.folder import AWS_VARIABLES, LEDGER
from groundplan.ports.records import lake_of, logs_of
from groundplan.promise.ledger import Ledger
from groundplan.promise.promise import Evidence, Promise

INCOMING = ".incoming"
EVENTS = "service_events"
MARK = "events:logs"  # the last batch of the logs whose events are in
WAIT_SECONDS = 60.0  # for `groundplan lake ingest` of a big file


class Keeper:
    """One thread uses it."""

    def __init__(
        self, folder: Path, part: Lake, promises: tuple[Promise, ...], voice: Voice
    ) -> None:
        self._folder = folder
        self._part = part
        self._voice = voice
        self._throughput = next((each for each in promises if each.id == PROMISE), None)
        self.incoming = lake_of(folder) / INCOMING

    def begin(self) -> None:
        """Sweeps away what a kill left half done."""
        shutil.rmtree(self.incoming, ignore_errors=True)
        self.incoming.mkdir(parents=True)
        if self._part.buckets:
            self._try("store", self._sweep)  # S3 may be away, and come back
        else:
            self._sweep()

    def _sweep(self) -> None:
        with self._store() as store:
            swept = store.sweep()
        if swept:
            self._voice.say(f"{swept} files were left half written by a kill")

    def take(self, table: str, given: Input) -> Taken:
        """Takes an input in; TargetError when it cannot be read, or kept now."""
        began = time.monotonic()
        with self._store() as store:
            taken = ingest(store, table, given, depth=self._part.depth, now=datetime.now(UTC))
        seconds = time.monotonic() - began
        if self._throughput is not None:
            seen = throughput(self._throughput, taken, seconds=seconds, at=time.time())
            if seen is not None:
                self._try("ledger", lambda: self._write(seen))
        return taken

    def events(self) -> None:
        """Takes in what the services told since the last time."""
        self._try("events", self._events)

    def tidy(self) -> None:
        """Merges what is small, moves and deletes what is old, and tells the ledger."""
        self._try("store", self._tidy)

    def _events(self) -> None:
        """What waits is let go when it is in, with the mark that says so."""
        spool = service_spool(self._folder)
        mark, name = (named(logs_of(self._folder), word) for word in (MARK, EVENTS))
        with self._store() as store:
            while True:
                after = int(store.manifest.mark(mark) or 0)
                found = events(spool, self._part.told_by, after=after)
                if found is None:
                    return
                marks = {mark: str(found.last)}
                now = datetime.now(UTC)
                given = (f"{name} {found.last}", found.lines)
                take_lines(store, EVENTS, given, depth=self._part.depth, now=now, marks=marks)
                for entry in found.read:
                    spool.done(entry)

    def _tidy(self) -> None:
        now = datetime.now(UTC)
        with self._store() as store:
            store.compact(before=now.timestamp())
            done = tidy(store, ages(self._part.zones), now)
            seen = retained(store, self._part.zones, done.gone, now)
        for line in done.told:
            self._voice.say(line)
        self._write(*seen)

    def _try(self, subject: str, do: Callable[[], None]) -> None:
        try:
            do()
        except (TargetError, OSError) as error:
            why = f"{error.doing} failed: {error.why}" if isinstance(error, TargetError) else error
            self._voice.trouble(subject, str(why))
        else:
            self._voice.trouble(subject, None)

    def _write(self, *seen: Evidence) -> None:
        with Ledger(self._folder / LEDGER) as ledger:
            ledger.write(*seen)

    def _store(self) -> Store:
        if self._part.buckets:
            _take_variables(self._folder)
        return Store(
            files_of(self._folder, self._part.buckets),
            compression=self._part.compression,
            wait_seconds=WAIT_SECONDS,
        )


def _take_variables(folder: Path) -> None:
    """The AWS environment that `up` was run in, or that somebody wrote there since."""
    try:
        os.environ.update(json.loads((folder / AWS_VARIABLES).read_text()))
    except FileNotFoundError:
        return  # then it is in ~/.aws, or the machine has a role
    except (OSError, ValueError, TypeError) as error:
        raise TargetError(
            part="store",
            doing="reading the AWS environment",
            why=f"{AWS_VARIABLES} is not to be read: {type(error).__name__}",
            try_="run `groundplan up` where the AWS environment is right",
        ) from error
