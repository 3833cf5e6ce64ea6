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
import pyarrow.csv as pv
import pyarrow.dataset as ds
import pyarrow.json as pj
import pyarrow.parquet as pq
from measured import best_of, fresh, table

from groundplan.operations.lake.inputs import Form
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
    _of_json(folder, source, size)
    for form in (Form.CSV, Form.PARQUET):
        _of_columns(folder, source, form)
    sql = "SELECT kind, count(*), avg(ms) FROM events WHERE hour = 9 GROUP BY 1"
    asked = _seconds(lambda: list(query(folder / "lake", sql)))
    print(f"one hour of {ROWS:,} rows, grouped: {asked * 1000:.0f} ms")


def _of_json(folder: Path, source: Path, size: int) -> None:
    found = best_of(
        lambda: _pyarrow(source, fresh(folder / "arrow")),
        lambda: _duckdb(f"read_json('{source}')", fresh(folder / "duck")),
        lambda: _lake(source, fresh(folder / "lake")),
    )
    rate = _tell(f"{size / 1e6:.0f} MB of JSON", size, found)
    print(f"\n{rate / KPI_BYTES_PER_SECOND:.0f} x the KPI of 1 GB/hour")


def _of_columns(folder: Path, source: Path, form: Form) -> None:
    """The same rows in another form. A rate counts them unpacked, as Arrow holds them."""
    rows = pj.read_json(source).flatten()
    path = folder / f"rows.{form}"
    if form is Form.CSV:
        at = pc.strftime(rows["timestamp"], format="%Y-%m-%dT%H:%M:%SZ")
        rows = rows.set_column(rows.column_names.index("timestamp"), "timestamp", at)
        pv.write_csv(rows, path, pv.WriteOptions(quoting_style="needed"))
    else:
        pq.write_table(rows, path)
    read = {Form.CSV: _read_csv, Form.PARQUET: lambda path: pq.read_table(path, use_threads=False)}
    scan = "read_csv" if form is Form.CSV else "read_parquet"
    found = best_of(
        lambda: _kept(read[form](path), fresh(folder / "arrow")),
        lambda: _duckdb(f"{scan}('{path}')", fresh(folder / "duck")),
        lambda: _lake(path, fresh(folder / "lake")),
    )
    size = rows.nbytes
    _tell(
        f"{size / 1e6:.0f} MB of columns, {path.stat().st_size / 1e6:.0f} MB as {form}", size, found
    )


def _lake(source: Path, to: Path) -> None:
    with Store(to, compression="snappy") as store:
        ingest(store, "events", Input(path=source, form=Form.of(source)), depth=4, now=NOW)


def _tell(what: str, size: int, found: list[float]) -> float:
    """The bytes a second of the lake."""
    arrow, duck, ours = found
    rates = [size / seconds / 1e6 for seconds in found]
    table(
        f"{ROWS:,} rows, {what}, to Hive folders by hour",
        ("what", "MB/s", "GB/hour", "rows/s", "ratio to its peer"),
        [
            (name, f"{rate:.1f}", f"{rate * 3.6:.0f}", f"{ROWS / seconds:,.0f}", ratio)
            for name, rate, seconds, ratio in zip(
                ("pyarrow", "DuckDB, 1 thread", "lake ingest: raw and processed"),
                rates,
                found,
                ("1.0", "1.0", f"{arrow / ours:.2f} and {duck / ours:.2f}"),
                strict=True,
            )
        ],
    )
    return rates[2] * 1e6


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
    options = pj.ReadOptions(use_threads=False, block_size=16 << 20)
    _kept(pj.read_json(source, read_options=options), to)


def _read_csv(source: Path) -> pa.Table:
    return pv.read_csv(source, read_options=pv.ReadOptions(use_threads=False))


def _kept(rows: pa.Table, to: Path) -> None:
    at = rows["timestamp"].cast(pa.timestamp("us"))
    rows = rows.append_column("hour", pc.hour(at))
    ds.write_dataset(rows, to, format="parquet", partitioning=["hour"], use_threads=False)


def _duckdb(rows: str, to: Path) -> None:
    with duckdb.connect() as database:
        database.execute("SET threads=1")
        database.execute(
            f"COPY (SELECT *, hour(timestamp::TIMESTAMP) AS hour FROM {rows})"
            f" TO '{to}' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (hour))"
        )


def _seconds(do: Callable[[], object]) -> float:
    began = time.process_time()
    do()
    return time.process_time() - began


if __name__ == "__main__":
    main()
