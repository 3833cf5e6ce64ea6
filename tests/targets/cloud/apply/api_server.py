"""A small server that takes server-side applies as Kubernetes' API does, dry or not.

It knows schemas of kinds and no behaviour: no defaults, no admission, no owner of fields.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml
from targets.cloud.test_objects import problems


@dataclass
class Api:
    """`objects` by path; `asked` is each apply with whether it was dry; `refusals` come first."""

    address: str = ""
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, bool]] = field(default_factory=list)
    refusals: list[tuple[int, str]] = field(default_factory=list)

    def apply(self, path: str, query: dict[str, list[str]], body: bytes) -> tuple[int, Any]:
        assert query["fieldManager"] == ["groundplan"]
        is_dry = query.get("dryRun") == ["All"]
        self.asked.append((path, is_dry))
        if self.refusals:
            return self._status(*self.refusals.pop(0))
        item = yaml.safe_load(body)
        found = list(problems(item))
        if found:
            return self._status(422, found[0])
        made = {**item, "metadata": {**item["metadata"], "generation": 1}}
        if not is_dry:
            self.objects[path] = made
        return 200, made

    def get(self, path: str) -> tuple[int, Any]:
        if path in self.objects:
            return 200, self.objects[path]
        return self._status(404, f"{path} not found")

    def kubeconfig(self, folder: Path, *names: str) -> Path:
        """A kubeconfig with a context for each cluster, called as AWS's client calls them."""
        cluster = {"name": "here", "cluster": {"server": self.address}}
        user = {"name": "me", "user": {"token": "not-to-be-shown"}}
        contexts = [
            {
                "name": f"arn:aws:eks:us-east-1:123456789012:cluster/{name}",
                "context": {"cluster": "here", "user": "me"},
            }
            for name in names
        ]
        path = folder / "kubeconfig"
        path.write_text(
            yaml.safe_dump(
                {
                    "current-context": contexts[0]["name"],
                    "clusters": [cluster],
                    "users": [user],
                    "contexts": contexts,
                }
            )
        )
        return path

    def _status(self, code: int, message: str) -> tuple[int, Any]:
        return code, {
            "apiVersion": "v1",
            "kind": "Status",
            "status": "Failure",
            "code": code,
            "message": message,
        }


@contextmanager
def serving() -> Iterator[Api]:
    """An API without an object."""
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_PATCH(self) -> None:
            url = urlsplit(self.path)
            assert self.headers["Content-Type"].startswith("application/apply-patch+yaml")
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(*api.apply(url.path, parse_qs(url.query), body))

        def do_GET(self) -> None:
            self._answer(*api.get(urlsplit(self.path).path))

        def _answer(self, code: int, found: Any) -> None:
            body = json.dumps(found).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
