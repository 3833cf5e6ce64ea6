"""Batches go in once; merging and deleting lose nothing; a kill anywhere leaves a whole store."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from groundplan.errors import TargetError
from groundplan.parquet.keep import Keep, expired
from groundplan.parquet.manifest import NAME, Manifest
from groundplan.parquet.partition import Partition
from groundplan.parquet.query import connection, rows, scan, unreadable
from groundplan.parquet.store import Store

HOUR = datetime(2026, 11, 25, 9, tzinfo=UTC).timestamp()
HERE = Partition.at("class=application", HOUR)
NEXT = Partition.at("class=application", HOUR + 3600)
AUDIT = Partition.at("class=audit", HOUR)


def table(*numbers: int, **more: list[Any]) -> pa.Table:
    return pa.table({"number": list(numbers), **more})


def numbers(store: Path, prefix: str = "") -> list[int]:
    """What a reader sees, through the manifest."""
    manifest = Manifest(store, read_only=True)
    files = manifest.files(prefix)
    manifest.close()
    if not files:
        return []
    with connection(store) as database:
        sql = f"SELECT number FROM {scan(store, files)} ORDER BY number"
        return [row for batch in rows(database, sql) for row in batch["number"].to_pylist()]


def test_a_batch_goes_in_once(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        assert store.commit("a", {HERE: table(1, 2), NEXT: table(3)}, {"source": "12"})
        assert not store.commit("a", {HERE: table(1, 2)})
        assert store.manifest.mark("source") == "12"
    assert numbers(tmp_path) == [1, 2, 3]


def _gone(path: Path) -> None:
    path.unlink()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:40])


def _rotten(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4:80] = bytes(76)
    path.write_bytes(data)


@pytest.mark.parametrize("break_it", [_gone, _cut, _rotten])
def test_a_file_that_cannot_be_read_keeps_no_others_from_being_merged(
    break_it: Callable[[Path], None], tmp_path: Path
) -> None:
    with Store(tmp_path) as store:
        for number, batch in enumerate("abc"):
            store.commit(batch, {HERE: table(*[number] * 99), NEXT: table(number)})
        (broken,) = (file for file in store.manifest.files(HERE.path) if file.batch == "b")
        break_it(tmp_path / broken.path)
        assert store.compact(before=NEXT.ends.timestamp()) == 1 + 2
        files = store.manifest.files(HERE.path)
        assert broken in files
        assert sorted(file.rows for file in files) == [99, 198]
        assert not list(tmp_path.rglob("*.part"))


def test_anything_that_knows_hive_can_read_it(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.commit("a", {HERE: table(1), AUDIT: table(2)})
    sql = f"SELECT class, year, month, hour, number FROM '{tmp_path}/**/*.parquet' ORDER BY number"
    found = duckdb.sql(sql).fetchall()
    assert [(row[0], int(row[1]), int(row[2]), int(row[3]), row[4]) for row in found] == [
        ("application", 2026, 11, 9, 1),
        ("audit", 2026, 11, 9, 2),
    ]


def test_files_are_compressed_with_zstd(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.commit("a", {HERE: table(1)})
        (file,) = store.manifest.files()
    metadata = pq.read_metadata(tmp_path / file.path)
    assert metadata.row_group(0).column(0).compression == "ZSTD"


def test_small_files_are_merged_and_new_columns_stay(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.commit("a", {HERE: table(1), NEXT: table(9)})
        store.commit("b", {HERE: table(2, extra=["x"])})
        store.commit("c", {HERE: table(3)})
        assert store.compact(before=HERE.ends.timestamp()) == 2
        assert store.compact(before=HERE.ends.timestamp()) == 0
        assert len(store.manifest.files()) == 2
        assert not store.commit("b", {HERE: table(2)}), "a merged batch is still known"
    assert numbers(tmp_path) == [1, 2, 3, 9]
    assert len(list(tmp_path.rglob("*.parquet"))) == 2


def test_what_expired_goes_with_its_folders_and_nothing_else(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.commit("a", {HERE: table(1), NEXT: table(2), AUDIT: table(3)})
        keeps = {"class=application": Keep.days(7), "class=audit": Keep.days(2557)}
        now = datetime.fromtimestamp(HOUR + 3600 + 7 * 86_400, UTC)
        due = expired(store.manifest.partitions(), keeps, now)
        assert store.expire(due) == 1
        assert store.expire(due) == 0
    assert not (tmp_path / HERE.path).exists()
    assert numbers(tmp_path) == [2, 3]


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path), pytest.raises(TargetError, match="another process writes"):
        Store(tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.commit("a", {HERE: table(1)})
        store.commit("b", {NEXT: table(2)})
        files = store.manifest.files()
    (tmp_path / files[0].path).write_bytes(b"PAR1 and then nothing")
    assert unreadable(tmp_path, files) == files[:1]
    with connection(tmp_path) as database, pytest.raises(TargetError, match=r"a\.parquet"):
        list(rows(database, f"SELECT number FROM {scan(tmp_path, files)}"))


def test_a_full_disk_is_said_and_leaves_no_half_file(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        (tmp_path / "class=application").symlink_to("/proc/self")  # nothing can be made there
        with pytest.raises(TargetError, match="writing records") as refused:
            store.commit("a", {HERE: table(1)})
        assert refused.value.retry
        assert not store.manifest.has("a")
        (tmp_path / "class=application").unlink()
        assert store.commit("a", {HERE: table(1)})


def test_a_damaged_list_is_said(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"no database at all, but long enough to be looked at" * 40)
    with pytest.raises(TargetError, match="list of its files"):
        Store(tmp_path)


KILLED = """
import os, signal, sys
from pathlib import Path
import pyarrow as pa
from groundplan.parquet.partition import Partition
from groundplan.parquet.store import Store

folder, calls_left = Path(sys.argv[1]), int(sys.argv[2])

def trace(frame, event, argument):
    global calls_left
    if event == "call" and "groundplan/parquet" in frame.f_code.co_filename:
        calls_left -= 1
        if calls_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

hours = [Partition.at("class=application", 3600.0 * n) for n in range(3)]
with Store(folder) as store:
    store.sweep()
    sys.setprofile(trace)
    for n in range(4):
        tables = {hour: pa.table({"number": [10 * n + i]}) for i, hour in enumerate(hours)}
        store.commit(str(n), tables)
    store.compact(before=7200.0)
"""


@pytest.mark.parametrize("calls", range(4, 140, 12))
def test_a_kill_at_any_call_loses_nothing_and_doubles_nothing(calls: int, tmp_path: Path) -> None:
    whole = [10 * n + i for n in range(4) for i in range(3)]
    killed = _run(tmp_path, calls)
    seen = numbers(tmp_path)
    assert len(seen) == len(set(seen))
    assert len(seen) % 3 == 0, "a batch is whole or not there"
    assert killed in (-signal.SIGKILL, 0)
    assert _run(tmp_path, 0) == 0
    assert numbers(tmp_path) == sorted(whole)
    with Store(tmp_path) as store:
        assert store.sweep() == 0


def _run(folder: Path, calls: int) -> int:
    words = (sys.executable, "-c", KILLED, str(folder), str(calls))
    return subprocess.run(words, env={**os.environ}, timeout=15, check=False).returncode
