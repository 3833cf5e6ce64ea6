"""The chain of audit records: what was changed, taken, added or cut off is found."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from operations.observe.logs.samples import NOW, collected, collecting, found, write

from groundplan.operations.observe.logs.audit import Verified, verify
from groundplan.parquet.manifest import Manifest

YEARS = 7 * 366 * 86_400.0


def done(number: int, *, at: str = "2026-11-25T09:00:00Z", **more: object) -> bytes:
    record = {"@timestamp": at, "message": f"did {number}", "event.dataset": "shop.audit", **more}
    return json.dumps(record).encode() + b"\n"


def audited(folder: Path, *batches: bytes) -> Verified:
    with collecting(folder) as collector:
        for batch in batches:
            write(folder, batch)
            collected(collector)
        collector.tidy(NOW, hot_since=NOW + 3600)  # one file
    return verify(folder / "store")


def only_file(folder: Path) -> Path:
    with Manifest(folder / "store", read_only=True) as manifest:
        (listed,) = manifest.files("class=audit")
    return folder / "store" / listed.path


def changed(folder: Path, rows: list[dict[str, object]]) -> Verified:
    """The audit records, as somebody else wrote them."""
    path = only_file(folder)
    schema = pq.read_schema(path)
    path.unlink()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return verify(folder / "store")


def test_records_are_numbered_and_chained_over_batches(tmp_path: Path) -> None:
    seen = audited(tmp_path, done(1) + b'{"message":"no audit"}\n' + done(2), done(3))
    assert (seen.records, seen.problems) == (3, ())
    kept = found(tmp_path, klass="audit")
    assert [each["event.sequence"] for each in kept] == [1, 2, 3]
    assert len({each["event.hash"] for each in kept}) == 3
    assert seen.head == kept[-1]["event.hash"]
    assert "event.hash" not in found(tmp_path, klass="application")[0]


def test_names_of_ours_that_a_record_brings_are_kept_beside(tmp_path: Path) -> None:
    brought = {"event.sequence": 77, "event": {"hash": "x"}, "n": 1.5, "list": [1, {"a": None}]}
    assert audited(tmp_path, done(1, **brought)).problems == ()
    (kept,) = found(tmp_path, klass="audit")
    assert (kept["labels.event.sequence"], kept["labels.event.hash"]) == (77, "x")


def test_merged_files_are_the_same_chain(tmp_path: Path) -> None:
    with collecting(tmp_path) as collector:
        for number in range(5):
            write(tmp_path, done(number))
            collected(collector)
        collector.tidy(NOW, hot_since=NOW + 3600)
    assert only_file(tmp_path).name.startswith("merged-")
    assert verify(tmp_path / "store").problems == ()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("edit", "record 2 is not what was written"),
        ("take", "record 2 is gone"),
        ("first", "record 1 is gone"),
        ("last", "the end is cut off: record 3 is gone"),
        ("all", "the end is cut off: records 1 to 3 are gone"),
        ("double", "record 2 is there twice"),
        ("add", "a record of 2026-11-25T09:00:00.000000Z is not of the chain"),
        ("anew", "the chain was written anew"),
    ],
)
def test_what_was_changed_is_found(change: str, problem: str, tmp_path: Path) -> None:
    audited(tmp_path, done(1) + done(2) + done(3))
    rows = pq.read_table(only_file(tmp_path), partitioning=None).to_pylist()
    match change:
        case "edit":
            rows[1]["message"] = "did nothing"
        case "take":
            del rows[1]
        case "first":
            del rows[0]
        case "last":
            del rows[2]
        case "all":
            rows = []
        case "double":
            rows.insert(1, rows[1])
        case "add":
            rows.append({**rows[0], "fields": "{}"})
        case "anew":
            other = tmp_path / "other"
            audited(other, done(1) + done(2) + done(4))
            rows = pq.read_table(only_file(other), partitioning=None).to_pylist()
    problems = changed(tmp_path, rows).problems
    assert len(problems) == 1
    assert problem in problems[0]


def test_a_file_that_is_gone_or_broken_is_named(tmp_path: Path) -> None:
    audited(tmp_path, done(1) + done(2))
    only_file(tmp_path).write_bytes(b"PAR1")
    cannot_read, cut_off = verify(tmp_path / "store").problems
    assert "cannot be read" in cannot_read
    assert "records 1 to 2 are gone" in cut_off


def test_what_retention_let_go_is_no_gap(tmp_path: Path) -> None:
    """Records come out of order, so what goes first is not what came first."""
    hours = (8, 9, 8, 8, 9, 7)
    with collecting(tmp_path) as collector:
        for number, hour in enumerate(hours):
            write(tmp_path, done(number, at=f"2026-11-25T0{hour}:30:00Z"))
            collected(collector)
        for hour, left in ((8, 5), (9, 2), (10, 0)):
            collector.tidy(
                datetime(2033, 11, 25, hour, tzinfo=UTC).timestamp(), hot_since=NOW + YEARS
            )
            seen = verify(tmp_path / "store")
            assert (seen.records, seen.let_go, seen.problems) == (left, 6 - left, ())
        write(tmp_path, done(7))
        collected(collector)
    assert verify(tmp_path / "store").problems == ()
    shutil.rmtree(tmp_path / "store" / "class=audit")
    assert verify(tmp_path / "store").problems[0].endswith("cannot be read")


def test_no_audit_records_are_no_problem(tmp_path: Path) -> None:
    assert audited(tmp_path, b'{"message":"x"}\n') == Verified(
        records=0, let_go=0, head="0" * 64, problems=()
    )
