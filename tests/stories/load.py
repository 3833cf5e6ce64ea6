"""A steady, bounded stream of reads at the edge that remembers what failed and when."""

import threading
import time
from dataclasses import dataclass, field

import httpx
from stories.harness import PlatformUnderTest


@dataclass
class Load:
    """Readers at the edge, one thread for each region. Use it as a context manager."""

    platform: PlatformUnderTest
    path: str
    regions: tuple[str, ...]
    pause_seconds: float = 0.02
    sent: int = 0
    failed: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, args=(region,), daemon=True)
            for region in self.regions
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=15)

    def failures_since(self, when: float) -> list[str]:
        """What failed after a moment of time.monotonic()."""
        with self._lock:
            return [why for at, why in self.failed if at >= when]

    def is_quiet(self, seconds: float, *, since: float) -> bool:
        """Whether nothing failed for so long, looking no further back than `since`."""
        with self._lock:
            latest = max((at for at, _ in self.failed), default=since)
        return time.monotonic() - max(latest, since) > seconds

    def sent_more_than(self, count: int) -> bool:
        """Whether so many requests were sent by now."""
        with self._lock:
            return self.sent > count

    def _read(self, region: str) -> None:
        with self.platform.client(region) as client:
            while not self._stop.wait(self.pause_seconds):
                why = _try(client, self.path)
                with self._lock:
                    self.sent += 1
                    if why is not None:
                        self.failed.append((time.monotonic(), f"{region}: {why}"))


def _try(client: httpx.Client, path: str) -> str | None:
    """A read. As browsers do it is sent once more when a kept connection is closed under it
    (RFC 9110, 9.2.2): nginx does that to idle ones when it takes a new configuration."""
    try:
        answer = client.get(path)
    except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
        return _once(client, path)
    except httpx.HTTPError as error:
        return repr(error)
    return _why_not(answer)


def _once(client: httpx.Client, path: str) -> str | None:
    try:
        return _why_not(client.get(path))
    except httpx.HTTPError as error:
        return repr(error)


def _why_not(answer: httpx.Response) -> str | None:
    return None if answer.status_code == 200 else f"{answer.status_code} {answer.text[:120]}"
