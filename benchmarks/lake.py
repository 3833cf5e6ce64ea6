"""How fast rows come into the lake, beside plain pyarrow and DuckDB on the same rows, in one run.

The lake keeps each row twice, as text and typed, and puts bad rows aside; its peers only convert.
One thread each; rates are those of CPU time, so that what else runs on the machine is not counted,
and the best of five rounds, because it takes the caches away.
"""

import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.json as pj
from measured import best_of, fresh, table

from groundplan.operations.lake.lake import Input, ingest, query
from groundplan.parquet.store import Store

ROWS = 300_000
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
KPI_BYTES_PER_SECOND = 1e9 / 3600


def main() -> None:
    """Ingest, then a question."""
    folder = Path(tempfile.mkdtemp(prefix="gp-bench-"))
    try:
        _measure(folder)
    finally:
        shutil.rmtree(folder)


def _measure(folder: Path) -> None:
    source = folder / "rows.ndjson"
    size = _write(source)
    pa.set_cpu_count(1)

    def lake(to: Path) -> None:
        with Store(to, compression="snappy") as store:
            ingest(store, "events", Input(path=source), depth=4, now=NOW)

    arrow, duck, ours = best_of(
        lambda: _pyarrow(source, fresh(folder / "arrow")),
        lambda: _duckdb(source, fresh(folder / "duck")),
        lambda: lake(fresh(folder / "lake")),
    )
    sql = "SELECT kind, count(*), avg(ms) FROM events WHERE hour = 9 GROUP BY 1"
    asked = _seconds(lambda: list(query(folder / "lake", sql)))
    rates = [size / seconds / 1e6 for seconds in (arrow, duck, ours)]
    table(
        f"{ROWS:,} rows, {size / 1e6:.0f} MB of JSON, to Hive folders by hour",
        ("what", "MB/s", "GB/hour", "ratio to its peer"),
        (
            ("pyarrow", f"{rates[0]:.1f}", f"{rates[0] * 3.6:.0f}", "1.0"),
            ("DuckDB, 1 thread", f"{rates[1]:.1f}", f"{rates[1] * 3.6:.0f}", "1.0"),
            (
                "lake ingest: raw and processed",
                f"{rates[2]:.1f}",
                f"{rates[2] * 3.6:.0f}",
                f"{arrow / ours:.2f} and {duck / ours:.2f}",
            ),
        ),
    )
    print(f"\n{rates[2] * 1e6 / KPI_BYTES_PER_SECOND:.0f} x the KPI of 1 GB/hour")
    print(f"one hour of {ROWS:,} rows, grouped: {asked * 1000:.0f} ms")


def _write(path: Path) -> int:
    with path.open("wb") as stream:
        for number in range(ROWS):
            hour, minute = number * 12 // ROWS, number % 60
            row = {
                "timestamp": f"2026-11-25T{hour:02d}:{minute:02d}:00Z",
                "kind": ("view", "edit", "upload")[number % 3],
                "ms": number % 977,
                "project": f"p{number % 5000}",
                "user": {"id": number % 10_000, "region": "eu-west-1"},
                "comment": f"model version {number} of the north tower",
            }
            stream.write(orjson.dumps(row) + b"\n")
    return path.stat().st_size


def _pyarrow(source: Path, to: Path) -> None:
    rows = pj.read_json(source, read_options=pj.ReadOptions(use_threads=False, block_size=16 << 20))
    at = rows["timestamp"].cast(pa.timestamp("us"))
    rows = rows.append_column("hour", pc.hour(at))
    ds.write_dataset(rows, to, format="parquet", partitioning=["hour"], use_threads=False)


def _duckdb(source: Path, to: Path) -> None:
    with duckdb.connect() as database:
        database.execute("SET threads=1")
        database.execute(
            f"COPY (SELECT *, hour(timestamp::TIMESTAMP) AS hour FROM read_json('{source}'))"
            f" TO '{to}' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (hour))"
        )


def _seconds(do: Callable[[], object]) -> float:
    began = time.process_time()
    do()
    return time.process_time() - began


if __name__ == "__main__":
    main()
