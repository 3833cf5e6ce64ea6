"""Somebody who reads and somebody who writes through the edge, all the time, and what failed."""

import threading
import time
import uuid

import httpx

PATH = "/api/v1/projects"
PAUSE_SECONDS = 0.03
PATIENCE_SECONDS = 2.0  # what takes longer has failed


class EdgeUsers:
    """One reader and one writer with idempotency keys; use it as a context manager."""

    def __init__(self, entry: str) -> None:
        self._base = f"http://{entry}"
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._attempts: list[tuple[str, float, float, bool]] = []  # who, sent, ended, served
        self._threads = [
            threading.Thread(target=self._use, args=(method,), daemon=True)
            for method in ("GET", "POST")
        ]

    def __enter__(self) -> "EdgeUsers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=3 * PATIENCE_SECONDS)

    def is_calm(self, seconds: float) -> bool:
        """Whether both were served, and only that, for so long."""
        since = time.monotonic() - seconds
        if since < self._began:
            return False
        with self._lock:
            late = [attempt for attempt in self._attempts if attempt[2] >= since]
        return len({who for who, *_ in late}) == 2 and all(served for *_, served in late)

    def served_again_after(self, moment: float) -> float:
        """Seconds to the end of the first success after the last failure, of whom is slower; an
        answer that comes late counts as a failure until then."""
        with self._lock:
            after = [attempt for attempt in self._attempts if attempt[2] >= moment]
        seconds = 0.0
        for method in ("GET", "POST"):
            mine = [attempt for attempt in after if attempt[0] == method]
            failed = [number for number, attempt in enumerate(mine) if not attempt[3]]
            if failed:
                seconds = max(seconds, mine[failed[-1] + 1][2] - moment)
            longest = max(mine, key=lambda attempt: attempt[2] - attempt[1])
            if longest[2] - longest[1] > 10 * PAUSE_SECONDS:
                seconds = max(seconds, longest[2] - moment)
        return seconds

    def _use(self, method: str) -> None:
        with httpx.Client(base_url=self._base, timeout=PATIENCE_SECONDS) as client:
            while not self._stop.wait(PAUSE_SECONDS):
                sent = time.monotonic()
                served = _is_served(client, method)
                with self._lock:
                    self._attempts.append((method, sent, time.monotonic(), served))


def _is_served(client: httpx.Client, method: str) -> bool:
    key = str(uuid.uuid4())
    try:
        if method == "GET":
            return client.get(PATH).is_success
        body = {"name": "Bridge", "code": f"BR-{key[:8].upper()}", "country": "CA"}
        return client.post(PATH, json=body, headers={"idempotency-key": key}).is_success
    except httpx.HTTPError:
        return False
