"""A service to stand behind a gateway: python tiny_service.py ADDRESS PORT NAME.

It says its name, counts what it was asked, and fails or dies when its path says so.
"""

import json
import os
import sys
import time
from collections import Counter
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
        if "die" in query:
            os._exit(9)
        time.sleep(float(query.get("seconds", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        told = {"name": NAME, "body": len(body), "headers": headers}
        self.say(int(query.get("status", 200)), told)

    def say(self, status: int, content: dict[str, object]) -> None:
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True


Server((ADDRESS, PORT), Handler).serve_forever()
