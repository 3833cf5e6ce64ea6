"""What parts write is kept once, in its class, whatever it is and whenever the collector dies."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from operations.observe.logs.samples import (
    CLASSES,
    NOW,
    collected,
    collecting,
    found,
    messages,
    source,
    write,
)

from groundplan.operations.observe.logs.collect import evidence
from groundplan.parquet.manifest import Manifest

HERE = "2026-11-25T09:59:00.5Z"


def line(message: str, *, at: str = HERE, **more: object) -> bytes:
    return json.dumps({"@timestamp": at, "message": message, **more}).encode() + b"\n"


def test_records_are_ecs_with_their_part_and_region(tmp_path: Path) -> None:
    write(tmp_path, line("hello", **{"log.level": "WARN", "trace.id": "4bf9", "user.name": "ada"}))
    with collecting(tmp_path) as collector:
        assert collected(collector).records == 1
    assert found(tmp_path) == [
        {
            "@timestamp": "2026-11-25T09:59:00.500000Z",
            "log.level": "warning",
            "message": "hello",
            "event.dataset": "json",
            "service.name": "shop",
            "service.node.name": "north/shop-1",
            "cloud.region": "north",
            "trace.id": "4bf9",
            "class": "application",
            "user.name": "ada",
        }
    ]


def test_classes_are_folders(tmp_path: Path) -> None:
    write(tmp_path, line("plain") + line("noise", **{"log.level": "debug"}))
    write(tmp_path, line("no", **{"http.response.status_code": 403, "client.ip": "203.0.113.9"}))
    write(tmp_path, line("who did what", **{"event.dataset": "shop.audit", "log.level": "debug"}))
    with collecting(tmp_path) as collector:
        collected(collector)
    for klass, message in (
        ("application", "plain"),
        ("debug", "noise"),
        ("security", "no"),
        ("audit", "who did what"),
    ):
        assert messages(tmp_path, klass=klass) == [message]
    (refused,) = found(tmp_path, klass="security")
    assert refused["event.outcome"] == "failure"
    assert refused["source.ip"] == "203.0.113.9"
    assert refused["network.direction"] == "internal", "203.0.113.0/24 is for documents"


def test_what_nothing_understands_is_kept_and_tagged(tmp_path: Path) -> None:
    odd = [b"}{", b"\xff\xfe broken", b"a\0b", b'{"cut": "of', b"x" * 300]
    write(tmp_path, b"\n".join(odd) + b"\n")
    with collecting(tmp_path) as collector:
        assert collected(collector).unparsable == len(odd)
    kept = found(tmp_path)
    assert [each["message"] for each in kept] == [
        *("}{", "\ufffd\ufffd broken", "a\\0b", '{"cut": "of', "x" * 300)
    ]
    assert kept[1]["tags"] == ["unparsable", "invalid-utf8"]
    assert all("unparsable" in each["tags"] for each in kept)


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z"])
def test_a_broken_clock_is_set_and_remembered(at: str, tmp_path: Path) -> None:
    write(tmp_path, line("when", at=at))
    with collecting(tmp_path) as collector:
        collected(collector)
    (kept,) = found(tmp_path)
    assert kept["@timestamp"].startswith("2026-11-25T10:00:00")
    assert (kept["event.created"], kept["tags"]) == (at, ["clock"])


def test_secrets_do_not_reach_the_store(tmp_path: Path) -> None:
    write(tmp_path, line("login", password="Sw0rdf1sh") + b"plain password=Sw0rdf1sh\n")
    with collecting(tmp_path) as collector:
        collected(collector)
    assert b"Sw0rdf1sh" not in b"".join(p.read_bytes() for p in (tmp_path / "store").rglob("*.*"))
    assert found(tmp_path)[0]["password"] == "[redacted]"


def test_stack_traces_stay_with_their_record(tmp_path: Path) -> None:
    write(tmp_path, b"2026-11-25 09:00:00,123 [main] ERROR a.B - boom\n")
    write(tmp_path, b"java.io.IOException: x\n\tat a.B(B.java)\n")
    with collecting(tmp_path) as collector:
        assert collected(collector).records == 1
    (kept,) = found(tmp_path)
    assert kept["message"] == "boom"
    assert kept["error.stack_trace"] == "java.io.IOException: x\n\tat a.B(B.java)"


def test_two_parts_are_one_batch(tmp_path: Path) -> None:
    write(tmp_path, line("a"))
    write(tmp_path, line("b"), part="south/shop-1")
    with collecting(tmp_path, source(), source("south/shop-1")) as collector:
        collected(collector)
    with Manifest(tmp_path / "store", read_only=True) as manifest:
        assert len({file.batch for file in manifest.files()}) == 1
    assert [each["cloud.region"] for each in found(tmp_path)] == ["north", "south"]


def test_old_records_go_and_hours_are_merged(tmp_path: Path) -> None:
    with collecting(tmp_path) as collector:
        for number in range(3):
            write(tmp_path, line(f"old {number}") + line(f"x {number}", **{"log.level": "debug"}))
            collected(collector)
        week = NOW + 7 * 86_400
        due = collector.tidy(week - 1, hot_since=week)
        assert due == ()
        (gone,) = collector.tidy(week, hot_since=week)
        assert "class=debug/year=2026/month=11/day=25/hour=09" in gone.because
    assert messages(tmp_path) == ["old 0", "old 1", "old 2"]
    with Manifest(tmp_path / "store", read_only=True) as manifest:
        assert len(manifest.files()) == 1


def test_runs_of_retention_are_evidence(tmp_path: Path) -> None:
    with collecting(tmp_path) as collector:
        write(tmp_path, line("a") + line("x", **{"log.level": "debug"}))
        collected(collector)
        now = NOW + 8 * 86_400
        gone = collector.tidy(now, hot_since=now)
        seen = evidence(collector.store, CLASSES, gone, datetime.fromtimestamp(now, UTC))
        assert [(each.promise, str(each.verdict)) for each in seen] == [
            ("retention.application_logs", "kept"),
            ("retention.security_logs", "unknown"),
            ("retention.audit_logs", "unknown"),
            ("retention.debug_logs", "kept"),
        ]
        assert seen[3].value == 8 * 86_400, "the hour ended at ten"
        for path in (tmp_path / "store").glob("class=application/**/*.parquet"):
            path.unlink()
        first, *_ = evidence(collector.store, CLASSES, (), datetime.fromtimestamp(now, UTC))
        assert str(first.verdict) == "broken"


def test_the_index_catches_up_after_a_kill(tmp_path: Path) -> None:
    since = NOW - 6 * 3600
    with collecting(tmp_path, hot=False) as collector:
        write(tmp_path, line("kept, not indexed"))
        collected(collector)
    with collecting(tmp_path) as collector:
        assert collector.catch_up(since) == 1
        assert collector.catch_up(since) == 0
    assert messages(tmp_path, "indexed") == ["kept, not indexed"]


KILLED = """
import os, random, signal, sys, threading, time
from pathlib import Path
from operations.observe.logs.samples import NOW, collecting

