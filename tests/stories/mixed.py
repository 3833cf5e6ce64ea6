"""A bounded stream of mixed GET and POST at the edge, in several regions; each write has a key."""

import threading
import time
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
from stories.harness import PlatformUnderTest

EACH_PER_SECOND = 25  # of one customer, of whom each region has some


@dataclass
class Mixed:
    """Customers who read and write in turn. Use it as a context manager."""

    platform: PlatformUnderTest
    regions: tuple[str, ...]
    reads: str = "/menu"
    writes: str = "/sold"
    sent: int = 0
    written: set[str] = field(default_factory=set)  # acknowledged
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._buy, args=(region,), daemon=True)
            for region in self.regions
        ]

    def __enter__(self) -> "Mixed":
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=15)
        self.seconds = time.monotonic() - self._began

    def _buy(self, region: str) -> None:
        with self.platform.client(region) as client:
            due = time.monotonic()
            while not self._stop.wait(max(0.0, due - time.monotonic())):
                due = max(due + 1 / EACH_PER_SECOND, time.monotonic() - 0.2)
                key = str(uuid4()) if self.sent % 2 else ""
                why = self._try(client, key)
                with self._lock:
                    self.sent += 1
                    if why:
                        self.failed.append(f"{region}: {why}")
                    elif key:
                        self.written.add(key)

    def _try(self, client: httpx.Client, key: str) -> str:
        try:
            sold = client.post(self.writes, content=key) if key else client.get(self.reads)
        except httpx.HTTPError as error:
            return repr(error)
        return "" if sold.status_code == 200 else f"{sold.status_code} {sold.text[:120]}"
