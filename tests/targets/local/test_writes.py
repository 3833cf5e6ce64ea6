"""Writes that reached a replica twice, from the gateways' logs."""

import json
from pathlib import Path
from typing import Any

from groundplan.targets.local.delivery.writes import Writes


def line(key: str, **fields: Any) -> str:
    told = {
        "event.dataset": "gateway.access",
        "http.request.method": "POST",
        "upstream": "127.10.10.1:8080",
        "flags": "-",
        "idempotency.key": key,
        **{name.replace("_", "."): value for name, value in fields.items()},
    }
    return json.dumps(told, separators=(",", ":")) + "\n"


def added(path: Path, *lines: str) -> None:
    with path.open("a") as stream:
        stream.writelines(lines)


def test_a_key_that_reached_replicas_twice_is_one_write_doubled(tmp_path: Path) -> None:
    east, west = tmp_path / "east.log", tmp_path / "west.log"
    added(east, line("before"))
    writes = Writes.in_logs([east, west])
    added(east, line("a"), line("b"), "not json\n", line("before"))
    writes.read()
    assert (writes.with_key, writes.doubled) == (3, 0)
    added(west, line("b"), line("c"))
    writes.read()
    assert (writes.with_key, writes.doubled) == (4, 1)


def test_what_no_replica_has_seen_is_not_doubled(tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    writes = Writes.in_logs([log])
    nobody = json.loads(line("d"))
    del nobody["upstream"]
    added(log, line("a", flags="UF"), line("a"), json.dumps(nobody) + "\n", line("d"))
    added(log, line("r", http_request_method="GET"), line("r", http_request_method="GET"))
    writes.read()
    assert (writes.with_key, writes.doubled) == (2, 0)


def test_a_log_is_followed_over_its_rotation_and_in_halves(tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    added(log, line("a"))
    writes = Writes.in_logs([log])
    half = line("b")
    added(log, line("a"), half[:20])
    writes.read()
    added(log, half[20:])
    log.rename(tmp_path / "gateway.log.1")
    added(log, line("c"), line("b"))
    writes.read()
    assert (writes.with_key, writes.doubled) == (3, 1)
