"""The agent's door: an HTTP API over a unix socket in the platform's folder, for this account only.

It reads; whatever it answers comes from the ledger file or from the sampler's last round.
"""

import json
import os
import socketserver
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from groundplan import __version__
from groundplan.agent.sampler import Sampler
from groundplan.agent.voice import Voice
from groundplan.errors import TargetError
from groundplan.ports.folder import AGENT_SOCKET, LEDGER, SOCKET_PATH_MAX
from groundplan.promise.ledger import Ledger
from groundplan.promise.standing import Standing
from groundplan.promise.table import to_json

STUCK_SECONDS = 60.0  # a round that takes longer than this is no round any more
FORMAT_VERSION = "1.0"


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Listens on the socket; removes what a killed agent left there."""

    daemon_threads = True

    def __init__(self, folder: Path, sampler: Sampler, voice: Voice) -> None:
        path = folder / AGENT_SOCKET
        if len(str(path).encode()) > SOCKET_PATH_MAX:
            raise TargetError(
                part="agent",
                doing="opening its socket",
                why=f"its path is longer than {SOCKET_PATH_MAX} bytes: {path}",
                try_="set GROUNDPLAN_HOME to a folder with a shorter path",
            )
        self.folder = folder
        self.sampler = sampler
        self.voice = voice
        self.began = time.time()
        with suppress(FileNotFoundError):
            path.unlink()
        before = os.umask(0o177)
        try:
            super().__init__(str(path), Handler)
        finally:
            os.umask(before)

    def standings(self) -> tuple[Standing, ...]:
        """How each promise of the design stands."""
        promises = self.sampler.design.promises if self.sampler.design else ()
        path = self.folder / LEDGER
        if not path.exists():
            return tuple(Standing(promise=promise) for promise in promises)
        with Ledger(path, read_only=True) as ledger:
            return ledger.current(promises, now=time.time())

    def health(self) -> tuple[int, dict[str, Any]]:
        """200 while rounds end and are written down; others' troubles are told beside it."""
        last = self.sampler.last
        troubles = self.voice.troubles
        is_turning = last is not None and time.time() - last.at < STUCK_SECONDS
        is_well = is_turning and not {"design", "ledger"} & set(troubles)
        return 200 if is_well else 503, {
            "format_version": FORMAT_VERSION,
            "version": __version__,
            "pid": os.getpid(),
            "since": self.began,
            "round": {"at": last.at, "seconds": last.seconds} if last else None,
            "troubles": troubles,
        }


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_GET(self) -> None:
        """Answers one of the three paths."""
        try:
            status, body = self._answer()
        except TargetError as error:
            status, body = (
                503,
                {
                    "part": error.part,
                    "doing": error.doing,
                    "why": error.why,
                    "try": error.try_,
                },
            )
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _answer(self) -> tuple[int, bytes | dict[str, Any]]:
        match self.path:
            case "/v1/promises":
                return 200, to_json(self.server.standings())
            case "/v1/healthz":
                return self.server.health()
            case "/v1/design" if self.server.sampler.design is not None:
                return 200, self.server.sampler.design.to_json()
        return 404, {"why": f"there is no {self.path}", "try": "/v1/promises"}

    def address_string(self) -> str:
        """A unix socket has no address of the other side."""
        return "local"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Questions are not worth a line."""
