"""Lines that are said to be alike are what a parser says they are; no damage is overlooked."""

import json
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
import pytest

from groundplan.parquet.alike import FEW, SHAPES, Alike, alike
from groundplan.parquet.cut import Cut
from groundplan.parquet.shape import shape_of

NUMBERED = tuple(
    orjson.dumps({"at": f"2026-11-25T09:{n % 60:02d}:00Z", "n": n, "ok": n % 2 == 0, "who": "ada"})
    for n in range(100)
)


def found(lines: list[bytes]) -> list[Alike]:
    cut = Cut.of(b"\n".join(lines) + b"\n")
    return list(alike(cut, np.ones(len(cut), np.bool_)))


def objects(same: Alike) -> Iterator[tuple[int, dict[str, Any]]]:
    """What is said of each line, as the flat object that it is."""
    columns = [same.values(number).to_pylist() for number in range(len(same.shape.fields))]
    for line, values in zip(same.lines.tolist(), zip(*columns, strict=True), strict=True):
        yield (
            line,
            {
                field.name: value if field.is_text else orjson.loads(value)
                for field, value in zip(same.shape.fields, values, strict=True)
            },
        )


def flat(given: dict[str, Any], before: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in given.items():
        is_object = isinstance(value, dict) and value
        made |= flat(value, f"{before}{name}.") if is_object else {f"{before}{name}": value}
    return made


def test_values_and_what_is_left() -> None:
    (same,) = found(list(NUMBERED))
    assert [given for _, given in objects(same)] == [orjson.loads(line) for line in NUMBERED]
    for names in ((), ("at",), ("n", "ok"), ("who",), ("at", "who"), ("at", "n", "ok", "who")):
        left = [orjson.loads(line) for line in same.without(names).to_pylist()]
        wanted = [orjson.loads(line) for line in NUMBERED]
        assert left == [{k: v for k, v in row.items() if k not in names} for row in wanted]


@pytest.mark.parametrize("seed", range(12))
def test_damaged_lines_are_what_a_parser_says(seed: int) -> None:
    chance = random.Random(seed)
    lines = [_written(chance, number) for number in range(400)]
    for number in chance.sample(range(400), 120):
        lines[number] = _damaged(chance, lines[number])
    told = [each for same in found(lines) for each in objects(same)]
    assert len(told) > FEW
    for number, given in told:
        assert given == flat(orjson.loads(lines[number])), lines[number]


def _written(chance: random.Random, number: int) -> bytes:
    row: dict[str, Any] = {
        "at": number,
        "text": chance.choice(("", "a", "naïve, {b}: [c]", "日本")),
    }
    if chance.random() < 0.5:
        row["user"] = {"id": chance.randrange(-5, 10**6), "of": {"city": "Rome"}}
    row["x"] = chance.choice((None, True, 1.25, -3, 10**18, "7"))
    if chance.random() < 0.3:
        row["list"] = ["a", {"b": 1}]
    spaced = json.dumps(row, ensure_ascii=False).encode()
    return spaced if number % 3 else orjson.dumps(row)


def _damaged(chance: random.Random, line: bytes) -> bytes:
    position = chance.randrange(len(line))
    byte = chance.choice(
        (b'"', b",", b":", b"{", b"}", b" ", b"\\", b"\0", b"\xff", b"0", b"e", b"")
    )
    return line[:position] + byte + line[position + chance.randrange(2) :]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[1]",
        b'{"a":',
        b'{"a":1} b',
        b'{"a":[1]}',
        b'{"a":[]}',
        b'{"a":["b"],"c":1}',
        b'{"a":{}}',
        b'{"a":1,"a":2}',
        b'{"a":{"b":1},"a.b":2}',
        b'{"a":"\\n"}',
        b'{"a":"%s"}' % (b"x" * (1 << 16)),
    ],
)
def test_lines_whose_shape_tells_too_little(line: bytes) -> None:
    assert shape_of(line) is None
    assert found([line] * FEW) == []


def test_a_number_is_one_that_all_read_alike() -> None:
    odd = (b"1e400", b"01", b"-0", b"9" * 19, b"1.", b".5", b"+1", b"nul", b"NaN")
    lines = [*NUMBERED[:50], *(b'{"at":"x","n":%s,"ok":true,"who":"y"}' % each for each in odd)]
    (same,) = found(lines)
    assert same.lines.tolist() == list(range(50))


def test_many_shapes_are_left_to_others() -> None:
    lines = [orjson.dumps({f"n{kind}": kind}) for kind in range(SHAPES * 4) for _ in range(FEW)]
    random.Random(1).shuffle(lines)
    told = [each for same in found(lines) for each in objects(same)]
    assert 0 < len(told) < len(lines)
    assert all(given == orjson.loads(lines[number]) for number, given in told)


def test_few_lines_are_not_worth_it() -> None:
    assert found(list(NUMBERED[: FEW - 1])) == []
    assert found([]) == []


def test_a_quote_too_few_does_not_make_up_for_one_too_many() -> None:
    usual = [b'{"a":"x","b":"%d"}' % number for number in range(FEW)]
    lines = [*usual, b'{"a":","b":"y"}', b'{"a":"x"y","b":"z"}']
    (same,) = found(lines)
    assert same.lines.tolist() == [*range(FEW)]
