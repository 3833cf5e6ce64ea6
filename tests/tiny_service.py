"""A service to stand behind a gateway: python tiny_service.py ADDRESS PORT NAME.

It says its name, counts what it was asked, and fails or dies when its path says so.
"""

import json
import os
import sys
import time
from collections import Counter
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

ADDRESS, PORT, NAME = sys.argv[1], int(sys.argv[2]), sys.argv[3]
COUNTS: Counter[str] = Counter()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        path = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(path.query).items()}
        if path.path == "/counts":
            self.say(200, dict(COUNTS))
            return
        COUNTS[f"{self.command} {path.path}"] += 1
        if query.get("die") in (NAME, "whoever"):
            os._exit(9)
        time.sleep(float(query.get("seconds", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        told = {"name": NAME, "body": len(body), "headers": headers}
        self.say(int(query.get("status", 200)), told)

    def say(self, status: int, content: dict[str, object]) -> None:
        """In one piece: an answer whose head alone was sent before a kill cannot be saved."""
        text = b"" if self.command == "HEAD" else json.dumps(content).encode()
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-length: {len(text)}\r\n"
        self.wfile.write(f"{head}content-type: application/json\r\n\r\n".encode() + text)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True


Server((ADDRESS, PORT), Handler).serve_forever()
