"""The agent's own metrics, over HTTP at the address that the design gives it.

The door is for this account alone; what stands here is read by every Prometheus of the platform.
"""

import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pydantic import ValidationError

from groundplan.agent.door.exposition import CONTENT_TYPE, text
from groundplan.agent.journal import Event, JournalFile
from groundplan.agent.notices.outbox import Outbox
from groundplan.agent.performing.performer import Performer
from groundplan.agent.voice import Voice
from groundplan.design.design import Design
from groundplan.design.parts import Agent
from groundplan.errors import TargetError
from groundplan.operations.observe.sinks.standing import read
from groundplan.ports.folder import DESIGN, JOURNAL, NOTICES
from groundplan.ports.records import COLLECTOR

EVERY_SECONDS = 2.0
SUBJECT = "metrics"  # of its troubles
PATH = "/metrics"
Place = tuple[str, int]


class Metrics:
    """One thread keeps a server where the design wants it."""

    def __init__(self, folder: Path, voice: Voice, performer: Callable[[], Performer]) -> None:
        self._folder = folder
        self._voice = voice
        self._performer = performer
        self._place: Place | None = None
        self._server: ThreadingHTTPServer | None = None
        self._ended = Counter[tuple[str, str]]()
        self._read_until = 0
        self._lock = threading.Lock()

    def run(self, stop: threading.Event) -> None:
        """Looks for the design until told to stop."""
        while not stop.is_set():
            self.turn()
            stop.wait(EVERY_SECONDS)
        self.close()

    def turn(self) -> None:
        """Listens where the design says now, if it can."""
        place = self._wanted()
        if place == self._place and (self._server is not None or place is None):
            return
        self.close()
        self._place = place
        if place is None:
            return
        try:
            self._server = _server(place, self.page)
        except OSError as error:
            self._voice.trouble(SUBJECT, f"{place[0]}:{place[1]} is not free: {error.strerror}")
        else:
            self._voice.trouble(SUBJECT, None)
            threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Listens no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def page(self) -> str:
        """What is scraped; TargetError while the operations cannot be read."""
        performer = self._performer()
        going = tuple(each for each in performer.newest(1) if each.ended is None)
        shown = tuple(performer.progress(each.id).operation for each in going)
        return text(shown, self._counted(), self._notices(), read(self._folder / COLLECTOR))

    def _notices(self) -> tuple[tuple[str, str, int], ...]:
        if not (self._folder / NOTICES).exists():
            return ()
        outbox = Outbox(self._folder)
        try:
            return outbox.counted()
        finally:
            outbox.close()

    def _counted(self) -> Counter[tuple[str, str]]:
        """The journal's ends, of which only the new ones are read."""
        with self._lock:
            if (self._folder / JOURNAL).exists():
                with JournalFile(self._folder, read_only=True) as journal:
                    entries = journal.after(self._read_until)
                for each in entries:
                    self._read_until = each.number
                    if each.entry.event is Event.ENDED:
                        kind = each.entry.operation.rpartition("-")[0]
                        self._ended[kind, each.entry.what.partition(":")[0]] += 1
            return Counter(self._ended)

    def _wanted(self) -> Place | None:
        try:
            design = Design.from_json((self._folder / DESIGN).read_bytes())
        except (OSError, ValidationError):
            return self._place  # the sampler tells
        own = next((part for part in design.parts if isinstance(part, Agent)), None)
        return (own.address, own.port) if own is not None and own.address else None


def _server(place: Place, page: Callable[[], str]) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            try:
                status, body = (200, page()) if self.path == PATH else (404, "see /metrics\n")
            except TargetError as error:
                status, body = 503, f"{error.why}\n"
            sent = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Scrapes are not worth a line."""

    return ThreadingHTTPServer(place, Handler)
