"""The agent's door: an HTTP API over a unix socket in the platform's folder, for this account only.

What it tells of promises comes from the ledger file or from the sampler's last round; operations
are the `api`'s.
"""

import json
import os
import socketserver
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from groundplan import __version__
from groundplan.agent.door.api import Answer, Api, refused
from groundplan.agent.performing.refusals import Unreadable
from groundplan.agent.sampling.sampler import Sampler
from groundplan.agent.voice import Voice
from groundplan.errors import TargetError
from groundplan.ports.folder import AGENT_SOCKET, LEDGER, SOCKET_PATH_MAX
from groundplan.promise.ledger import Ledger
from groundplan.promise.standing import Standing
from groundplan.promise.table import to_json

STUCK_SECONDS = 60.0  # a round that takes longer than this is no round any more
FORMAT_VERSION = "1.0"
BODY_MAX = 65_536


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Listens on the socket; removes what a killed agent left there."""

    daemon_threads = True
    request_queue_size = 128  # a client does not wait for a full queue, it is refused

    def __init__(self, folder: Path, sampler: Sampler, voice: Voice, api: Api) -> None:
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
        self.api = api
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
        is_well = is_turning and not {"design", "ledger", "operations"} & set(troubles)
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
        """Answers what is asked."""
        self._answer(self._asked)

    def do_POST(self) -> None:
        """Starts or tells an operation."""
        self._answer(lambda: self.server.api.post(self.path, self._body()))

    def _answer(self, asked: Callable[[], Answer]) -> None:
        try:
            status, body = asked()
        except TargetError as error:
            status, body = refused(error)
        except OSError as error:
            status, body = 503, {"why": str(error), "try": "free some space, and repeat it"}
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _asked(self) -> Answer:
        match self.path:
            case "/v1/promises":
                return 200, to_json(self.server.standings())
            case "/v1/healthz":
                return self.server.health()
            case "/v1/design" if self.server.sampler.design is not None:
                return 200, self.server.sampler.design.to_json()
        return self.server.api.get(self.path)

    def _body(self) -> bytes:
        """What was sent, within bounds; the connection is closed where it cannot be read."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            self.close_connection = True
            raise Unreadable("it does not say how long it is (Content-Length)")
        if int(length) > BODY_MAX:
            self.close_connection = True
            raise Unreadable(f"it has {length} bytes, and {BODY_MAX:,} are allowed")
        return self.rfile.read(int(length))

    def address_string(self) -> str:
        """A unix socket has no address of the other side."""
        return "local"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Questions are not worth a line."""
