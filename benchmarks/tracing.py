"""What tracing costs a request: CPU of gateway, service and tracer with 10 % sampling and without
tracing, on the same platform of one region, in turns, in one run.

A share of the spans is sent; of the others what failed or was slow, which here is next to nothing.
The load is a few readers of one process, whose own time is not counted; what the parts take
without any load neither.
"""

import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
from measured import REPOSITORY, run, table

from groundplan.design.design import Design

PLATFORM = REPOSITORY / "examples" / "mvlbim" / "platform.yaml"
PATH = "/api/v1/projects"
SECONDS, READERS, TURNS = 6.0, 4, 2
SETTLED = 8.0  # until the last spans are decided on and written
KINDS = {"gateway": "envoy", "service": "mvlbim_api", "tracer": "keepers.tracer"}
_JAEGER = re.compile(r"^jaeger:\n(?:[ #].*\n|\n)*", re.MULTILINE)
ON = "jaeger:\n  sampling:\n    default_strategy: {type: probabilistic, param: 0.1}\n\n"
Seconds = Mapping[str, float]  # of a core, by kind


def main() -> None:
    """In turns with tracing and without."""
    home = Path(tempfile.mkdtemp(prefix="gpb-", dir="/tmp"))
    home.chmod(0o755)
    folder = home / "files"
    shutil.copytree(PLATFORM.parent, folder)
    ways = {"off": "", "on": ON}
    found: dict[str, list[tuple[int, Seconds]]] = {name: [] for name in ways}
    environment = {"GROUNDPLAN_HOME": str(home / "p")}
    file = folder / "platform.yaml"
    try:
        for _ in range(TURNS):
            for name, text in ways.items():
                written = _JAEGER.sub(text, PLATFORM.read_text())
                file.write_text(written)
                run(_words("up", file, "--regions", "1", "--yes"), environment=environment)
                found[name].append(_turn(home / "p"))
    finally:
        run(_words("down", file, "--purge", "--yes"), environment=environment)
        shutil.rmtree(home)
    _tell(found)


def _words(verb: str, file: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "groundplan", verb, str(file), *options]


def _turn(home: Path) -> tuple[int, Seconds]:
    """How many requests were answered, and what that took each kind."""
    design = Design.from_json(next(home.glob("*/applied.json")).read_bytes())
    gateway = next(part for part in design.parts if part.kind == "gateway")
    place = f"{gateway.address}:{gateway.port}"
    _load(place, 2.0)  # connections, caches
    time.sleep(SETTLED)
    idle_at, idle = time.monotonic(), _used(home)
    time.sleep(SECONDS)
    began, before = time.monotonic(), _used(home)
    requests = _load(place, SECONDS)
    time.sleep(SETTLED)
    lasted, after = time.monotonic() - began, _used(home)
    waits = lasted / (began - idle_at)
    return requests, {
        kind: after[kind] - before[kind] - waits * (before[kind] - idle[kind]) for kind in KINDS
    }


def _load(place: str, seconds: float) -> int:
    words = (sys.executable, __file__, place, str(seconds))
    return int(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def read(place: str, seconds: float) -> int:
    """Reads with some connections, each as fast as it is answered; how many answers came."""
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(_read(place, seconds)))
        for _ in range(READERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def _read(place: str, seconds: float) -> int:
    host, _, port = place.partition(":")
    asked = f"GET {PATH} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode()
    count, ends = 0, time.monotonic() + seconds
    with socket.create_connection((host, int(port)), timeout=10) as line:
        answers = line.makefile("rb")
        while time.monotonic() < ends:
            line.sendall(asked)
            status = answers.readline()
            assert b" 200 " in status, status
            size = 0
            while (header := answers.readline()) != b"\r\n":
                if header.lower().startswith(b"content-length:"):
                    size = int(header.split(b":")[1])
            answers.read(size)
            count += 1
    return count


def _used(home: Path) -> Seconds:
    pid = int(next(home.glob("*/supervisor/supervisord.pid")).read_text())
    used = dict.fromkeys(KINDS, 0.0)
    for process in psutil.Process(pid).children(recursive=True):
        words = " ".join(process.cmdline())
        for kind, mark in KINDS.items():
            if mark in words:
                times = process.cpu_times()
                used[kind] += times.user + times.system
    return used


def _tell(found: Mapping[str, list[tuple[int, Seconds]]]) -> None:
    costs = {
        name: {kind: min(used[kind] / requests for requests, used in turns) * 1e6 for kind in KINDS}
        for name, turns in found.items()
    }
    rates = {
        name: max(requests for requests, _ in turns) / SECONDS for name, turns in found.items()
    }
    rows = [(kind, *(f"{costs[name][kind]:.0f} µs" for name in ("off", "on"))) for kind in KINDS]
    whole = {name: sum(each.values()) for name, each in costs.items()}
    rows.append(("together", f"{whole['off']:.0f} µs", f"{whole['on']:.0f} µs"))
    rows.append(("requests/s of the load", *(f"{rates[name]:,.0f}" for name in ("off", "on"))))
    table(
        f"CPU of a request: GET {PATH} at the gateway, {READERS} connections, least of {TURNS}",
        ("what", "without tracing", "10 % kept"),
        rows,
    )
    print(f"\ntracing makes a request {whole['on'] / whole['off']:.2f} x as dear")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(read(sys.argv[1], float(sys.argv[2])))
    else:
        main()
