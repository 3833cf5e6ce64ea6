"""What retention's runs say of promises."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from groundplan.parquet.keep import Expiry
from groundplan.parquet.kept import Looked, kept
from groundplan.parquet.manifest import Listed
from groundplan.parquet.partition import Partition
from groundplan.parquet.store import Store
from groundplan.promise.promise import Verdict

BEGAN = datetime(2026, 11, 25, 9, tzinfo=UTC)
HOUR = Partition.at("class=debug", BEGAN.timestamp())
FILE = Listed(path=f"{HOUR.path}/a.parquet", partition=HOUR, rows=3, bytes=9, batch="a")


def test_all_that_counts_is_there() -> None:
    seen = kept("retention.debug_logs", Looked(files=[FILE]), now=BEGAN)
    assert (seen.verdict, seen.value) == (Verdict.KEPT, None)
    assert seen.because == "all 3 records since 2026-11-25 09:00 are there"


def test_what_went_was_old_enough_and_its_age_is_told() -> None:
    now = BEGAN + timedelta(days=7, hours=1)
    gone = [Expiry(partition=HOUR, because="x")]
    seen = kept("retention.debug_logs", Looked(files=[], gone=gone), now=now)
    assert (seen.verdict, seen.value) == (Verdict.KEPT, 7 * 86_400.0)


def test_a_file_that_somebody_deleted_breaks_the_promise() -> None:
    seen = kept("retention.debug_logs", Looked(files=[FILE], lost=[FILE]), now=BEGAN)
    assert seen.verdict is Verdict.BROKEN
    assert FILE.path in seen.because


def test_nothing_kept_is_unknown() -> None:
    assert kept("x", Looked(files=[]), now=BEGAN).verdict is Verdict.UNKNOWN


def test_a_store_knows_what_is_not_on_the_disk(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        for batch in ("a", "b", "c"):
            store.commit(batch, {HOUR: pa.table({"n": [1, 2]})})
        assert store.lost() == ()
        (tmp_path / HOUR.path / "a.parquet").unlink()
        (tmp_path / HOUR.path / "b.parquet").write_bytes(b"cut")
        assert [file.batch for file in store.lost()] == ["a", "b"]
