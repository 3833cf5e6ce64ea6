"""Rows that come as columns mean what they mean as lines of JSON, one by one."""

import csv
import io
import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa
import pytest

from groundplan.operations.lake.columnar import Typed, _lines, typed
from groundplan.operations.lake.csv_rows import csv_chunks
from groundplan.operations.lake.kinds import AT, Columns
from groundplan.operations.lake.rows import Understood, understood, understood_rows

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
START = datetime(2026, 11, 25, 9)
COLUMNS = {"n": "int64", "who": "string", "ok": "bool", "ratio": "double"}


def told(found: Understood) -> tuple[list[dict[str, Any]], list[Any], set[str], Columns]:
    """Rows, their texts as objects, what was put aside, and the columns known afterwards."""
    rows = [{k: v for k, v in row.items() if v is not None} for row in found.table.to_pylist()]
    texts = [orjson.loads(text) for text in found.lines.to_pylist()]
    return rows, texts, {each.why for each in found.bad}, found.columns


def the_same(rows: pa.Table, columns: Columns, *, is_text: bool = False) -> Understood:
    """What both ways make of some rows, when it is the same."""
    found = understood_rows(rows, columns, NOW, is_text=is_text)
    assert told(found) == told(understood(_lines(rows, None), columns, NOW))
    return found


def column(chance: random.Random, count: int, make: Any) -> list[Any]:
    return [None if chance.random() < 0.1 else make(chance) for _ in range(count)]


MAKERS: dict[str, tuple[pa.DataType, Any]] = {
    "n": (pa.int32(), lambda c: c.randrange(-9, 9)),
    "big": (pa.uint64(), lambda c: c.choice((1, 2**63 + 5))),
    "ratio": (pa.float64(), lambda c: c.choice((0.5, 1e300, -0.0, float("nan"), float("inf")))),
    "part": (pa.float32(), lambda c: c.choice((0.5, 0.25))),
    "who": (pa.string(), lambda c: c.choice(("ada", 'a "b"\\\n\t\x01', "café \U0001f600", ""))),
    "large": (pa.large_string(), lambda c: "x"),
    "kind": (pa.dictionary(pa.int8(), pa.string()), lambda c: c.choice(("view", "edit"))),
    "ok": (pa.bool_(), lambda c: c.random() < 0.5),
    "raw": (pa.binary(), lambda c: c.randbytes(3)),
    "day": (pa.date32(), lambda c: date(2026, 1, 1 + c.randrange(28))),
    "price": (pa.decimal128(20, 10), lambda c: Decimal(c.randrange(10**9)) / 10**10),
    "seen": (pa.timestamp("ms"), lambda c: START + timedelta(milliseconds=c.randrange(3) * 500)),
    "zoned": (pa.timestamp("us", "UTC"), lambda c: START + timedelta(microseconds=7)),
    "none": (pa.null(), lambda c: None),
    "user": (
        pa.struct({"id": pa.int64(), "of": pa.struct({"city": pa.string()})}),
        lambda c: {"id": c.randrange(9), "of": c.choice((None, {"city": "Rome"}))},
    ),
    "tags": (pa.list_(pa.string()), lambda c: ["a", 'b"'][: c.randrange(3)]),
    "counts": (pa.list_(pa.int64()), lambda c: [1, None]),
}


@pytest.mark.parametrize("seed", range(8))
def test_parquet_at_once_and_one_by_one(seed: int) -> None:
    chance = random.Random(seed)
    names = chance.sample(sorted(MAKERS), 7)
    count = 200
    moments = column(chance, count, lambda c: START + timedelta(seconds=c.randrange(3600)))
    arrays = {"at": pa.array(moments, pa.timestamp("us"))}
    for name in names:
        kind, make = MAKERS[name]
        arrays[name] = pa.array(column(chance, count, make), kind)
    rows = pa.table(arrays)
    assert isinstance(typed(rows, COLUMNS, is_text=False), Typed), "not the long way"
    found = the_same(rows, {} if seed % 2 else COLUMNS)
    assert 150 < len(found.table) < count, "rows without a time are put aside"


