"""The API as a process of its own, and what it answers."""

import http.client
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples.mvlbim_api.servers import BARE_ENVIRONMENT, Server, within

API_FOLDER = Path(__file__).parents[3] / "examples" / "mvlbim" / "api"


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


@dataclass(kw_only=True)
class Api(Server):
    environment: dict[str, str]

    def begin(self) -> None:
        place = {"HOST": self.address, "PORT": str(self.port)}
        environment = BARE_ENVIRONMENT | place | self.environment
        command = (sys.executable, "-m", "mvlbim_api")
        self.launch(*command, cwd=API_FOLDER, environment=environment)

    def start(self, *, wait: bool = True) -> None:
        self.begin()
        within(60, "the API listens", self.accepts)
        if wait:
            within(60, "the API is ready", lambda: self.get("/readyz").status == 200)

    def request(
        self,
        method: str,
        path: str,
        body: bytes | object | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        connection = http.client.HTTPConnection(self.address, self.port, timeout=10)
        payload = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        try:
            connection.request(method, path, payload, dict(headers or {}))
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Reply(status=response.status, headers=names, raw=response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Reply:
        return self.request("GET", path, headers=dashed(headers))

    def post(self, path: str, body: bytes | object, **headers: str) -> Reply:
        return self.request("POST", path, body, headers=dashed(headers))

    def patch(self, path: str, body: object, **headers: str) -> Reply:
        return self.request("PATCH", path, body, headers=dashed(headers))

    def lines(self) -> list[dict[str, Any]]:
        """The log so far; a line that is not JSON fails the test."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]


def dashed(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
