"""Rows go in once, bad ones aside; columns come and widen; a kill changes nothing."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq
import pytest

from groundplan.errors import TargetError
from groundplan.operations.lake.lake import Input, Taken, ingest, into, query, standings, tidy
from groundplan.operations.lake.tiers import Ages
from groundplan.parquet.partition import DAILY, HOURLY
from groundplan.parquet.store import Store

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)


def row(number: Any, *, at: str = "2026-11-25T09:00:00Z", **more: object) -> bytes:
    return json.dumps({"timestamp": at, "n": number, **more}).encode() + b"\n"


def taken(folder: Path, data: bytes, *, depth: int = DAILY) -> Taken:
    source = folder / "input.ndjson"
    source.write_bytes(data)
    with Store(folder / "lake", compression="snappy") as store:
        return ingest(store, "events", Input(path=source), depth=depth, now=NOW)


def asked(folder: Path, sql: str) -> list[tuple[object, ...]]:
    return [each for _, rows in query(folder / "lake", sql) for each in rows]


def test_rows_are_raw_and_processed(tmp_path: Path) -> None:
    assert taken(tmp_path, row(1, user={"id": 7}) + row(2)).rows == 2
    assert asked(tmp_path, 'SELECT n, "user.id", year, day FROM events ORDER BY n') == [
        (1, 7, 2026, 25),
        (2, None, 2026, 25),
    ]
    (first, *_) = asked(tmp_path, "SELECT line FROM raw.events ORDER BY line")
    assert json.loads(str(first[0])) == {
        "timestamp": "2026-11-25T09:00:00Z",
        "n": 1,
        "user": {"id": 7},
    }


def test_the_same_input_comes_in_once(tmp_path: Path) -> None:
    data = row(1) + row(1)
    assert taken(tmp_path, data).rows == 2
    assert taken(tmp_path, data) == Taken(rows=0, known=1, bytes=len(data))
    assert asked(tmp_path, "SELECT count(*) FROM events") == [(2,)]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"not json\n", "invalid literal"),
        (b"[1]\n", "no JSON object"),
        (b"\xff\xfe\n", "not valid UTF-8"),
        (row(1, at="1970-01-01T00:00:00Z"), "no time"),
        (row(1, at="2100-01-01T00:00:00Z"), "no time"),
        (row(1, at="soon"), "no time"),
        (b'{"n": 1}\n', "no time"),
        (row("text"), "n holds int64, and this is string"),
    ],
)
def test_a_bad_row_is_put_aside_with_its_reason(bad: bytes, why: str, tmp_path: Path) -> None:
    found = taken(tmp_path, row(1) + bad + row(2))
    assert (found.rows, found.bad) == (2, 1)
    ((line, reason),) = asked(tmp_path, "SELECT line, why FROM quarantine.events")
    assert str(line) == bad.decode(errors="replace").strip()
    assert why in str(reason)
    assert asked(tmp_path, "SELECT n FROM events ORDER BY n") == [(1,), (2,)]


def test_columns_come_and_widen(tmp_path: Path) -> None:
    taken(tmp_path, row(1))
    taken(tmp_path, row(2, fresh="x"))
    taken(tmp_path, row(2.5, tags=["a"]))
    assert asked(tmp_path, "SELECT n, fresh, tags FROM events ORDER BY n") == [
        (1.0, None, None),
        (2.0, "x", None),
        (2.5, None, '["a"]'),
    ]
    assert taken(tmp_path, row("text")).bad == 1, "the column is still known in the next input"


@pytest.mark.parametrize(
    "form",
    [
        *("2026-11-25T09:00:00Z", "2026-11-25T10:00:00+01:00", "2026-11-25 09:00:00"),
        *(1_795_597_200, 1_795_597_200_000, 1_795_597_200.0),
    ],
)
def test_times_of_every_form(form: object, tmp_path: Path) -> None:
    assert taken(tmp_path, json.dumps({"ts": form, "x": 1}).encode()).bad == 0
    assert asked(tmp_path, "SELECT epoch(event_time) FROM events") == [(1_795_597_200.0,)]


def test_objects_keep_their_columns_in_later_inputs(tmp_path: Path) -> None:
    for number, value in enumerate((7, 8, 8.5, 9)):
        assert taken(tmp_path, row(number, user={"id": value, "name": "x"})).bad == 0
    assert taken(tmp_path, row(4, user={"id": "nobody"}) + row(5, user={"id": 10})).bad == 1
    assert taken(tmp_path, row(6, **{"user": {"id": 1}, "user.id": 11})).bad == 0
    found = asked(tmp_path, 'SELECT "user.id" FROM events ORDER BY n')
    assert found == [(7.0,), (8.0,), (8.5,), (9.0,), (10.0,), (11.0,)]


def test_another_cut_of_time_lies_beside_the_old_one(tmp_path: Path) -> None:
    taken(tmp_path, row(1))
    taken(tmp_path, row(2), depth=HOURLY)
    assert asked(tmp_path, "SELECT n, hour FROM events ORDER BY n") == [(1, None), (2, 9)]


def test_answers_can_be_kept(tmp_path: Path) -> None:
    taken(tmp_path, row(1) + row(2))
    with Store(tmp_path / "lake") as store:
        for _ in range(2):
            assert into(store, "sums", "SELECT sum(n) AS s FROM events", depth=3, now=NOW) == 1
            # The answer itself is new in the lake, so the second one is another question.
    assert len(asked(tmp_path, "SELECT s FROM analytics.sums")) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO 'x.csv'",
        "SELECT 1; SELECT 2",
        "DROP VIEW events",
        "ATTACH 'x.db'",
        "SET memory_limit='9GB'",
        "",
        "SELEC",
        "SELECT nope FROM events",
        "SELECT * FROM read_text('/etc/hostname')",
        "INSTALL httpfs",
    ],
)
def test_a_query_asks_and_does_nothing_else(sql: str, tmp_path: Path) -> None:
    taken(tmp_path, row(1))
    with pytest.raises(TargetError) as refused:
        asked(tmp_path, sql)
    assert "\n\n" not in refused.value.why


def test_files_age_and_go(tmp_path: Path) -> None:
    taken(tmp_path, row(1))
    policies = {"raw": Ages(infrequent=30, archive=90, expire=100), "processed": Ages(infrequent=1)}
    with Store(tmp_path / "lake") as store:
        born = datetime(2026, 11, 26, tzinfo=UTC)
        told = tidy(store, policies, born + timedelta(days=30)).told
        assert [line.split()[-1] for line in told] == ["infrequent", "infrequent"]
        assert tidy(store, policies, born + timedelta(days=30)).told == ()
        assert len(tidy(store, policies, born + timedelta(days=90)).told) == 1
    assert {(e.zone, e.tier, e.rows) for e in standings(tmp_path / "lake")} == {
        ("raw", "archive", 1),
        ("processed", "infrequent", 1),
    }
    assert asked(tmp_path, "SELECT n FROM raw.events JOIN events USING (event_time)") == [(1,)]
    with Store(tmp_path / "lake") as store:
        assert (
            "deleted zone=raw/table=events" in tidy(store, policies, born + timedelta(100)).told[0]
        )
        assert store.sweep() == 0
    assert [each.zone for each in standings(tmp_path / "lake")] == ["processed"]


@pytest.mark.parametrize(
    "data",
    [
        row("a") + b"\n  \n" + row("é日本"),
        row("a").replace(b"\n", b"\r\n") + row("b"),
        row("a") + row("b").strip(),
        row("a").strip() + row("b"),  # two on one line are none
    ],
    ids=["blank", "windows", "no-end", "two"],
)
def test_each_row_keeps_its_own_text(data: bytes, tmp_path: Path) -> None:
    found = taken(tmp_path, data)
    texts = asked(tmp_path, "SELECT line FROM raw.events") if found.rows else []
    assert sorted(json.loads(str(line))["n"] for (line,) in texts) == [
        json.loads(line)["n"] for line in data.splitlines() if line.strip() and found.rows
    ]
    assert (found.rows, found.bad) in ((2, 0), (0, 1))


@pytest.mark.parametrize("is_sorted", [True, False])
def test_rows_of_many_hours_in_any_order(is_sorted: bool, tmp_path: Path) -> None:
    hours = sorted(n % 5 for n in range(50)) if is_sorted else [n % 5 for n in range(50)]
    data = b"".join(row(n, at=f"2026-11-25T0{hour}:00:00Z") for n, hour in enumerate(hours))
    taken(tmp_path, data, depth=HOURLY)
    found = asked(tmp_path, "SELECT n, hour FROM events ORDER BY n")
    assert found == list(enumerate(hours))


KILLED = """
import os, signal, sys, threading, time
from datetime import UTC, datetime
from pathlib import Path
import groundplan.operations.lake.csv_rows as csv_rows
import groundplan.operations.lake.inputs as inputs
from groundplan.operations.lake.lake import Input, ingest
from groundplan.parquet.store import Store

