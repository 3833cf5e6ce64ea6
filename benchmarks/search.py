"""How fast a word is found in ten million log lines of a day: Parquet files, filters of words.

The lines are those of logs.py, again and again with the time moved on; the rare words stand in
the first batch only. Wall clock, warm, the fastest of five. It takes a minute of a core.
"""

import shutil
import tempfile
import time
from pathlib import Path

import logs
import pyarrow as pa
import pyarrow.compute as pc
from measured import table

from groundplan.operations.observe.logs import words
from groundplan.operations.observe.logs.apart import Reader
from groundplan.operations.observe.logs.columns import parted
from groundplan.operations.observe.logs.output import Output
from groundplan.operations.observe.logs.question import Question, terms
from groundplan.operations.observe.logs.search import Search
from groundplan.parquet.store import Store

COUNT = 34  # of 300,000 lines


def main() -> None:
    """Fill, merge, filter, search."""
    folder = Path(tempfile.mkdtemp(prefix="gp-bench-"))
    try:
        _measure(folder)
    finally:
        shutil.rmtree(folder)


def _measure(folder: Path) -> None:
    source = folder / "lines.log"
    logs._write(source)
    first = Output(logs.SOURCE, logs.CLASSES, Reader()).rows(source.read_bytes(), logs.NOW)
    plain = pc.replace_substring(first["message"], " needle", " hay")
    later = first.set_column(first.schema.get_field_index("message"), "message", plain)
    with Store(folder / "store") as store:
        for number in range(COUNT):
            rows = first if number == 0 else _moved(later, number * 2400)
            store.commit(f"batch{number}", parted(rows))
        files = len(store.manifest.files())
        began = time.process_time()
        store.compact(before=2e9)
        merged = time.process_time() - began
        began = time.process_time()
        for file in words.missing(store.folder, store.manifest.files()):
            words.build(store.folder, file)
        built = time.process_time() - began
        lines = COUNT * len(first)
        kept = sum(file.bytes for file in store.manifest.files())
        print(f"{files} files became {len(store.manifest.files())}")
    filters = sum(path.stat().st_size for path in (folder / "store" / words.FOLDER).iterdir())
    print(f"{lines:,} lines, {kept / lines:.1f} bytes each, filters {filters / lines:.1f} more")
    print(f"merged in {merged:.0f} s of a core, filtered in {built:.0f} s")
    queries = ("needle3", "nowhere", "user.id:u614 needle3", "level:error needle3")
    table(
        f"search in {lines:,} lines",
        ("what", "ms"),
        [(query, f"{_seconds(folder / 'store', query) * 1000:.0f}") for query in queries],
    )


def _moved(rows: pa.Table, seconds: int) -> pa.Table:
    at = rows["@timestamp"].cast(pa.int64())
    moved = pc.add(at, seconds * 1_000_000).cast(rows["@timestamp"].type)
    return rows.set_column(0, rows.schema.field(0), moved)


def _seconds(store: Path, query: str) -> float:
    question = Question(terms=terms(query))

    def once() -> float:
        began = time.perf_counter()
        list(Search(store).newest(question))
        return time.perf_counter() - began

    return min(once() for _ in range(5))


if __name__ == "__main__":
    main()
