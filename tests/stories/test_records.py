"""Bad days of logs and lake: a full disk, broken files, much at once. Clear words, nothing lost,
nothing twice, and memory that stays small."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from groundplan.errors import TargetError
from groundplan.operations.lake.lake import Input, ingest, query
from groundplan.parquet.store import Store
from tests.operations.observe.logs.samples import collected, collecting, messages, write

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: it mounts a small disk")
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
MEMORY_MB = 500


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    place = tmp_path / "small"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=24m", "none", place]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def fill(place: Path, left: int) -> Path:
    """All of a disk but so many bytes."""
    ballast = place / "ballast"
    ballast.write_bytes(b"x" * (shutil.disk_usage(place).free - left))
    return ballast


@AS_ROOT
def test_logs_go_on_when_a_full_disk_has_room_again(small: Path) -> None:
    text = os.urandom(300).hex()
    lines = [b'{"message":"n%d","text":"%s%d"}\n' % (n, text.encode(), n) for n in range(6000)]
    write(small, b"".join(lines))
    with collecting(small, hot=False) as collector:
        ballast = fill(small, 40_000)
        with pytest.raises(TargetError) as refused:
            collected(collector)
        assert "disk" in refused.value.try_
        assert refused.value.retry
        ballast.unlink()
        collector.store.sweep()
        collected(collector)
    assert sorted(int(each[1:]) for each in messages(small)) == list(range(6000))


@AS_ROOT
def test_the_lake_goes_on_when_a_full_disk_has_room_again(small: Path, tmp_path: Path) -> None:
    source = tmp_path / "rows.ndjson"
    with source.open("w") as stream:
        for n in range(20_000):
            row = {"ts": "2026-11-25T09:00:00Z", "n": n, "text": os.urandom(60).hex()}
            stream.write(json.dumps(row) + "\n")
    with Store(small / "lake") as store:
        ballast = fill(small, 100_000)
        with pytest.raises(TargetError) as refused:
            ingest(store, "events", Input(path=source), depth=3, now=NOW)
        assert "No space left" in refused.value.why
        ballast.unlink()
        store.sweep()
        ingest(store, "events", Input(path=source), depth=3, now=NOW)
    sql = "SELECT count(*), count(DISTINCT n) FROM events"
    assert [row for _, rows in query(small / "lake", sql) for row in rows] == [(20_000, 20_000)]


MUCH = """
import json, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from groundplan.operations.lake.lake import Input, ingest, query
from groundplan.parquet.store import Store
from operations.observe.logs.samples import NOW, collected, collecting, found
from groundplan.operations.observe.logs.question import Question
from groundplan.operations.observe.logs.search import Search

folder, what = Path(sys.argv[1]), sys.argv[2]
if what == "lake":
    with Store(folder / "lake") as store:
        now = datetime(2026, 11, 25, 10, tzinfo=UTC)
        ingest(store, "events", Input(path=folder / "rows.ndjson"), depth=3, now=now)
        store.compact(before=2e9)
    count = sum(len(rows) for _, rows in query(folder / "lake", "SELECT * FROM raw.events"))
else:
    with collecting(folder) as collector:
        collected(collector)
        collector.tidy(NOW, hot_since=NOW + 7200)
    count = sum(1 for _ in Search(folder / "store").newest(Question(limit=0)))
print(json.dumps([count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]))
"""


@pytest.mark.parametrize("what", ["lake", "logs"])
def test_much_at_once_needs_little_memory(what: str, tmp_path: Path) -> None:
    """Lines of ten megabytes among 300,000 small ones, and a question for all of them."""
    place = tmp_path / ("rows.ndjson" if what == "lake" else "logs/north/shop-1.log")
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w") as stream:
        for n in range(300_000):
            row = {"@timestamp": "2026-11-25T09:00:00Z", "message": f"n{n}", "text": "x" * 200}
            stream.write(json.dumps(row) + "\n")
            if n % 100_000 == 50_000:
                stream.write(json.dumps({**row, "text": "y" * 10_000_000}) + "\n")
    tests = Path(__file__).parents[1]
    done = subprocess.run(
        (sys.executable, "-c", MUCH, str(tmp_path), what),
        env={**os.environ, "PYTHONPATH": str(tests)},
        capture_output=True,
        text=True,
        timeout=280,
        check=True,
    )
    count, memory = json.loads(done.stdout)
    assert count >= 300_003
    assert memory < MEMORY_MB