folder, seconds = Path(sys.argv[1]), float(sys.argv[2])

def kill():
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)

with collecting(folder) as collector:
    collector.store.sweep()
    collector.catch_up(NOW - 6 * 3600)
    print("ready", flush=True)
    if seconds:
        threading.Thread(target=kill, daemon=True).start()
    quiet = 0
    while quiet < 4:
        done = collector.round(NOW, hot_since=NOW - 6 * 3600)
        quiet = quiet + 1 if done.is_all and not done.records else 0
"""


def test_killed_again_and_again_every_line_is_there_once(tmp_path: Path) -> None:
    """A writer rotates its file while the collector is killed at random moments."""
    written = 0
    path = tmp_path / "logs" / "north" / "shop-1.log"
    for round_ in range(4):
        write(tmp_path, b"".join(line(f"n{written + n}") for n in range(2000)))
        written += 2000
        if round_ % 2:
            rotate(path)
        _collect(tmp_path, 0.02 + 0.09 * round_)
    assert _collect(tmp_path, 0) == 0
    numbers = [int(message[1:]) for message in messages(tmp_path)]
    assert sorted(numbers) == list(range(written))


def rotate(path: Path) -> None:
    for number in (2, 1, 0):
        old = path.with_name(f"{path.name}.{number}") if number else path
        if old.exists():
            old.rename(path.with_name(f"{path.name}.{number + 1}"))
    path.touch()


def _collect(folder: Path, seconds: float) -> int:
    tests = Path(__file__).parents[3]
    words = (sys.executable, "-c", KILLED, str(folder), str(seconds))
    environment = {**os.environ, "PYTHONPATH": str(tests)}
    return subprocess.run(
        words, env=environment, stdout=subprocess.DEVNULL, timeout=19, check=False
    ).returncode
