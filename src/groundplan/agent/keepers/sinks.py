"""The sinks of a collector: a thread for each that has a secret, so none waits for another."""

import random
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import httpx

from groundplan.agent.keepers.reach import Reach, Unusable, client, postman, reach
from groundplan.agent.voice import Voice
from groundplan.design.log_sink import LogSink, SinkForm
from groundplan.errors import TargetError
from groundplan.operations.observe.logs.spool import BYTES_MAX, Spool
from groundplan.operations.observe.sinks.elasticsearch import Elasticsearch
from groundplan.operations.observe.sinks.form import Form
from groundplan.operations.observe.sinks.otlp import Otlp
from groundplan.operations.observe.sinks.sender import Sender
from groundplan.operations.observe.sinks.splunk import Splunk
from groundplan.operations.observe.sinks.standing import SinkStanding
from groundplan.parquet.manifest import Manifest
from groundplan.ports.folder import SECRETS
from groundplan.ports.records import spool_of

IDLE_SECONDS = 0.5
FULL_SECONDS = 5.0  # between tries on a full disk
ENDS_SECONDS = 3.0  # what is on its way at the end is sent again by the next process


@dataclass(slots=True)
class _Running:
    sink: LogSink
    reach: Reach
    spool: Spool
    sender: Sender
    stop: threading.Event
    thread: threading.Thread


class Sinks:
    """One thread asks it; those that it starts send."""

    def __init__(
        self,
        folder: Path,
        sinks: Iterable[LogSink],
        voice: Voice,
        *,
        spool_bytes: int = BYTES_MAX,
    ) -> None:
        self._folder = folder
        self._sinks = tuple(sinks)
        self._voice = voice
        self._spool_bytes = spool_bytes
        self._running: dict[str, _Running] = {}

    def refresh(self) -> tuple[Spool, ...]:
        """Begins and ends as the secrets say now; the spools of those that run."""
        for sink in self._sinks:
            found = self._reach(sink)
            before = self._running.get(sink.name)
            if before is not None and before.reach == found:
                continue
            if before is not None:
                self._end(before)
            if found is not None:
                self._begin(sink, found)
        return tuple(each.spool for each in self._running.values())

    def close(self) -> None:
        """Ends all of them."""
        for each in tuple(self._running.values()):
            each.stop.set()
        for each in tuple(self._running.values()):
            self._end(each)

    def standings(self, manifest: Manifest) -> tuple[SinkStanding, ...]:
        """How each that runs stands."""
        return tuple(_standing(each, manifest) for each in self._running.values())

    def _reach(self, sink: LogSink) -> Reach | None:
        """An address that cannot be used is told of, and nothing is kept for it."""
        subject = f"logs to {sink.name}"
        try:
            return reach((self._folder / SECRETS / sink.secret).read_text(), self._folder / SECRETS)
        except FileNotFoundError:
            return None
        except (OSError, UnicodeError) as error:
            self._voice.trouble(subject, f"{SECRETS}/{sink.secret} cannot be read: {error}")
        except Unusable as error:
            self._voice.trouble(subject, f"{SECRETS}/{sink.secret} {error}")
        return None

    def _begin(self, sink: LogSink, found: Reach) -> None:
        spool = Spool(spool_of(self._folder, sink.name), sink.classes, bytes_max=self._spool_bytes)
        line = client(found)
        form = _form(sink, found, str(self._folder))
        sender = Sender(spool, form, postman(line, found), random.Random())
        stop = threading.Event()
        thread = threading.Thread(target=self._run, args=(sink, sender, stop, line), daemon=True)
        self._running[sink.name] = _Running(sink, found, spool, sender, stop, thread)
        thread.start()

    def _end(self, running: _Running) -> None:
        running.stop.set()
        running.thread.join(ENDS_SECONDS)
        self._running.pop(running.sink.name, None)
        self._voice.trouble(f"logs to {running.sink.name}", None)

    def _run(
        self, sink: LogSink, sender: Sender, stop: threading.Event, line: httpx.Client
    ) -> None:
        with line:
            wait = 0.0
            while not stop.wait(wait):
                try:
                    found = sender.step()
                except TargetError as error:
                    sender.trouble, found = f"{error.doing} failed: {error.why}", FULL_SECONDS
                wait = IDLE_SECONDS if found is None else found
                self._voice.trouble(f"logs to {sink.name}", sender.trouble or None)


def _form(sink: LogSink, found: Reach, channel: str) -> Form:
    url, token = found.url, found.token
    match sink.form:
        case SinkForm.ELASTICSEARCH:
            return Elasticsearch(url, token)
        case SinkForm.SPLUNK:
            return Splunk(url, token, channel)
        case SinkForm.OTLP:
            return Otlp(url, token)


def _standing(running: _Running, manifest: Manifest) -> SinkStanding:
    progress, spool = running.sender.progress, running.spool
    waiting = spool.entries()
    done = progress.rows if waiting and waiting[0].name == progress.entry else 0
    began = _began(spool.path(waiting[0])) if waiting else None
    return SinkStanding(
        name=running.sink.name,
        sent=progress.sent,
        waiting=sum(entry.rows for entry in waiting) - done,
        refused=progress.refused,
        dropped=spool.dropped(manifest),
        bytes=spool.size(),
        behind_seconds=0.0 if began is None else max(time.time() - began, 0.0),
        trouble=running.sender.trouble,
    )


def _began(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None