path, seconds = Path(sys.argv[1]), float(sys.argv[2])
inputs.CHUNK_BYTES, inputs.ROWS, csv_rows.ROWS = 40_000, 700, 700

def kill():
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)

with Store(path.parent / "lake") as store:
    store.sweep()
    if seconds:
        threading.Thread(target=kill, daemon=True).start()
    now = datetime(2026, 11, 25, 10, tzinfo=UTC)
    given = Input(path=path, form=inputs.Form.of(path))
    ingest(store, "events", given, depth=3, now=now)
"""


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet"])
def test_killed_again_and_again_every_row_is_there_once(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"input.{form}"
    rows = pa.table({"timestamp": ["2026-11-25T09:00:00Z"] * 20_000, "n": range(20_000)})
    if form == "csv":
        pv.write_csv(rows, path)
    elif form == "parquet":
        pq.write_table(rows, path)
    else:
        path.write_bytes(b"".join(row(n) for n in range(20_000)))
    codes = [_ingest(path, 0.01 + 0.03 * n) for n in range(6)]
    assert -signal.SIGKILL in codes
    assert _ingest(path, 0) == 0
    for zone in ("raw", "processed"):
        sql = f"SELECT count(*), count(DISTINCT event_time) FROM {zone}.events"
        assert asked(tmp_path, sql) == [(20_000, 1)]
    assert asked(tmp_path, "SELECT count(DISTINCT n), sum(n) FROM events") == [
        (20_000, sum(range(20_000)))
    ]


def _ingest(path: Path, seconds: float) -> int:
    words = (sys.executable, "-c", KILLED, str(path), str(seconds))
    return subprocess.run(words, env={**os.environ}, timeout=19, check=False).returncode


def test_a_file_that_is_no_parquet_any_more_is_named(tmp_path: Path) -> None:
    taken(tmp_path, row(1))
    (tmp_path / "input.ndjson").unlink()
    for path in (tmp_path / "lake").glob("zone=processed/**/*.parquet"):
        path.write_bytes(b"PAR1 cut")
    with pytest.raises(TargetError) as refused:
        asked(tmp_path, "SELECT * FROM events")
    assert "1 of 2 files with 1 rows are gone or broken" in refused.value.why
    assert "zone=processed/table=events" in refused.value.why
