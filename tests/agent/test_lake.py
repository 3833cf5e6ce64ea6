"""The lake as a process would run it: rows over HTTP once, the services' events, evidence."""

import asyncio
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from cli.doubles import DESIGN
from operations.lake.s3 import ZONES, emptied, enter, moto, variables
from operations.lake.samples import THROUGHPUT
from operations.observe.logs.samples import CLASSES, source

from groundplan.agent.keepers.lake import main, serve
from groundplan.agent.keepers.lake_http import BYTES_MAX
from groundplan.agent.keepers.lake_keeper import EVENTS, Keeper
from groundplan.agent.keepers.service_events import name_logs, service_spool
from groundplan.agent.voice import Voice
from groundplan.design.lake_zone import LakeZone
from groundplan.design.parts import Lake
from groundplan.errors import TargetError
from groundplan.operations.lake.lake import Input, query
from groundplan.operations.observe.logs.collect import Collector
from groundplan.parquet.store import Store
from groundplan.ports.folder import AWS_VARIABLES, LEDGER
from groundplan.ports.folder import DESIGN as DESIGN_FILE
from groundplan.ports.records import lake_of, logs_of
from groundplan.promise.ledger import Ledger
from groundplan.promise.promise import EvidenceKind

# Of this process: suites run side by side.
HERE = f"127.64.{os.getpid() // 250 % 250}.{os.getpid() % 250 + 1}"
PROMISE = "data_lake.lifecycle_policies[0].expiration"
PART = Lake(
    name="global/lake",
    site="global",
    address=HERE,
    depth=3,
    compression="snappy",
    zones=(
        LakeZone(name="raw", infrequent=30, expire=2557, promise=PROMISE),
        LakeZone(name="processed"),
    ),
    told_by=("shop",),
)
ROW = b'{"ts":"2026-11-25T09:00:00Z","n":1}\n'


