"""The lake in S3 (a moto server: shapes, no more): rows once whatever dies, troubles in words."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from operations.lake.s3 import ZONES, keys, lake_in
from operations.lake.test_lake import KILLED

from groundplan.errors import TargetError
from groundplan.operations.lake import buckets as buckets_module
from groundplan.operations.lake.buckets import Buckets, key_of
from groundplan.operations.lake.lake import Input, Taken, ingest, into, query, standings, tidy
from groundplan.operations.lake.tiers import Ages
from groundplan.parquet.manifest import Manifest
from groundplan.parquet.partition import DAILY
from groundplan.parquet.store import Store

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
BORN = datetime(2026, 11, 26, tzinfo=UTC)


def row(number: Any, *, day: int = 25, **more: object) -> bytes:
    return json.dumps({"ts": f"2026-11-{day}T09:00:00Z", "n": number, **more}).encode() + b"\n"


def taken(folder: Path, data: bytes, files: Buckets | None = None, batch: str = "") -> Taken:
    folder.mkdir(exist_ok=True)
    source = folder / "input.ndjson"
    source.write_bytes(data)
    with Store(files or lake_in(folder), compression="snappy") as store:
        return ingest(store, "events", Input(path=source, batch=batch), depth=DAILY, now=NOW)


def asked(folder: Path, sql: str) -> list[tuple[object, ...]]:
    return [each for _, rows in query(lake_in(folder), sql) for each in rows]


def test_each_zone_is_in_its_bucket_and_an_input_comes_in_once(s3: Any, tmp_path: Path) -> None:
    data = row(1, user={"id": 7}) + row(2) + b"bad\n"
    assert (taken(tmp_path, data).rows, taken(tmp_path, data).known) == (2, 1)
    found = asked(tmp_path, 'SELECT n, "user.id", year, day, zone FROM events ORDER BY n')
    assert found == [(1, 7, 2026, 25, "processed"), (2, None, 2026, 25, "processed")]
    assert asked(tmp_path, "SELECT line FROM quarantine.events") == [("bad",)]
    assert [key.split("/")[0] for key in keys(s3, ZONES["raw"])] == ["zone=quarantine", "zone=raw"]
    assert len(keys(s3, ZONES["processed"])) == 1
    assert [*tmp_path.rglob("*.parquet*")] == [], "nothing of it stays here"
    with Store(lake_in(tmp_path)) as store:
        assert (
            into(store, "sums", "SELECT sum(n) AS s, 1 AS year FROM events", depth=3, now=NOW) == 1
        )
    assert asked(tmp_path, "SELECT s, year_, year FROM analytics.sums") == [(3, 1, 2026)]


def test_another_machine_finds_all_of_it(s3: Any, tmp_path: Path) -> None:
    for number in range(3):
        taken(tmp_path / "a", row(number))
    assert asked(tmp_path / "b", "SELECT count(*) FROM events") == [(3,)]
    assert taken(tmp_path / "b", row(1)).known == 1
    assert {(e.zone, e.files) for e in standings(lake_in(tmp_path / "c"))} == {
        ("processed", 3),
        ("raw", 3),
    }


def test_columns_widen_over_files(s3: Any, tmp_path: Path) -> None:
    for data in (row(1), row(2, fresh="x"), row(2.5)):
        taken(tmp_path, data)
    found = asked(tmp_path, "SELECT n, fresh FROM events ORDER BY n")
    assert found == [(1.0, None), (2.0, "x"), (2.5, None)]


class Dying:
    """A client whose process ends at its n-th call, before it is made or after."""

    def __init__(self, client: Any, calls: int, *, after: bool) -> None:
        self._client = client
        self._left = calls
        self._after = after

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._client, name)
        if name not in ("put_object", "upload_file", "get_object", "delete_objects", "copy_object"):
            return real

        def call(*given: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                raise EndpointConnectionError(endpoint_url="away")
            found = real(*given, **named)
            if self._left == 0:
                if isinstance(found, dict) and "Body" in found:
                    found["Body"].close()  # or its socket is found open in some later test
                raise EndpointConnectionError(endpoint_url="away")
            return found

        return call


def dying(folder: Path, calls: int, *, after: bool) -> Buckets:
    files = lake_in(folder)
    client = Dying(files._client, calls, after=after)
    files._client = files.log._client = client
    return files


@pytest.mark.parametrize("after", [False, True])
def test_dying_at_any_call_changes_nothing(after: bool, s3: Any, tmp_path: Path) -> None:
    deaths = 0
    for calls in range(1, 9):
        data = row(calls) + row(calls + 0.5)
        try:
            taken(tmp_path, data, dying(tmp_path, calls, after=after))
        except TargetError:
            deaths += 1
        taken(tmp_path, data)
    assert deaths >= 4
    for zone in ("raw", "processed"):
        assert asked(tmp_path, f"SELECT count(*) FROM {zone}.events") == [(16,)]
    assert asked(tmp_path, "SELECT count(DISTINCT n) FROM events") == [(16,)]


@pytest.mark.parametrize("after", [False, True])
def test_dying_while_it_is_merged_moved_or_deleted(after: bool, s3: Any, tmp_path: Path) -> None:
    policies = {"raw": Ages(infrequent=1, expire=10), "processed": Ages(infrequent=1)}

    def work(files: Buckets, days: int) -> None:
        with Store(files, compression="snappy") as store:
            store.compact(before=BORN.timestamp())
            tidy(store, policies, BORN + timedelta(days=days))

    for number in range(4):
        taken(tmp_path, row(number))
    for days in (1, 10):
        for calls in range(1, 8):
            try:
                work(dying(tmp_path, calls, after=after), days)
            except TargetError:
                continue
        work(lake_in(tmp_path), days)
        assert asked(tmp_path, "SELECT count(*), count(DISTINCT n) FROM events") == [(4, 4)]
    assert [(e.zone, e.tier, e.files) for e in standings(lake_in(tmp_path))] == [
        ("processed", "infrequent", 1)
    ]


def test_an_answer_that_got_lost_is_known_again(s3: Any, tmp_path: Path) -> None:
    """A put that came through is repeated by the client, and is told that something is there."""
    for number in range(2):
        taken(tmp_path, row(number))
    files = lake_in(tmp_path)
    real = files._client.put_object

    class Twice:
        def __getattr__(self, name: str) -> Any:
            return self._put if name == "put_object" else getattr(s3, name)

        def _put(self, **given: Any) -> Any:
            with suppress(ClientError):
                real(**given)
            return real(**given)

    files.log._client = Twice()
    with Store(files, compression="snappy") as store:
        assert store.compact(before=BORN.timestamp()) == 2
    assert len(keys(s3, ZONES["processed"])) == len(keys(s3, ZONES["raw"])) == 1
    assert asked(tmp_path, "SELECT count(*) FROM events") == [(2,)]


def test_two_who_write_at_once_are_one_after_the_other(s3: Any, tmp_path: Path) -> None:
    sources = []
    for name in "ab":
        (tmp_path / name).mkdir()
        sources.append(tmp_path / name / "input.ndjson")
        sources[-1].write_bytes(row(1) + row(2) + (row(3) if name == "b" else b""))
    with Store(lake_in(tmp_path / "a")) as a, Store(lake_in(tmp_path / "b")) as b:
        given = [Input(path=path, batch="same") for path in sources]
        assert ingest(a, "events", given[0], depth=DAILY, now=NOW).rows == 2
        ingest(b, "events", given[1], depth=DAILY, now=NOW)
        assert b.lost() == (), "what came too late is written over nothing"
        sources[1].write_bytes(row(1) + row(2))
        ingest(b, "events", Input(path=sources[1], batch="more"), depth=DAILY, now=NOW)
    with Store(lake_in(tmp_path / "a")) as a, Store(lake_in(tmp_path / "b")) as b:
        assert a.compact(before=BORN.timestamp()) == 2
        with suppress(TargetError):  # its files are merged under its eyes
            b.compact(before=BORN.timestamp())
        taken(tmp_path / "c", row(5))
        b.note({"who": "b"})
    assert asked(tmp_path / "c", "SELECT count(*), count(DISTINCT n) FROM events") == [(5, 3)]
    assert asked(tmp_path / "a", "SELECT count(*) FROM events") == [(5,)]
    seen = []
    for name in "abc":
        asked(tmp_path / name, "SELECT 1")
        with Manifest(lake_in(tmp_path / name).folder, read_only=True) as manifest:
            seen.append((manifest.files(), manifest.log_number()))
    assert seen[0] == seen[1] == seen[2]


def test_what_is_not_asked_for_is_not_read(s3: Any, tmp_path: Path) -> None:
    for day in (23, 24, 25):
        taken(tmp_path, row(day, day=day))
    (broken,) = (key for key in keys(s3, ZONES["processed"]) if "day=24" in key)
    size = s3.head_object(Bucket=ZONES["processed"], Key=broken)["ContentLength"]
    s3.put_object(Bucket=ZONES["processed"], Key=broken, Body=b"x" * size)
    assert asked(tmp_path, "SELECT n FROM events WHERE event_time < '2026-11-24'") == [(23,)]
    for where in ("day = 25", "event_time >= '2026-11-25'", "event_time > '2026-11-25' AND n > 1"):
        assert asked(tmp_path, f"SELECT n FROM events WHERE {where}") == [(25,)]
    with pytest.raises(TargetError):
        asked(tmp_path, "SELECT n FROM events")
    s3.delete_object(Bucket=ZONES["processed"], Key=broken)
    with pytest.raises(TargetError) as refused:
        asked(tmp_path, "SELECT n FROM events")
    assert "1 of 6 files with 1 rows are gone or broken" in refused.value.why
    assert broken in refused.value.why


def test_tiers_are_storage_classes(s3: Any, tmp_path: Path) -> None:
    taken(tmp_path, row(1))
    policies = {"raw": Ages(infrequent=30, archive=90, expire=100), "processed": Ages(infrequent=1)}

    def classes() -> dict[str, str]:
        found = {}
        for zone in ("raw", "processed"):
            (key,) = keys(s3, ZONES[zone])
            head = s3.head_object(Bucket=ZONES[zone], Key=key)
            found[zone] = head.get("StorageClass", "STANDARD")
        return found

    with Store(lake_in(tmp_path)) as store:
        assert len(tidy(store, policies, BORN + timedelta(days=30)).told) == 2
        assert classes() == {"raw": "STANDARD_IA", "processed": "STANDARD_IA"}
        assert tidy(store, policies, BORN + timedelta(days=30)).told == ()
        assert len(tidy(store, policies, BORN + timedelta(days=90)).told) == 1
        assert classes() == {"raw": "GLACIER", "processed": "STANDARD_IA"}
        assert store.lost() == ()
    assert asked(tmp_path, "SELECT n FROM events") == [(1,)]
    with pytest.raises(TargetError) as cold:
        asked(tmp_path, "SELECT * FROM raw.events")
    assert "1 of 2 files are in the archive, where reading takes hours" in cold.value.why
    with Store(lake_in(tmp_path)) as store:
        tidy(store, policies, BORN + timedelta(days=100))
    assert keys(s3, ZONES["raw"]) == []
    (key,) = keys(s3, ZONES["processed"])
    s3.delete_object(Bucket=ZONES["processed"], Key=key)
    with Store(lake_in(tmp_path)) as store:
        assert [key_of(file.path) for file in store.lost()] == [key]


def test_what_a_kill_left_is_swept_a_day_later(
    s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken(tmp_path, row(1))
    s3.put_object(Bucket=ZONES["raw"], Key="zone=raw/table=x/year=2026/a.parquet", Body=b"half")
    with Store(lake_in(tmp_path)) as store:
        assert store.sweep() == 0, "somebody else may be writing it"
        monkeypatch.setattr(buckets_module, "WRITING", timedelta(0))
        assert store.sweep() == 1
    assert asked(tmp_path, "SELECT n FROM events") == [(1,)]


def test_the_lake_of_another_platform_is_not_written_to(s3: Any, tmp_path: Path) -> None:
    taken(tmp_path, row(1))
    with pytest.raises(TargetError) as refused:
        taken(tmp_path / "other", row(2), lake_in(tmp_path / "other", "shop-staging"))
    assert "it holds the lake of shop-production, and this is shop-staging" in refused.value.why


@pytest.mark.stories
@pytest.mark.faults
def test_killed_again_and_again_every_row_is_there_once(s3: Any, tmp_path: Path) -> None:
    folder = "lake_in(path.parent)"
    program = KILLED.replace('path.parent / "lake"', folder).replace("40_000", "200_000")
    program = f"from operations.lake.s3 import lake_in\n{program}"
    (tmp_path / "input.ndjson").write_bytes(b"".join(row(n) for n in range(40_000)))

    def code(seconds: float) -> int:
        words = (sys.executable, "-c", program, str(tmp_path / "input.ndjson"), str(seconds))
        own = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        return subprocess.run(words, env=own, timeout=50, check=False).returncode

    codes = [code(0.05 + 0.1 * n) for n in range(6)]
    assert -signal.SIGKILL in codes
    assert code(0) == 0
    sql = "SELECT count(*), count(DISTINCT n), sum(n) FROM events"
    assert asked(tmp_path, sql) == [(40_000, 40_000, sum(range(40_000)))]
