"""Rows of CSV and Parquet come in as those of JSON do; what cannot be read says why."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from groundplan.errors import TargetError
from groundplan.operations.lake.inputs import Form
from groundplan.operations.lake.lake import Input, Taken, ingest, query
from groundplan.parquet.store import Store

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)


def taken(folder: Path, name: str, data: bytes, *, batch: str = "") -> Taken:
    path = folder / name
    path.write_bytes(data)
    with Store(folder / "lake") as store:
        given = Input(path=path, form=Form.of(path), batch=batch)
        return ingest(store, "t", given, depth=3, now=NOW)


def asked(folder: Path, sql: str) -> list[tuple[object, ...]]:
    return [each for _, rows in query(folder / "lake", sql) for each in rows]


def test_csv_has_types(tmp_path: Path) -> None:
    data = (
        "\ufefftime,n,ratio,ok,name,zip\r\n"
        '2026-11-25T09:00:00Z,1,0.5,true,"a ""b"",\nc",007\r\n'
        "2026-11-25T09:00:01Z,,1e3,false,,12345\r\n"
    ).encode()
    found = taken(tmp_path, "a.csv", data)
    assert (found.rows, found.bad) == (2, 0)
    assert asked(tmp_path, "SELECT n, ratio, ok, name, zip FROM t ORDER BY time") == [
        (1, 0.5, True, 'a "b",\nc', "007"),
        (None, 1000.0, False, None, "12345"),
    ]
    assert taken(tmp_path, "b.csv", data).known == 1, "the name says nothing"


def test_a_column_of_text_stays_one_where_numbers_come(tmp_path: Path) -> None:
    for zip_ in (b"007", b"12345"):
        assert taken(tmp_path, "a.csv", b"time,zip\n2026-11-25," + zip_ + b"\n").bad == 0
    assert asked(tmp_path, "SELECT zip FROM t ORDER BY 1") == [("007",), ("12345",)]


def test_names_of_folders_get_a_dash(tmp_path: Path) -> None:
    data = b"event_time,year,table\n2026-11-25T09:00:00Z,1999,oak\n"
    assert taken(tmp_path, "a.csv", data).rows == 1
    sql = "SELECT event_time::VARCHAR, year, year_, table_ FROM t"
    assert asked(tmp_path, sql) == [("2026-11-25 09:00:00+00", 2026, 1999, "oak")]
    assert taken(tmp_path, "b.csv", data + b"2026-11-25T09:00:00Z,2000,elm\n").bad == 0


def test_a_ragged_line_of_csv_is_put_aside(tmp_path: Path) -> None:
    data = b"time\tn\n2026-11-25\t1\n2026-11-25\t1\t2\n2026-11-25\n\n2026-11-26\t2\n"
    found = taken(tmp_path, "a.tsv", data)
    assert (found.rows, found.bad) == (2, 2)
    assert asked(tmp_path, "SELECT line, why FROM quarantine.t ORDER BY 1") == [
        ("2026-11-25", "it has 1 values, and there are 2 columns"),
        ("2026-11-25\t1\t2", "it has 3 values, and there are 2 columns"),
    ]


def test_parquet_of_every_type(tmp_path: Path) -> None:
    table = pa.table(
        {
            "at": [datetime(2026, 11, 25, 9), datetime(2026, 11, 25, 9, 1)],
            "day": [date(2026, 11, 25), None],
            "price": [Decimal("1.50"), Decimal("2.25")],
            "raw": [b"\x01\xff", None],
            "nested": [{"a": 1}, {"a": None}],
            "list": [[1, 2], []],
        }
    )
    pq.write_table(table, tmp_path / "x")
    assert taken(tmp_path, "a.parquet", (tmp_path / "x").read_bytes()).rows == 2
    sql = 'SELECT day_, day, price, raw, "nested.a", list FROM t ORDER BY event_time LIMIT 1'
    assert asked(tmp_path, sql) == [("2026-11-25", 25, "1.50", "01ff", 1, "[1,2]")]


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.parquet", b"PAR1 cut", "no Parquet that can be read"),
        ("a.parquet", b"", "no Parquet that can be read"),
        ("a.csv", b"a,a\n1,2\n", "does not name each column once"),
    ],
)
def test_what_cannot_be_read_says_why(name: str, data: bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError) as refused:
        taken(tmp_path, name, data)
    assert why in refused.value.why


@pytest.mark.parametrize("compression", ["snappy", "none"])
def test_nothing_of_a_damaged_parquet_comes_in(
    compression: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("groundplan.operations.lake.inputs.ROWS", 100)
    at = [datetime(2026, 11, 25, 9)] * 1000
    table = pa.table({"at": at, "name": [f"number {n}" for n in range(1000)]})
    path = tmp_path / "x"
    pq.write_table(
        table, path, 250, compression=compression, use_dictionary=False, write_page_checksum=True
    )
    whole = path.read_bytes()
    place = len(whole) * 3 // 4
    damaged = whole[:place] + bytes(byte ^ 255 for byte in whole[place:][:40]) + whole[place + 40 :]
    with pytest.raises(TargetError, match="no Parquet that can be read"):
        taken(tmp_path, "a.parquet", damaged)
    assert taken(tmp_path, "a.parquet", whole).rows == 1000
    assert asked(tmp_path, "SELECT count(*) FROM t") == [(1000,)]


def test_a_row_longer_than_all_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("groundplan.operations.lake.csv_rows.BYTES", 100)
    monkeypatch.setattr("groundplan.operations.lake.csv_rows.RECORD_BYTES_MAX", 1000)
    monkeypatch.setattr("groundplan.operations.lake.csv_rows._READ", 50)
    with pytest.raises(TargetError, match="look for a quote that is not closed"):
        taken(tmp_path, "a.csv", b'time,n\n2026-11-25,"' + b"x" * 2000)


def test_what_cannot_be_read_further_on_says_what_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("groundplan.operations.lake.csv_rows.ROWS", 2)
    monkeypatch.setattr("groundplan.operations.lake.csv_rows.RECORD_BYTES_MAX", 20)
    row = b"2026-11-25,1\n"
    for rows in (2, 0):
        with pytest.raises(TargetError) as refused:
            taken(tmp_path, "a.csv", b"time,n\n" + row * 3 + b'2026-11-25,a"' + b"x" * 30)
        assert "line 5 is no CSV" in refused.value.why
        assert f"what stands before that is in ({rows} rows now)" in refused.value.why
    assert asked(tmp_path, "SELECT count(*) FROM t") == [(2,)]


def test_an_empty_input_is_no_row(tmp_path: Path) -> None:
    assert taken(tmp_path, "a.csv", b"") == Taken()
    assert taken(tmp_path, "a.csv", b"a,b\n") == Taken()
    assert taken(tmp_path, "a.ndjson", b"\n \n").rows == 0


def test_only_bad_rows_are_a_batch_too(tmp_path: Path) -> None:
    assert taken(tmp_path, "a.ndjson", b"no\nnor this\n").bad == 2
    assert taken(tmp_path, "a.ndjson", b"no\nnor this\n").known == 1


def test_a_batch_is_known_by_the_name_that_it_was_given(tmp_path: Path) -> None:
    first = b'{"ts":"2026-11-25T09:00:00Z","n":1}\n'
    assert taken(tmp_path, "a.ndjson", first, batch="b-1").rows == 1
    assert taken(tmp_path, "a.ndjson", first.replace(b"1}", b"2}"), batch="b-1").known == 1
    assert taken(tmp_path, "a.ndjson", first, batch="b-2").rows == 1
    assert asked(tmp_path, "SELECT n FROM t") == [(1,), (1,)]