@pytest.mark.parametrize(
    "array",
    [
        pa.array([time(9), None]),
        pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
        pa.array([[START], []]),
        pa.array([[1.5, float("nan")], [2.0]]),
        pa.array([{"tags": ["a"]}, {"tags": None}]),
        pa.array([{}, None], pa.struct([])),
    ],
    ids=["time", "map", "times", "no number", "list inside", "empty"],
)
def test_what_arrow_cannot_tell_goes_the_long_way(array: pa.Array) -> None:
    rows = pa.table({"at": pa.array([START, START]), "x": array})
    assert isinstance(typed(rows, {}, is_text=False), bytes)
    assert len(the_same(rows, {}).table) == 2


def test_names_that_differ_in_capitals_or_are_there_twice() -> None:
    at = pa.array([START, START])
    for rows in (
        pa.table({"at": at, "n": [1, 2], "N": ["a", "b"]}),
        pa.table({"at": at, "user": [{"id": 1}, {"id": 2}], "user.id": [3, 4]}),
        pa.table({"at": at, "user": [{"id": 1, "ID": 5}, {"id": 2, "ID": 6}]}),
    ):
        the_same(rows, {})
    text = pa.table({"at": ["2026-11-25"] * 2, "n": ["1", "x"], "N": ["2", "3"]})
    found = understood_rows(text, {"n": "int64"}, NOW, is_text=True)
    assert (found.table["N"].to_pylist(), len(found.bad)) == ([2], 1)


@pytest.mark.parametrize("name", ["n", "who", "ok"])
def test_a_column_that_contradicts_puts_its_rows_aside(name: str) -> None:
    values = [None if n % 3 else {"n": "x", "who": 7, "ok": 1}[name] for n in range(60)]
    rows = pa.table({"at": pa.array([START] * 60), name: pa.array(values)})
    found = the_same(rows, COLUMNS)
    assert (len(found.table), len(found.bad)) == (40, 20)


def test_numbers_widen() -> None:
    rows = pa.table({"at": pa.array([START]), "n": [1.5], "ratio": pa.array([2], pa.int64())})
    found = the_same(rows, COLUMNS)
    assert found.table.select(["n", "ratio"]).to_pylist() == [{"n": 1.5, "ratio": 2.0}]
    assert found.columns["n"] == "double"


def test_times_of_a_type_and_of_none() -> None:
    zoned = pa.array([START], pa.timestamp("ns", "Europe/Berlin"))
    for at in (zoned, pa.array([1_795_597_200]), pa.array(["2026-11-25 10:00:00+01:00"])):
        found = understood_rows(pa.table({"ts": at}), {}, NOW, is_text=False)
        assert found.table[AT].to_pylist() == [START.replace(tzinfo=UTC)]
    some = pa.array(["2026-11-25T09:00:00Z", "soon", None, "1970-01-01"])
    found = the_same(pa.table({"ts": some, "n": [1, 2, 3, 4]}), {})
    assert (found.table["n"].to_pylist(), len(found.bad)) == ([1], 3)


TEXTS = ("1", "-2", "0.5", "1e3", "007", "+1", "", "true", "null", "ada", '"', " 1", "9" * 19)


@pytest.mark.parametrize("known", [None, "int64", "double", "bool", "string"])
@pytest.mark.parametrize("seed", range(3))
def test_what_text_says(known: str | None, seed: int) -> None:
    """A column that is known takes what fits it; another is of one kind, or text."""
    chance = random.Random(seed)
    values = [chance.choice(TEXTS) for _ in range(40)]
    rows = pa.table({"at": ["2026-11-25"] * 40, "v": [each or None for each in values]})
    found = understood_rows(rows, {"v": known} if known else {}, NOW, is_text=True)
    kinds: dict[str | None, Any] = {
        "int64": lambda v: v in ("1", "-2", "0.5", "1e3", "null", "", "9" * 19),
        "double": lambda v: v in ("1", "-2", "0.5", "1e3", "null", "", "9" * 19),
        "bool": lambda v: v in ("true", "null", ""),
    }
    fits = kinds.get(known, lambda _: True)
    assert len(found.table) == sum(map(fits, values))
    assert len(found.table) + len(found.bad) == 40
    assert found.columns["v"] == {None: "string", "int64": "double"}.get(known, known)


