"""Readers that keep asking over HTTP, and remember who answered and what failed."""

import http.client
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from stories.harness import within


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request got; `told` is the body's JSON."""

    status: int
    headers: dict[str, str]
    told: Any


def answer_of(response: http.client.HTTPResponse) -> Answer:
    text = response.read()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(status=response.status, headers=headers, told=json.loads(text) if text else None)


@dataclass
class Load:
    """Readers on connections of their own that remember who answered and what failed.

    A kept connection that is closed before the answer begins is opened once more, as browsers,
    curl and Go do: a server may close an idle one at any time (RFC 9112, 9.3.1).
    """

    address: str
    port: int
    path: str = "/api/x"
    readers: int = 4
    answered: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    def __enter__(self) -> "Load":
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._read) for _ in range(self.readers)]
        for thread in self._threads:
            thread.start()
        self.until_sent(100)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=30)

    @property
    def sent(self) -> int:
        with self._lock:
            return self.answered.total() + len(self.failed)

    def until_sent(self, count: int) -> None:
        """Waits for so many more requests."""
        goal = self.sent + count
        within(30, f"{count} more requests", lambda: self.sent >= goal)

    def restart_counting(self) -> None:
        with self._lock:
            self.answered.clear()

    def _read(self) -> None:
        connection = http.client.HTTPConnection(self.address, self.port, timeout=15)
        while not self._stop.wait(0.001):
            name, why = self._once(connection)
            with self._lock:
                if why is None:
                    self.answered[name] += 1
                else:
                    self.failed.append(f"{time.time():.3f} {why}")
        connection.close()

    def _once(self, connection: http.client.HTTPConnection) -> tuple[str, str | None]:
        """Who answered, or why it failed."""
        was_open = connection.sock is not None
        try:
            connection.request("GET", self.path)
            answer = answer_of(connection.getresponse())
        except (http.client.RemoteDisconnected, ConnectionError) as error:
            connection.close()
            return self._once(connection) if was_open else ("", repr(error))
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return "", repr(error)
        if answer.status == 200:
            return answer.told["name"], None
        return "", f"{answer.status} {answer.told}"
