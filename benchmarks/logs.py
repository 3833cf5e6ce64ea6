"""How fast logs are kept and found, beside plain pyarrow and DuckDB on the same lines, in one run.

The lines are ECS JSON of about 420 bytes over six hours. The collector redacts, understands and
sorts them into classes; its peers only convert. Everything has one thread, and rates are lines per
second of CPU time, the best of five rounds: what else runs on the machine is not counted, waiting
for the disk neither.
"""

import gzip
import random
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import orjson
import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq
from measured import best_of, fresh, table

from groundplan.design.log_class import LogClass
from groundplan.operations.observe.logs.collect import Collector
from groundplan.operations.observe.logs.hot import Hot
from groundplan.operations.observe.logs.question import Question, terms
from groundplan.operations.observe.logs.record import LogSource
from groundplan.operations.observe.logs.search import Search
from groundplan.parquet.store import Store

LINES = 300_000
BEGIN = 1_795_586_400.0  # 2026-11-25 06:00
NOW = BEGIN + 6 * 3600
CLASSES = tuple(
    LogClass(name=name, keep=keep, filters=())
    for name, keep in (("application", "90 days"), ("security", "1 year"), ("debug", "7 days"))
)
SOURCE = LogSource(part="north/shop-1", site="north", kind="service", service="shop")


def main() -> None:
    """Ingest, size, search."""
    folder = Path(tempfile.mkdtemp(prefix="gp-bench-"))
    try:
        _measure(folder)
    finally:
        shutil.rmtree(folder)


def _measure(folder: Path) -> None:
    output = folder / "logs" / "north" / "shop-1.log"
    output.parent.mkdir(parents=True)
    size = _write(output)
    pa.set_cpu_count(1)
    arrow, duck, plain = best_of(
        lambda: pq.write_table(pj.read_json(output), folder / "a.parquet"),
        lambda: _duckdb(output, fresh(folder / "duck")),
        lambda: _collect(fresh(folder / "plain"), indexed=False),
    )
    (indexed,) = best_of(lambda: _collect(fresh(folder / "indexed"), indexed=True), rounds=1)
    table(
        f"{LINES:,} log lines, {size / LINES:.0f} bytes each",
        ("what", "lines/s of a core", "ratio to its peer"),
        (
            ("pyarrow: JSON to one Parquet file", _rate(arrow), "1.0"),
            ("DuckDB, 1 thread: JSON to Hive folders, zstd", _rate(duck), "1.0"),
            ("collector", _rate(plain), f"{arrow / plain:.2f} and {duck / plain:.2f}"),
            ("collector and fast index", _rate(indexed), f"{plain / indexed:.2f} x without it"),
        ),
    )
    lines = sum(1 for _ in Search(folder / "plain").newest(Question(limit=0, since=NOW - 3600)))
    if lines != LINES // 6:
        sys.exit(f"{lines} lines of the last hour")
    kept = sum(path.stat().st_size for path in (folder / "plain").rglob("*.parquet"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    zipped = len(gzip.compress(output.read_bytes())) / LINES
    print(
        f"\n{kept / LINES:.1f} bytes a line on disk, gzip of the JSON {zipped:.1f}; "
        f"{peak} MB of memory at most"
    )
    _find(folder)


def _find(folder: Path) -> None:
    rows = (
        ("rare word, fast index", _search(folder / "indexed", "needle3")),
        ("a word that is nowhere, fast index", _search(folder / "indexed", "needle7")),
        ("rare word, files", _search(folder / "plain", "needle3")),
        ("phrase, files", _search(folder / "plain", '"connection reset by peer"')),
        ("level and time, files", _search(folder / "plain", "level:error", since=NOW - 3600)),
    )
    table(
        f"search in {LINES:,} lines",
        ("what", "ms"),
        [(what, f"{seconds * 1000:.0f}") for what, seconds in rows],
    )


def _write(path: Path) -> int:
    chance = random.Random(7)
    levels = ("info",) * 90 + ("warning",) * 6 + ("error",) * 3 + ("debug",)
    says = ("request", "connection reset by peer", "cache miss for project", "saved model version")
    with path.open("wb") as stream:
        for number in range(LINES):
            at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(BEGIN + number * 21_600 / LINES))
            word = f" needle{number // 50_000}" if number % 50_000 == 0 else ""
            record = {
                "@timestamp": f"{at}.{number % 1_000_000:06d}Z",
                "log.level": chance.choice(levels),
                "message": chance.choice(says) + word,
                "ecs.version": "8.11",
                "service.name": "shop",
                "service.version": "1.0.0",
                "cloud.region": "north",
                "trace.id": f"{chance.getrandbits(128):032x}",
                "span.id": f"{chance.getrandbits(64):016x}",
                "http.request.method": "GET",
                "url.path": f"/api/v1/projects/{chance.randrange(5000)}",
                "http.response.status_code": 200 if number % 50 else 500,
                "event.duration": chance.randrange(10**9),
                "client.ip": f"10.0.{chance.randrange(256)}.{chance.randrange(256)}",
                "user.id": f"u{chance.randrange(10_000)}",
            }
            stream.write(orjson.dumps(record) + b"\n")
    return path.stat().st_size


def _duckdb(source: Path, to: Path) -> None:
    with duckdb.connect() as database:
        database.execute("SET threads=1")
        database.execute(
            f"COPY (SELECT *, hour(\"@timestamp\") AS hour FROM read_json('{source}')) TO '{to}'"
            " (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (hour))"
        )


def _collect(to: Path, *, indexed: bool) -> None:
    with Store(to) as store:
        hot = Hot(to) if indexed else None
        collector = Collector(to.parent / "logs", store, CLASSES, hot=hot)
        collector.follow((SOURCE,))
        while not (done := collector.round(NOW, hot_since=BEGIN)).is_all or done.records:
            pass
        if hot:
            hot.close()


def _search(store: Path, query: str, *, since: float = 0.0) -> float:
    question = Question(terms=terms(query), since=since)

    def once() -> float:
        began = time.perf_counter()
        list(Search(store).newest(question))
        return time.perf_counter() - began

    return min(once() for _ in range(5))


def _rate(seconds: float) -> str:
    return f"{LINES / seconds:,.0f}"


if __name__ == "__main__":
    main()
