"""Releases that are bad in five ways, for real: how soon each is gone, and what users saw of it.

The bakery in two regions under a steady load; the file's gates are 1 % of errors, 500 ms at p95 and
85 % of the memory, and the canary is 20, 50, 100 %. `gone` counts from the first request that the
new version could get until stable alone serves; `end` from the word to the last replica removed.
What takes over 500 ms is slow for a user. `python benchmarks/bad_releases.py ROUNDS`.
"""

import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from measured import REPOSITORY, run, table

ENTRY, NETWORK = "127.0.0.1:18120", "127.80.0.0"
REGIONS = ("eu-central-1", "eu-west-1")
THREADS, EACH_PER_SECOND = 8, 25
SLOW_SECONDS = 0.5
MORE = """
canary_deployment:
  initial_traffic: 20
  increment: 30
  interval: 90s
  success_threshold: 99
  max_traffic: 50
  monitor: 30s
  metrics:
    - error_rate: "< 1%"
    - response_time: "< 500ms (p95)"
    - memory_usage: "< 85%"
"""
MENU = 'self._answer(HTTPStatus.OK, {"cents": MENU})'
FIFTH = "self._answer(HTTPStatus(500 if time.time_ns() // 1000 % 5 == 0 else 200), {})"
HERE = "__import__('os').environ['REGION']"
BAD = {
    "20 % of errors": (MENU, FIFTH),
    "800 ms of latency": (MENU, f"time.sleep(0.8), {MENU}"),
    "crash at start": (
        "def main() -> None:",
        "def main() -> None:\n    raise SystemExit(3)",
    ),
    "memory leak, 0.6 MB a request": (
        MENU,
        f"globals().setdefault('LEAK', []).append(b'x' * 600_000), {MENU}",
    ),
    "20 % of errors in one region": (MENU, f"{FIFTH} if {HERE} == '{REGIONS[1]}' else {MENU}"),
}


@dataclass
class Users:
    """Readers at the edge, half of them in each region. Use it as a context manager."""

    sent: int = 0
    failed: int = 0
    slow: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Users":
        self._threads = [
            threading.Thread(target=self._read, args=(REGIONS[n % 2],)) for n in range(THREADS)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read(self, region: str) -> None:
        host, _, port = ENTRY.partition(":")
        line = http.client.HTTPConnection(host, int(port), timeout=10)
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            due = max(due + 1 / EACH_PER_SECOND, time.monotonic() - 0.2)
            began = time.monotonic()
            try:
                line.request("GET", "/menu", headers={"X-Region": region})
                answer = line.getresponse()
                answer.read()
                is_bad = answer.status != 200
            except (OSError, http.client.HTTPException):
                line.close()
                is_bad = True
            with self._lock:
                self.sent += 1
                self.failed += is_bad
                self.slow += not is_bad and time.monotonic() - began > SLOW_SECONDS


@dataclass(frozen=True)
class Gone:
    """What came of one release."""

    exposed: float | None  # None: it never had a request
    end: float
    failed: int
    slow: int
    sent: int
    why: str


def main() -> None:
    """Brings the bakery up in a new folder, releases, and takes it away again."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    root = Path(tempfile.mkdtemp(prefix="gpb-", dir="/tmp"))
    root.chmod(0o755)
    os.environ["GROUNDPLAN_HOME"] = str(root / "home")
    _write(root / "file")
    os.chdir(root / "file")
    try:
        _groundplan("up", "--yes")
        rows = [
            _row(name, [_release(name, f"{number}-{n}", change) for n in range(rounds)])
            for number, (name, change) in enumerate(BAD.items())
        ]
    finally:
        _groundplan("down", "--purge", "--yes")
        os.chdir(REPOSITORY)
        shutil.rmtree(root)
    head = ("release", "gone after", "end after", "users: failed", "slow", "of", "because")
    table(f"bad releases under {THREADS * EACH_PER_SECOND} requests/s ({rounds} each)", head, rows)


def _write(folder: Path) -> None:
    """The bakery, in two regions, with gates and a limit of memory."""
    shutil.copytree(REPOSITORY / "examples" / "bakery", folder)
    file = folder / "platform.yaml"
    text = re.sub(r"entry: \S+", f"entry: {ENTRY}", file.read_text())
    text = re.sub(r"network: \S+", f"network: {NETWORK}", text)
    text = text.replace(
        "primary: eu-central-1", f"primary: {REGIONS[0]}\n    secondary: {REGIONS[1]}"
    )
    more = '    env: {REGION: "{region}"}\n    resources: {limits: {memory: 128Mi}}\n'
    file.write_text(text.replace("    drain: 2s\n", f"    drain: 2s\n{more}") + MORE)


def _release(name: str, version: str, change: tuple[str, str]) -> Gone:
    folder = Path(f"v{version}")
    folder.mkdir()
    text = Path("till.py").read_text()
    assert text.count(change[0]) == 1, name
    (folder / "till.py").write_text(text.replace(*change))
    with Users() as users:
        time.sleep(2)
        words = ("release", "--directory", str(folder), "--version", version)
        told = subprocess.run(
            [sys.executable, "-m", "groundplan", *words, "-o", "json"],
            capture_output=True,
            text=True,
            check=False,
        )
    found = json.loads(told.stdout)
    assert found["operation"]["state"] == "aborted", found["operation"]
    at = {line["message"]: line["at"] for line in reversed(found["lines"])}  # the first of each
    return Gone(
        exposed=at["returning"] - at["shifting"] if "shifting" in at else None,
        end=found["operation"]["ended"] - found["operation"]["began"],
        failed=users.failed,
        slow=users.slow,
        sent=users.sent,
        why=found["operation"]["summary"],
    )


def _row(name: str, each: list[Gone]) -> tuple[str, ...]:
    exposed = [gone.exposed for gone in each if gone.exposed is not None]
    middle = f"{statistics.median(exposed):.0f} s" if exposed else "it had no request"
    why = (
        each[0]
        .why.removeprefix("stable serves everybody: ")
        .partition(";")[0]
        .partition(" ... ")[0]
    )
    return (
        name,
        middle,
        f"{statistics.median(gone.end for gone in each):.0f} s",
        str(round(statistics.median(gone.failed for gone in each))),
        str(round(statistics.median(gone.slow for gone in each))),
        f"{sum(gone.sent for gone in each):,}",
        why,
    )


def _groundplan(*words: str) -> str:
    return run([sys.executable, "-m", "groundplan", *words])


if __name__ == "__main__":
    main()