@pytest.mark.parametrize(
    ("values", "kind", "made"),
    [
        (("1", None, "null", "-2"), "int64", [1, None, None, -2]),
        (("1", "2.5"), "double", [1.0, 2.5]),
        (("9223372036854775807",), "int64", [2**63 - 1]),
        (("9223372036854775808",), "double", [2.0**63]),
        (("true", None, "false"), "bool", [True, None, False]),
        (("true", "1"), "string", ["true", "1"]),
        (("1", "x"), "string", ["1", "x"]),
        (("007", "1"), "string", ["007", "1"]),
    ],
)
def test_a_new_column_is_of_the_kind_that_all_its_text_is(
    values: tuple[str | None, ...], kind: str, made: list[Any]
) -> None:
    rows = pa.table({"at": ["2026-11-25"] * len(values), "v": pa.array(values, pa.string())})
    found = understood_rows(rows, {}, NOW, is_text=True)
    assert (found.columns["v"], found.table["v"].to_pylist()) == (kind, made)
    assert [orjson.loads(line)["v"] for line in found.lines.to_pylist()] == made


def cells(data: bytes, delimiter: str = ",") -> tuple[list[list[str | None]], list[str]]:
    rows: list[list[str | None]] = []
    bad: list[str] = []
    for chunk in csv_chunks(io.BytesIO(data), delimiter):
        assert chunk.rows is not None
        rows += [list(row.values()) for row in chunk.rows.to_pylist()]
        bad += [each.why for each in chunk.bad]
    return rows, bad


@pytest.mark.parametrize("seed", range(6))
def test_csv_at_once_and_row_by_row(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a few rows, some with quotes where none may stand."""
    monkeypatch.setattr("groundplan.operations.lake.csv_rows.ROWS", 7)
    chance = random.Random(seed)
    pieces = ["a", "é", "1", ",", "\n", '"', "\r\n", " ", ""]
    made = io.StringIO(newline="")
    writer = csv.writer(made, lineterminator=chance.choice(("\n", "\r\n")))
    writer.writerow(["a", "b", "c"])
    for _ in range(120):
        many = 3 if chance.random() < 0.95 else chance.choice((1, 2, 4))
        writer.writerow(["".join(chance.choices(pieces, k=3)) for _ in range(many)])
    text = made.getvalue() + ('odd "one",x,y\nlast,,' if seed % 2 else "\n\nlast,,")
    expected = list(csv.reader(io.StringIO(text, newline="")))[1:]
    rows, bad = cells(text.encode())
    assert rows == [[cell or None for cell in row] for row in expected if len(row) == 3]
    assert len(bad) == sum(len(row) not in (0, 3) for row in expected)


@pytest.mark.parametrize(
    "data",
    [b"a,b\n1,\xff\n2,x\n", b'a,b\n1,"\xff\n"\n2,x\n', b'a,b\n1,"\xff\n"\n2,x"\n'],
    ids=["plain", "quoted", "odd"],
)
def test_a_row_that_is_no_utf8_is_put_aside(data: bytes) -> None:
    rows, bad = cells(data)
    assert ([row[0] for row in rows], bad) == (["2"], ["it is no valid UTF-8"])


def test_what_was_replaced_before_it_came_is_text() -> None:
    assert cells("a\n\ufffd\n".encode()) == ([["\ufffd"]], [])


def test_only_bad_rows_are_a_chunk_too() -> None:
    assert cells(b"a,b\n1\n2\n\n") == ([], ["it has 1 values, and there are 2 columns"] * 2)
    assert cells(b"a,b\n\xff,1\n") == ([], ["it is no valid UTF-8"])
    assert cells(b"a,b\n\n\n") == ([], [])


def test_long_rows_come_fewer_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundplan.operations.lake.csv_rows.BYTES", 1000)
    data = b"a\n" + b"".join(b"%d%s\n" % (n, b"x" * 400) for n in range(9))
    sizes = [len(chunk.rows or ()) for chunk in csv_chunks(io.BytesIO(data), ",")]
    assert sizes == [2, 2, 2, 2, 1]
