"""Killed 50 times over a million numbered lines: each line and each row is there once."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from groundplan.operations.lake.lake import query
from groundplan.parquet.manifest import Manifest
from groundplan.parquet.query import connection, rows, scan
from tests.operations.lake.test_lake import KILLED as LAKE
from tests.operations.observe.logs.test_collect import KILLED as COLLECTOR
from tests.operations.observe.logs.test_collect import rotate

pytestmark = [pytest.mark.stories, pytest.mark.faults, pytest.mark.timeout(900)]

LINES = 1_000_000
ROUNDS = 50
TESTS = Path(__file__).parents[1]


def _killed(program: str, place: Path, seconds: float) -> int:
    words = (sys.executable, "-c", program, str(place), str(seconds))
    return subprocess.run(
        words,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.DEVNULL,
        timeout=280,
        check=False,
    ).returncode


def test_no_line_is_lost_or_doubled_by_50_kills(tmp_path: Path) -> None:
    chance = random.Random(4711)
    path = tmp_path / "logs" / "north" / "shop-1.log"
    path.parent.mkdir(parents=True)
    share = LINES // ROUNDS
    kills = 0
    for number in range(ROUNDS):
        with path.open("ab") as stream:
            first = number * share
            stream.writelines(b'{"message":"n%d"}\n' % n for n in range(first, first + share))
        if number % 20 == 10:  # three backups are kept: what was not read by then would be gone
            rotate(path)
        kills += _killed(COLLECTOR, tmp_path, chance.uniform(0.02, 0.4)) == -signal.SIGKILL
    assert kills >= ROUNDS // 2, "most of them hit it at work"
    assert _killed(COLLECTOR, tmp_path, 0) == 0
    store = tmp_path / "store"
    with Manifest(store, read_only=True) as manifest, connection(store) as database:
        sql = (
            "SELECT count(*), count(DISTINCT message), min(n), max(n) FROM "
            f"(SELECT message, substr(message, 2)::INT AS n FROM {scan(store, manifest.files())})"
        )
        found = [tuple(row.values()) for batch in rows(database, sql) for row in batch.to_pylist()]
    assert found == [(LINES, LINES, 0, LINES - 1)]


def test_no_row_of_the_lake_is_lost_or_doubled_by_50_kills(tmp_path: Path) -> None:
    chance = random.Random(4712)
    path = tmp_path / "input.ndjson"
    with path.open("w") as stream:
        for number in range(LINES):
            stream.write(json.dumps({"ts": "2026-11-25T09:00:00Z", "n": number}) + "\n")
    program = LAKE.replace("40_000", "1_000_000")
    codes = [_killed(program, path, chance.uniform(0.01, 0.5)) for _ in range(ROUNDS)]
    assert -signal.SIGKILL in codes
    assert _killed(program, path, 0) == 0
    sql = "SELECT count(*), count(DISTINCT n), min(n), max(n) FROM events"
    found = [row for _, answer in query(tmp_path / "lake", sql) for row in answer]
    assert found == [(LINES, LINES, 0, LINES - 1)]
