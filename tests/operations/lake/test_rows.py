"""Rows read many at once mean what they mean one by one; those that do not fit are put aside."""

import random
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from groundplan.operations.lake import rows
from groundplan.operations.lake.kinds import AT, Columns
from groundplan.operations.lake.one_by_one import table_of, told_apart
from groundplan.operations.lake.rows import understood
from groundplan.parquet.alike import FEW

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
COLUMNS = {"n": "int64", "who": "string", "ok": "bool", "user.id": "int64"}
USUAL = {"at": "2026-11-25T09:00:00Z", "n": 7, "who": "ada", "ok": True}
Rows = dict[str, dict[str, Any]]


def made(lines: list[bytes], columns: Columns) -> tuple[Rows, set[str]]:
    """Each row by its line, and the lines that were put aside."""
    found = understood(b"\n".join(lines) + b"\n", columns, NOW)
    assert len(found.lines) == len(found.table)
    return _named(found.lines.to_pylist(), found.table), {each.line for each in found.bad}


def one_by_one(lines: list[bytes], columns: Columns) -> tuple[Rows, set[str]]:
    good, bad = told_apart(lines, columns)
    texts = [lines[number] for number in good]
    named = _named([text.decode() for text in texts], table_of(texts, columns))
    late = {text for text, row in named.items() if not _is_plausible(row.get(AT))}
    rest = {text: row for text, row in named.items() if text not in late}
    return rest, {each.line for each in bad} | late


def _named(texts: list[str], table: Any) -> Rows:
    rows_of = [{k: v for k, v in row.items() if v is not None} for row in table.to_pylist()]
    assert len(set(texts)) == len(texts), "each line of these is another"
    return dict(zip(texts, rows_of, strict=True))


def _is_plausible(at: datetime | None) -> bool:
    return at is not None and datetime(1990, 1, 1, tzinfo=UTC) <= at <= NOW.replace(day=26)


@pytest.mark.parametrize("seed", range(10))
def test_the_same_rows_at_once_and_one_by_one(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "LINES", 100)
    chance = random.Random(seed)
    lines = [_line(chance, number) for number in range(600)]
    assert made(lines, COLUMNS) == one_by_one(lines, COLUMNS)


def _line(chance: random.Random, number: int) -> bytes:
    row: dict[str, Any] = USUAL | {"number": number}
    if chance.random() < 0.3:
        row |= {"user": {"id": number, "of": {"city": chance.choice(("Rome", 'a "b"\n', "café"))}}}
    if chance.random() < 0.06:
        row |= chance.choice(
            (
                {"at": 1_795_600_000 + number},
                {"at": 1_795_600_000_123 + number},
                {"at": 1_795_600_000.25},
                {"at": "1970-01-01T00:00:00Z"},
                {"at": "soon"},
                {"at": None},
                {"n": "seven"},
                {"n": 7.5},
                {"n": None},
                {"ok": 1},
                {"who": 5},
                {"who": None},
                {"list": [1, {"a": 2}]},
                {"none": {}},
                {"new": number},
                {"new": number + 0.5},
                {"seen": "2026-11-25T09:00:00"},
            )
        )
    if chance.random() < 0.02:
        return b'{"number": %d, "cut": ' % number
    return orjson.dumps(row)


def test_a_few_bad_lines_cost_only_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counting(lines: list[bytes], columns: Columns) -> Any:
        asked.append(len(lines))
        return told_apart(lines, columns)

    monkeypatch.setattr(rows, "told_apart", counting)
    lines = [orjson.dumps(USUAL | {"n": n}) for n in range(1000)]
    lines[500:500] = [b"{", orjson.dumps(USUAL | {"n": "x"}), b"", b"   "]
    found, bad = made(lines, {})
    assert (len(found), len(bad), asked) == (1000, 2, [2])
    assert list(found) == [
        line.decode() for line in lines if b'"n":' in line and b'"x"' not in line
    ]


def test_numbers_widen_across_shapes() -> None:
    whole = [orjson.dumps(USUAL | {"ratio": n, "m": n}) for n in range(FEW)]
    parts = [orjson.dumps(USUAL | {"ratio": n + 0.5, "m": None}) for n in range(FEW)]
    found = understood(b"\n".join(parts + whole), {}, NOW)
    assert (found.columns["ratio"], found.columns["m"], found.bad) == ("double", "int64", ())
    assert found.table["ratio"].to_pylist()[:1] + found.table["ratio"].to_pylist()[-1:] == [
        0.5,
        float(FEW - 1),
    ]


def test_a_whole_number_that_no_fraction_is_joins_fractions_as_near_as_they_come() -> None:
    lines = [orjson.dumps(USUAL | {"ratio": 2**60 + n}) for n in range(1, FEW + 1)]
    found = understood(b"\n".join(lines), {"ratio": "double"}, NOW)
    assert (set(found.table["ratio"].to_pylist()), found.bad) == ({2.0**60}, ())


@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9])
def test_times_in_numbers(unit: int) -> None:
    chance = random.Random(unit)
    seconds = [1_795_600_000 + n for n in range(100)]
    lines = [orjson.dumps({"ts": each * unit + chance.randrange(unit)}) for each in seconds]
    found, bad = made(lines, {})
    assert (found, bad) == one_by_one(lines, {})
    assert [int(row[AT].timestamp()) for row in found.values()] == seconds