@dataclass
class Running:
    """A lake that serves."""

    folder: Path
    http: httpx.Client
    voice: Voice

    def post(self, table: str, body: bytes, **headers: str) -> httpx.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(f"/v1/tables/{table}", content=body, headers=given)

    def asked(self, sql: str) -> list[tuple[object, ...]]:
        return [each for _, rows in query(lake_of(self.folder), sql) for each in rows]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("lake")
    design = replace(DESIGN, parts=(PART,), promises=(THROUGHPUT,))
    stop: list[Any] = []
    voice = Voice()

    async def run() -> None:
        ended = asyncio.Event()
        stop.append((asyncio.get_running_loop(), ended))
        await serve(folder, design, voice, ended, events_seconds=0.1)

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    with httpx.Client(base_url=f"http://{PART.address}:{PART.port}", timeout=15) as client:
        ends = time.monotonic() + 15
        while time.monotonic() < ends:
            try:
                client.get("/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.02)
        yield Running(folder, client, voice)
    loop, ended = stop[0]
    loop.call_soon_threadsafe(ended.set)
    thread.join(timeout=15)
    assert not thread.is_alive()


def test_a_batch_is_in_once(lake: Running) -> None:
    for known in (0, 1):
        told = lake.post("once", ROW * 3).json()
        assert told == {"rows": 0 if known else 3, "bad": 0, "known": known}
    as_curl = "application/x-www-form-urlencoded"
    assert lake.post("once", ROW, batch_id="b:1", content_type=as_curl).json()["rows"] == 1
    assert lake.post("once", ROW + ROW, batch_id="b:1").json() == {"rows": 0, "bad": 0, "known": 1}
    assert lake.asked("SELECT count(*) FROM once") == [(4,)]


def test_other_forms_and_bad_rows(lake: Running) -> None:
    csv = b"ts,n\n2026-11-25,7\n2026-11-25\n"
    told = lake.post("forms", csv, content_type="text/csv; charset=utf-8").json()
    assert told == {"rows": 1, "bad": 1, "known": 0}
    assert lake.post("forms", ROW + b"no\n", content_type="application/json").json()["bad"] == 1
    assert lake.asked("SELECT n FROM forms ORDER BY n") == [(1,), (7,)]


@pytest.mark.parametrize(
    ("path", "headers", "body", "status", "why"),
    [
        ("/v1/tables/a-b", {}, ROW, 404, "/v1/tables/TABLE"),
        ("/", {}, ROW, 404, "/v1/tables/TABLE"),
        ("/v1/tables/a", {"content-type": "image/png"}, ROW, 415, "one of these types"),
        ("/v1/tables/a", {"content-encoding": "gzip"}, ROW, 415, "plain"),
        ("/v1/tables/a", {"batch-id": "a b"}, ROW, 400, "Batch-Id"),
        ("/v1/tables/a", {"content-type": "text/csv"}, b"a,a\n", 400, "first line"),
        (
            "/v1/tables/a",
            {"content-type": "application/vnd.apache.parquet"},
            b"PAR1",
            400,
            "no Parquet",
        ),
    ],
)
def test_what_is_refused_says_why(
    path: str, headers: dict[str, str], body: bytes, status: int, why: str, lake: Running
) -> None:
    told = lake.http.post(path, content=body, headers=headers)
    assert told.status_code == status
    assert why in told.json()["error"]


def test_a_body_that_is_too_large_is_not_kept(lake: Running) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range((BYTES_MAX >> 20) + 2):
            yield ROW * ((1 << 20) // len(ROW))

    assert lake.http.post("/v1/tables/big", content=endless()).status_code == 413
    assert lake.http.get("/v1/tables/big").status_code == 405
    assert lake.http.get("/healthz").json() == {"troubles": {}}
    assert list((lake_of(lake.folder) / ".incoming").iterdir()) == []


def test_a_big_batch_is_evidence_of_the_throughput(lake: Running) -> None:
    row = b'{"ts":"2026-11-25T09:00:00Z","text":"%s"}\n' % (b"x" * 900)
    assert lake.post("fast", row * 5000).json()["rows"] == 5000
    with Ledger(lake.folder / LEDGER, read_only=True) as ledger:
        assert ledger.latest(THROUGHPUT.id, EvidenceKind.MEASURED) is not None


def told(folder: Path, *records: dict[str, object]) -> None:
    """The service writes, and the collector keeps it."""
    output = folder / "logs" / "north" / "shop-1.log"
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("a") as stream:
        stream.writelines(json.dumps(each) + "\n" for each in records)
    with Store(logs_of(folder), wait_seconds=10) as store:
        collector = Collector(folder / "logs", store, CLASSES)
        collector.follow((source(),))
        collector.spool_for([(service_spool(folder), 0)])
        for _ in range(3):
            collector.round(time.time())
        collector.feed()


def test_the_services_own_events_come_in_once(lake: Running) -> None:
    record = {"message": "GET /a", "event.dataset": "shop.access", "url.path": "/a"}
    told(lake.folder, record, {"message": "no event"}, {"message": "paid", "event.kind": "event"})
    told(lake.folder, record)
    sql = f'SELECT message, "service.name" FROM {EVENTS} ORDER BY message'
    wanted = [("GET /a", "shop"), ("GET /a", "shop"), ("paid", "shop")]
    ends = time.monotonic() + 15
    found: list[tuple[object, ...]] = []
    while found != wanted and time.monotonic() < ends:
        time.sleep(0.05)
        if f"table={EVENTS}" in str(list(lake_of(lake.folder).rglob("*.parquet"))):
            found = lake.asked(sql)
    assert found == wanted
    assert lake.voice.troubles == {}


def test_events_wait_for_a_lake_that_was_away(tmp_path: Path) -> None:
    """For longer than logs are single batches; and a kill between taking and letting go is none."""
    for n in range(3):
        told(tmp_path, {"message": str(n), "event.dataset": "shop.access"})
    with Store(logs_of(tmp_path)) as store:
        assert store.compact(before=time.time() + 7200)
    spool = service_spool(tmp_path)
    entries = {entry: spool.path(entry).read_bytes() for entry in spool.entries()}
    assert len(entries) >= 3
    keeper = Keeper(tmp_path, PART, (), Voice())
    keeper.begin()
    for _ in range(2):
        keeper.events()
        assert spool.entries() == ()
        found = query(lake_of(tmp_path), f"SELECT message FROM {EVENTS} ORDER BY message")
        assert [each for _, rows in found for each in rows] == [("0",), ("1",), ("2",)]
        for entry, data in entries.items():
            spool.path(entry).write_bytes(data)


def test_logs_that_begin_anew_are_not_taken_for_the_old_ones(tmp_path: Path) -> None:
    for number in range(2):
        logs_of(tmp_path).mkdir(parents=True)
        with Store(logs_of(tmp_path)) as store:
            name_logs(store.manifest)
        told(tmp_path, {"message": f"{number}", "event.dataset": "shop.access"})
        keeper = Keeper(tmp_path, PART, (), Voice())
        keeper.begin()
        keeper.events()
        shutil.rmtree(logs_of(tmp_path))
        (tmp_path / "logs" / "north" / "shop-1.log").unlink()
    found = query(lake_of(tmp_path), f"SELECT message FROM {EVENTS} ORDER BY message")
    assert [each for _, rows in found for each in rows] == [("0",), ("1",)]


def test_s3_may_be_away_and_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(monkeypatch, "http://127.0.0.1:9")
    voice = Voice()
    keeper = Keeper(tmp_path, replace(PART, buckets=tuple(ZONES.items())), (), voice)
    keeper.begin()
    assert "S3 is not reached" in voice.troubles["store"]
    path = tmp_path / "rows.ndjson"
    path.write_bytes(ROW)
    with pytest.raises(TargetError) as refused:
        keeper.take("events", Input(path=path))
    assert refused.value.part == "store", "so the sender is told to come again"
    with moto() as url:
        emptied(enter(monkeypatch, url))
        (tmp_path / "secrets").mkdir()
        (tmp_path / AWS_VARIABLES).write_text(json.dumps(variables(url)))
        monkeypatch.delenv("AWS_ENDPOINT_URL_S3")
        assert keeper.take("events", Input(path=path)).rows == 1
        keeper.tidy()
        assert voice.troubles == {}


def test_a_run_of_the_policies_is_evidence(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, PART, (), Voice())
    keeper.begin()
    keeper.tidy()
    with Ledger(tmp_path / LEDGER, read_only=True) as ledger:
        seen = ledger.latest(PROMISE, EvidenceKind.MEASURED)
    assert seen is not None
    assert seen.because == "nothing was kept yet"


def test_a_store_that_cannot_be_opened_ends_it_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / DESIGN_FILE).write_bytes(replace(DESIGN, parts=(PART,)).to_json())
    place = lake_of(tmp_path)
    place.mkdir(parents=True)
    (place / "manifest.sqlite").write_bytes(b"this is no database, however long it is" * 50)
    assert main([str(tmp_path)]) == 4
    assert "list of its files" in capsys.readouterr().err
